"""HTTP client of the generated functions: bearer token and typed errors."""

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

# Contract: these two operations return tokens, so they need no bearer token.
UNAUTHENTICATED_PATHS = frozenset({"/partners/login", "/partners/generateNewAccessToken"})


class BearerAuth(httpx.Auth):
    """Waits for an access token before a call queues, and replays the call once after a 401.

    RetryTransport adds the token to each attempt, because a token may expire in the queue.
    """

    def sync_auth_flow(
        self, request: httpx.Request
    ) -> Generator[httpx.Request, httpx.Response, None]:
        """Refuse synchronous requests."""
        raise RuntimeError("autoleap is async only: use asyncio.run in synchronous code")

    async def async_auth_flow(
        self, request: httpx.Request
    ) -> AsyncGenerator[httpx.Request, httpx.Response]:
        """Send one request, and once more with a new token if the server refuses its token."""
        call: CallContext = request.extensions["autoleap"]
        await call.wait_for_token()
        response = yield request
        if response.status_code == 401 and call.token_manager is not None and call.token:
            await call.token_manager.refresh_after_401(call.token)
            yield request


class HttpClient(httpx.AsyncClient):
    """An httpx client that returns successful responses and raises typed errors.

    Args:
        settings: Base URL and timeout.
        retry_transport: Sends the requests.
        token_manager: Returns the access token of each attempt.
        dispatcher: Receives an event for each call.
        priority: Priority of all calls; None for `current_priority` at each call.
    """

    def __init__(
        self,
        settings: Settings,
        retry_transport: RetryTransport,
        token_manager: TokenManager,
        dispatcher: EventDispatcher,
        priority: Priority | None = None,
    ) -> None:
        self._settings, self._retry_transport = settings, retry_transport
        self._token_manager, self._dispatcher = token_manager, dispatcher
        self._priority: Priority | None = priority
        self.loop_affinity = retry_transport.loop_affinity
        super().__init__(
            base_url=settings.base_url,
            auth=BearerAuth(),
            # A connection of the pool may be in use for long. The server is not the cause, so there
            # is no timeout for this wait.
            timeout=httpx.Timeout(settings.timeout, pool=None),
            transport=retry_transport,
            # A redirect would send the token to another server.
            follow_redirects=False,
            trust_env=False,
            headers={"Accept": JSON, "User-Agent": f"autoleap/{__version__}"},
        )
        self._base_path = self.base_url.path.rstrip("/")

    def with_priority(self, priority: Priority) -> HttpClient:
        """Return a client with the same connections, tokens and rate limits."""
        return HttpClient(
            self._settings, self._retry_transport, self._token_manager, self._dispatcher, priority
        )

    def server_time(self) -> datetime | None:
        """Return the server's time by its last `Date` header, or None before the first."""
        offset = self._retry_transport.clock_offset
        return None if offset is None else datetime.fromtimestamp(time.time() + offset, UTC)

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request with all its attempts.

        Raises:
            AutoLeapError: when there is no response, or the response is not a success.
        """
        path = request.url.path.removeprefix(self._base_path)
        call = CallContext(request.method, path, request.url, self._choose_priority(path))
        if path not in UNAUTHENTICATED_PATHS:
            call.token_manager = self._token_manager
        if self._retry_transport.closed:
            raise ConfigurationError("this client is closed").with_call(call)
        if message := self.loop_affinity.mismatch_message():
            raise ConfigurationError(message).with_call(call)
        # httpx logs the URL of a request. The query may name a customer, so it is removed here;
        # RetryTransport sends the URL of the call context.
        request.url = request.url.copy_with(query=None)
        request.extensions["autoleap"] = call
        request.stream = BytesStream(await request.aread())
        error: AutoLeapError | None = None
        try:
            response = await super().send(request, **options)
            # The client accepts JSON. An operation with another response sends its own header.
            raise_for_response(response, request.headers["Accept"])
        except AutoLeapError as caught:
            # An error of a login during this call has the details of the login already.
            error = caught if caught.method else caught.with_call(call)
            raise
        finally:
            self._emit_call_event(call, error)
        return response

    def _choose_priority(self, path: str) -> Priority:
        """Choose "high" for session requests: calls of all priorities wait for a new token."""
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
                elapsed=call.elapsed,
            )
        )
