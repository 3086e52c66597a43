"""The client and its companies."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import TYPE_CHECKING, Self

import anyio

from autoleap_api_client.api.partners import get_profile
from autoleap_api_client.client import Client

from ._arguments import check_id
from ._auth.manager import TokenManager
from ._auth.session_api import SessionApi
from ._auth.store import MemoryTokenStore, TokenStore
from ._bulk.claims import ClaimRegistry
from ._config import (
    DEFAULT_MAX_RESPONSE_BYTES,
    RateLimits,
    Secret,
    Settings,
    check_callback,
    hide_password,
    override_settings,
    resolve_settings,
    validate_limits,
    wrap_secret,
)
from ._events import Hook, Stats
from ._instrumentation import EventDispatcher, call_and_parse
from ._ratelimit.limiter import AccountRateLimiter, MemoryRateLimiter, RateLimiter
from ._ratelimit.priority import Priority, validate_priority
from ._redaction import Redactor
from ._transport.connections import choose_transport
from ._transport.http_client import HttpClient, check_base_url
from ._transport.retry_transport import RetryTransport
from .errors import ResponseDecodeError
from .resources._base import CompanyContext
from .resources.company import Company

if TYPE_CHECKING:
    import ssl

    import httpx

    from autoleap_api_client.models.profile import Profile
    from autoleap_api_client.models.profile_response import ProfileResponse

__all__ = ["AutoLeap", "Company"]


class AutoLeap:
    """An async client of the AutoLeap Partner API, for all tasks of one event loop.

    Use it in `async with`, or call `aclose()` at the end. The constructor does no I/O. A client
    belongs to the event loop and the process of its first use. In any other loop or process it
    raises an error.

    Args:
        partner_id, auth_key: The partner's credentials. Default: the variables
            AUTOLEAP_PARTNER_ID and AUTOLEAP_AUTH_KEY.
        base_url: URL of the API. Default: the variable AUTOLEAP_BASE_URL, then AutoLeap's server.
            Plain http is allowed only for this machine.
        timeout: Seconds to wait for a connection, and for each part of a response.
        total_timeout: Seconds from the sending of a request to the last byte of its response, in
            each attempt. Default: five times `timeout`.
        max_response_bytes: The largest body of a response, before and after decompression. A
            larger one raises `ResponseTooLargeError`.
        max_retries: Attempts after the first, where a retry is safe; 0 for none.
        limits: Calls per window and HTTP method that the partner account may make.
        token_store: Keeps the session. Default: a `MemoryTokenStore`.
        rate_limiter: Grants the slots, such as a `RedisRateLimiter` for many processes; then
            `limits` has no effect. Default: a `MemoryRateLimiter` with `limits`.
        http_transport: The httpx transport that sends requests, for a test; it replaces `proxy`
            and `verify`.
        proxy: URL of a proxy, such as "http://user:password@proxy.example.com:3128". Default: the
            variables HTTPS_PROXY, ALL_PROXY and NO_PROXY. A server on this machine is never
            reached through a proxy.
        verify: An `ssl.SSLContext` with the certificates to trust. Default: the variables
            SSL_CERT_FILE and SSL_CERT_DIR, then the certificates of certifi.
        on_event: The hook; it is called with each `AttemptEvent` and `CallEvent`. It is not
            awaited, so it must not be async.

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
        total_timeout: float | None = None,
        max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
        max_retries: int = 4,
        limits: RateLimits | None = None,
        token_store: TokenStore | None = None,
        rate_limiter: RateLimiter | None = None,
        http_transport: httpx.AsyncBaseTransport | None = None,
        proxy: str | Secret | None = None,
        verify: ssl.SSLContext | None = None,
        on_event: Hook | None = None,
    ) -> None:
        # A traceback may show the local variables, so the secrets are hidden first.
        auth_key, proxy = wrap_secret("auth_key", auth_key), wrap_secret("proxy", proxy)
        base_url = hide_password(base_url)
        settings = resolve_settings(
            partner_id,
            auth_key,
            base_url,
            timeout,
            max_retries,
            total_timeout=total_timeout,
            max_response_bytes=max_response_bytes,
        )
        check_base_url(settings.base_url)
        self._settings = settings
        check_callback("on_event", on_event)
        self._dispatcher = EventDispatcher(on_event)
        limits = validate_limits(limits)
        limiter = rate_limiter if rate_limiter is not None else MemoryRateLimiter(limits)
        store = token_store if token_store is not None else MemoryTokenStore()
        redactor = Redactor(settings.auth_key)
        retry_transport = RetryTransport(
            choose_transport(settings.base_url, proxy, verify, http_transport),
            limiter,
            self._dispatcher,
            max_response_bytes=settings.max_response_bytes,
            redactor=redactor,
        )
        self._api = Client(base_url=settings.base_url)
        session_api = SessionApi(self._api, settings.partner_id, settings.auth_key)
        account = f"{settings.partner_id} at {settings.base_url}"
        if isinstance(limiter, AccountRateLimiter):
            limiter.bind_account(account)
        self._token_manager = TokenManager(
            store, session_api, self._dispatcher, account=account, redactor=redactor
        )
        self._http = HttpClient(settings, retry_transport, self._token_manager, self._dispatcher)
        # The HTTP client needs the token manager, and the token requests need the HTTP client.
        # Therefore the generated client receives the HTTP client last.
        self._api.set_async_httpx_client(self._http)
        self._claims = ClaimRegistry()

    @property
    def api(self) -> Client:
        """The client for generated functions, with the same tokens, rate limits and errors.

        `await list_customers.asyncio(client=client.api, company_id="98392")`
        """
        return self._api

    @property
    def stats(self) -> Stats:
        """The counters of this client; a later call returns newer ones."""
        return self._dispatcher.stats

    def with_options(
        self,
        *,
        timeout: float | None = None,
        max_retries: int | None = None,
        priority: Priority | None = None,
    ) -> AutoLeap:
        """Return a view of this client with other options for its calls; does no I/O.

        The view shares tokens, connections, rate limits and stats with this client. Closing one
        closes both. An option that is None stays as it is here. Logins and refreshes keep the
        options of the client.

        Args:
            timeout: Seconds to wait for a connection, and for each part of a response.
            max_retries: Attempts after the first, where a retry is safe; 0 for none.
            priority: Priority of all calls in the queue for rate limit slots. "high" for urgent
                work, such as a small bulk call in a web request; "low" for background work, such
                as a nightly export. By default bulk calls have low priority, other calls high
                priority. At most four calls of high priority overtake the same call.

        Raises:
            ConfigurationError: when an option cannot be used.
        """
        if priority is not None:
            priority = validate_priority(priority)
        view = copy.copy(self)
        settings = override_settings(self._settings, timeout=timeout, max_retries=max_retries)
        http = self._http.with_options(settings, priority)
        view._settings, view._http = settings, http  # noqa: SLF001  # a copy of this client
        view._api = Client(base_url=settings.base_url).set_async_httpx_client(http)  # noqa: SLF001
        return view

    def company(self, company_id: str, location_id: str | None = None) -> Company:
        """Return a company, optionally with one of its locations; does no I/O.

        Args:
            company_id: The company's id from `profile()`.
            location_id: The location to send wherever an operation takes one; None for all.

        Raises:
            ConfigurationError: when an id is empty or not a str.
        """
        if location_id is not None:
            check_id("location_id", location_id)
        return Company(self._make_context(check_id("company_id", company_id), location_id))

    async def profile(self) -> Profile:
        """Read the partner, its companies and their locations (GET /partners/profile).

        Raises:
            APIError: when the server refuses the call.
            ResponseDecodeError: when the response has no data.
        """
        return await call_and_parse(lambda: get_profile.asyncio(client=self._api), _parse_profile)

    async def companies(self) -> Sequence[Company]:
        """Return all companies of the partner (GET /partners/profile)."""
        profile = await self.profile()
        return [
            Company(self._make_context(company.company_id), company.company_name)
            for company in profile.companies or []
            if company.company_id
        ]

    async def login(self) -> None:
        """Open a new session now (POST /partners/login). Without it the first call logs in.

        Raises:
            AuthenticationError: when the credentials are refused.
        """
        self._http.loop_affinity.ensure_current()
        await self._token_manager.login()

    async def logout(self) -> None:
        """End the session, also for other processes that share it (POST /partners/logout).

        A later call opens a new session.
        """
        self._http.loop_affinity.ensure_current()
        await self._token_manager.logout()

    async def aclose(self) -> None:
        """Close the connections. The session stays open, because other processes may share it.

        Raises:
            ConfigurationError: when the client was used in another event loop or process.
        """
        if not self._http.is_closed:
            # In another loop, the wait for running requests would never end.
            self._http.loop_affinity.ensure_current()
        try:
            await self._token_manager.aclose()
        finally:
            # Shielded, so that a cancelled caller closes the sockets too.
            with anyio.CancelScope(shield=True):
                await self._http.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *exc_info: object) -> None:
        # Shielded, because a client that is closed only in part leaves connections open.
        with anyio.CancelScope(shield=True):
            await self.aclose()

    def __repr__(self) -> str:
        settings: Settings | None = getattr(self, "_settings", None)
        if settings is None:  # a traceback shows a client whose constructor has raised
            return "AutoLeap()"
        return f"AutoLeap(partner_id={settings.partner_id!r}, base_url={settings.base_url!r})"

    def _make_context(self, company_id: str, location_id: str | None = None) -> CompanyContext:
        server = self._settings.base_url
        return CompanyContext(
            self._api, company_id, location_id, self._http.server_time, server, self._claims
        )


def _parse_profile(response: ProfileResponse | None) -> Profile:
    if response is None or response.data is None:
        raise ResponseDecodeError("the profile has no data")
    return response.data
