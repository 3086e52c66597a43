"""The HTTP client under the generated functions: bearer token and typed errors."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from typing import Any

import httpx

from .._auth.manager import TokenManager
from .._config import Settings
from .._events import CallEvent
from .._instrumentation import EventDispatcher
from .._ratelimit.priority import Priority, current_priority
from .._version import __version__
from ..errors import AutoLeapError, ConfigurationError
from .responses import JSON, raise_for_response
from .retry_transport import BytesStream, CallContext, RetryTransport

# Sent without a bearer token, by the contract: they are how one gets it.
UNAUTHENTICATED_PATHS = frozenset({"/partners/login", "/partners/generateNewAccessToken"})


class BearerAuth(httpx.Auth):
    """Puts the access token on a request, and replays it once when the server refuses it."""

    def __init__(self, tokens: TokenManager, base_path: str) -> None:
        self._tokens, self._base_path = tokens, base_path

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Refuse: this client is for async code."""
        raise RuntimeError("autoleap is async only: use asyncio.run in synchronous code")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Authorise one request."""
        if request.url.path.removeprefix(self._base_path) in UNAUTHENTICATED_PATHS:
            yield request
            return
        token = await self._tokens.get_token()
        request.headers["Authorization"] = f"Bearer {token.reveal()}"
        response = yield request
        if response.status_code == 401:
            token = await self._tokens.refresh_after_401(token)
            request.headers["Authorization"] = f"Bearer {token.reveal()}"
            yield request


class HttpClient(httpx.AsyncClient):
    """An httpx client every answer of which is either a success or a typed error.

    Args:
        settings: Where the server is.
        courier: What carries the requests.
        teller: Told of every call.
        priority: Of its calls; None leaves that to the work in which a call is made.
    """

    def __init__(
        self,
        settings: Settings,
        retry_transport: RetryTransport,
        dispatcher: EventDispatcher,
        priority: Priority | None = None,
    ) -> None:
        self._settings, self._retry_transport, self._dispatcher = (
            settings,
            retry_transport,
            dispatcher,
        )
        self.loop_affinity = retry_transport.loop_affinity
        self._priority: Priority | None = priority
        super().__init__(
            base_url=settings.base_url,
            # Waiting for a connection of one's own pool is not the server's fault: no limit.
            timeout=httpx.Timeout(settings.timeout, pool=None),
            transport=retry_transport,
            # A redirect would carry the token to wherever it points.
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": JSON, "User-Agent": f"autoleap/{__version__}"},
        )
        self._base_path = self.base_url.path.rstrip("/")

    def with_priority(self, priority: Priority) -> HttpClient:
        """The same connections, tokens and budgets for calls of another priority."""
        view = HttpClient(self._settings, self._retry_transport, self._dispatcher, priority)
        if self.auth is not None:
            view.auth = self.auth
        return view

    def use_tokens(self, tokens: TokenManager) -> None:
        """Authorise every request but login and refresh with these tokens."""
        self.auth = BearerAuth(tokens, self._base_path)

    def server_time(self) -> datetime | None:
        """The time of day at the server by its last `Date` header; None before there was one."""
        offset = self._retry_transport.clock_offset
        return None if offset is None else datetime.fromtimestamp(time.time() + offset, UTC)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request with all its attempts.

        Raises:
            AutoLeapError: when the answer is not a success, or there is none.
        """
        path = request.url.path.removeprefix(self._base_path)
        call = CallContext(request.method, path, request.url, self._choose_priority(path))
        if self._retry_transport.closed:
            raise call.annotate(ConfigurationError("this client is closed"))
        if astray := self.loop_affinity.mismatch_message():
            raise call.annotate(ConfigurationError(astray))
        # httpx logs a request's URL: it gets one without the query, which may name a customer.
        request.url = request.url.copy_with(query=None)
        request.extensions["autoleap"] = call
        request.stream = BytesStream(await request.aread())
        error: AutoLeapError | None = None
        try:
            response = await super().send(request, **options)
            # The client accepts JSON; an operation with another response sends its own header.
            accept = request.headers["Accept"]
            raise_for_response(response, accept).annotate_error = call.annotate
        except AutoLeapError as caught:
            # An error of the login on this call's way knows its own call already.
            error = caught if caught.method else call.annotate(caught)
            raise
        finally:
            self._emit_call_event(call, error)
        return response

    def _choose_priority(self, path: str) -> Priority:
        """Calls of all priorities wait for a new token, whoever was first to need it."""
        if path in UNAUTHENTICATED_PATHS:
            return "high"
        return self._priority or current_priority()

    def _emit_call_event(self, call: CallContext, error: AutoLeapError | None) -> None:
        self._dispatcher.record_call(
            CallEvent(
                method=call.method,
                path=call.path,
                status=call.status,
                error=type(error).__name__ if error else None,
                attempts=call.attempts,
                waited=call.waited,
                elapsed=time.monotonic() - call.started_at,
            )
        )
