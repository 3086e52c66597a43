"""The client: construct it, open a company, close it."""

from __future__ import annotations

import copy
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import anyio

from autoleap_api_client.api.partners import get_profile, login, logout, refresh_tokens
from autoleap_api_client.client import Client
from autoleap_api_client.models.login_request import LoginRequest
from autoleap_api_client.models.logout_request import LogoutRequest
from autoleap_api_client.models.refresh_request import RefreshRequest
from autoleap_api_client.models.token_response import TokenResponse

from ._arguments import check_id
from ._auth.manager import TokenManager
from ._auth.store import MemoryTokenStore, TokenStore
from ._auth.tokens import TokenPair, make_token_pair
from ._config import RateLimits, Secret, resolve_settings, validate_limits, wrap_secret
from ._events import Hook, Stats
from ._instrumentation import EventDispatcher, call_and_parse
from ._ratelimit.limiter import MemoryRateLimiter, RateLimiter
from ._ratelimit.priority import Priority, validate_priority
from ._transport.http_client import HttpClient
from ._transport.retry_transport import RetryTransport
from .errors import AutoLeapError, ResponseDecodeError
from .resources._base import CompanyContext
from .resources.company import Company

if TYPE_CHECKING:
    import httpx

    from autoleap_api_client.models.profile import Profile
    from autoleap_api_client.models.profile_response import ProfileResponse

__all__ = ["AutoLeap", "Company"]


class AutoLeap:
    """An async client of the AutoLeap Partner API; safe to share by all tasks of an event loop.

    Use it in `async with`, or call `aclose()` in the end. Making one does no I/O. It belongs to
    the event loop and the process of its first use, and refuses to work anywhere else.

    Args:
        partner_id, auth_key: The partner's credentials; from AUTOLEAP_PARTNER_ID and
            AUTOLEAP_AUTH_KEY when not given.
        base_url: Where the API is; from AUTOLEAP_BASE_URL when not given, then AutoLeap's own.
            Plain http is accepted for this machine only.
        timeout: Seconds to wait for a connection, and for each piece of an answer.
        max_retries: Attempts after the first, where a repetition is safe; 0 for none.
        limits: Calls per window and HTTP method that the partner account may make.
        token_store: Where the session is kept; in memory when not given.
        rate_limiter: What keeps the limits, such as a `RedisRateLimiter` for many processes; in
            memory when not given. `limits` is then its own.
        http_transport: An httpx transport to send by: a proxy's, or a test's.
        on_event: Called with an `AttemptEvent` or `CallEvent` as each ends.

    Raises:
        ConfigurationError: when an argument is missing or cannot be used.
    """

    def __init__(
        self,
        partner_id: str | None = None,
        auth_key: str | Secret | None = None,
        *,
        base_url: str | None = None,
        timeout: float = 30.0,
        max_retries: int = 4,
        limits: RateLimits | None = None,
        token_store: TokenStore | None = None,
        rate_limiter: RateLimiter | None = None,
        http_transport: httpx.AsyncBaseTransport | None = None,
        on_event: Hook | None = None,
    ) -> None:
        # Out of sight before anything can fail: a traceback may show the local variables.
        auth_key = wrap_secret("auth_key", auth_key)
        self._settings = resolve_settings(partner_id, auth_key, base_url, timeout, max_retries)
        self._dispatcher = EventDispatcher(on_event)
        limits = validate_limits(limits)
        limiter = rate_limiter if rate_limiter is not None else MemoryRateLimiter(limits)
        store = token_store if token_store is not None else MemoryTokenStore()
        retry_transport = RetryTransport(
            http_transport, limiter, self._dispatcher, self._settings.max_retries
        )
        self._http = HttpClient(self._settings, retry_transport, self._dispatcher)
        self._api = Client(base_url=self._settings.base_url).set_async_httpx_client(self._http)
        account = f"{self._settings.partner_id} at {self._settings.base_url}"
        self._token_manager = TokenManager(
            store, self._log_in, self._refresh, self._dispatcher, account=account
        )
        self._http.use_tokens(self._token_manager)

    @property
    def api(self) -> Client:
        """The client to call generated functions with; they get tokens, budgets and errors too.

        `await list_customers.asyncio(client=client.api, company_id="98392")`
        """
        return self._api

    @property
    def stats(self) -> Stats:
        """What this client has done so far, as of now."""
        return self._dispatcher.stats

    def with_priority(self, priority: Priority) -> AutoLeap:
        """The same client, all calls of which are of one priority; cheap, does no I/O.

        Where calls wait for the budget, those of high priority pass ahead of low ones, at most
        four ahead of the same one. Bulk calls are low, others high, unless it is said here. It is
        a view: tokens, connections, budgets and stats are those of this client, and closing
        either closes both.

        Args:
            priority: "low" for background work, such as a nightly export; "high" for what
                somebody waits for, such as a small bulk call in a web request.

        Raises:
            ConfigurationError: when it is neither.
        """
        http = self._http.with_priority(validate_priority(priority))
        view = copy.copy(self)
        view._http = http  # noqa: SLF001  # a copy of ourselves
        view._api = Client(base_url=self._settings.base_url).set_async_httpx_client(http)  # noqa: SLF001
        return view

    def company(self, company_id: str, location_id: str | None = None) -> Company:
        """One company, and perhaps one location, to work with; does no I/O.

        Args:
            company_id: The company's id, as `profile()` names it.
            location_id: Sent wherever an operation takes a location; None for all.
        """
        if location_id is not None:
            check_id("location_id", location_id)
        key = check_id("company_id", company_id)
        return Company(self._context(key, location_id))

    async def profile(self) -> Profile:
        """Read the partner, its companies and their locations (GET /partners/profile)."""
        return await call_and_parse(lambda: get_profile.asyncio(client=self._api), _parse_profile)

    async def companies(self) -> Sequence[Company]:
        """All companies of the partner, ready to work with (GET /partners/profile)."""
        profile = await self.profile()
        return [
            Company(self._context(company.company_id), company.company_name)
            for company in profile.companies or []
            if company.company_id
        ]

    async def login(self) -> None:
        """Open a new session now (POST /partners/login); otherwise the first call does.

        Raises:
            AuthenticationError: when the credentials are refused.
        """
        self._http.loop_affinity.ensure_current()
        await self._token_manager.login()

    async def logout(self) -> None:
        """End the session for all who share it (POST /partners/logout); a later call logs in."""
        self._http.loop_affinity.ensure_current()
        if await self._token_manager.current_refresh_token() is None:
            return
        # First a living access token: getting one may exchange the refresh token too.
        await self._token_manager.get_token()
        failure = await self._log_out(await self._token_manager.current_refresh_token())
        if failure is not None:
            raise failure
        await self._token_manager.clear_session()

    async def aclose(self) -> None:
        """Close the connections; the session stays open, others may share it.

        Raises:
            ConfigurationError: when the client was used in another event loop or process.
        """
        if not self._http.is_closed:
            # Waiting here for what runs there would never end, and the sockets are not ours.
            self._http.loop_affinity.ensure_current()
        try:
            await self._token_manager.aclose()
        finally:
            # Also when the block around the client is being cancelled: sockets must not leak.
            with anyio.CancelScope(shield=True):
                await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        # Also when the caller is cancelled: half-closed, a client leaves connections behind.
        with anyio.CancelScope(shield=True):
            await self.aclose()

    def __repr__(self) -> str:
        settings = self._settings
        return f"AutoLeap(partner_id={settings.partner_id!r}, base_url={settings.base_url!r})"

    def _context(self, company_id: str, location_id: str | None = None) -> CompanyContext:
        server = self._settings.base_url
        return CompanyContext(self._api, company_id, location_id, self._http.server_time, server)

    async def _log_in(self) -> TokenPair:
        body = LoginRequest(
            partner_id=self._settings.partner_id, auth_key=self._settings.auth_key.reveal()
        )
        return await call_and_parse(
            lambda: login.asyncio(client=self._api, body=body), _parse_token_pair
        )

    async def _log_out(self, token: Secret | None) -> AutoLeapError | None:
        """The error, if any, without the frames in which the token stands."""
        body = LogoutRequest(refresh_token=token.reveal() if token else "")
        try:
            await logout.asyncio(client=self._api, body=body)
        except AutoLeapError as error:
            return copy.copy(error)
        return None

    async def _refresh(self, token: Secret) -> TokenPair:
        body = RefreshRequest(refresh_token=token.reveal())
        return await call_and_parse(
            lambda: refresh_tokens.asyncio(client=self._api, body=body), _parse_token_pair
        )


def _parse_profile(answer: ProfileResponse | None) -> Profile:
    if answer is None or answer.data is None:
        raise ResponseDecodeError("the profile has no data")
    return answer.data


def _parse_token_pair(answer: TokenResponse | None) -> TokenPair:
    data = answer.data if answer is not None else None
    if data is None or not data.access_token or not data.refresh_token:
        raise ResponseDecodeError("the answer holds no token pair")
    return make_token_pair(data.access_token, data.refresh_token, time.time())
