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
from ..errors import AutoLeapError, ConfigurationError, replace_control_characters
from .bodies import BytesStream
from .call import UNAUTHENTICATED_PATHS, CallContext
from .responses import JSON, ApiResponse, raise_for_response
from .retry_transport import RetryTransport


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
        settings: Base URL, timeout and number of retries.
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
            headers={
                "Accept": JSON,
                "Accept-Encoding": "gzip",  # `BodyCollector` reads no other encoding
                "User-Agent": f"autoleap/{__version__}",
            },
        )
        self._base_path = self.base_url.path.rstrip("/")

    def with_options(self, settings: Settings, priority: Priority | None) -> HttpClient:
        """Return a client with the same connections, tokens and rate limits.

        Args:
            settings: The settings of the new client.
            priority: Priority of all its calls; None for that of this client.
        """
        priority = priority or self._priority
        return HttpClient(
            settings, self._retry_transport, self._token_manager, self._dispatcher, priority
        )

    def server_time(self) -> datetime | None:
        """Return the server's time by its last `Date` header, or None before the first."""
        offset = self._retry_transport.clock_offset
        return None if offset is None else datetime.fromtimestamp(time.time() + offset, UTC)

    def build_request(self, *args: Any, **kwargs: Any) -> httpx.Request:
        """Build a request.

        Raises:
            ConfigurationError: when a URL or JSON cannot contain an argument.
        """
        try:
            return super().build_request(*args, **kwargs)
        except (httpx.InvalidURL, ValueError, RecursionError) as error:
            reason = str(error)
        raise ConfigurationError(f"the arguments make no valid request: {reason}")

    async def send(self, request: httpx.Request, **options: Any) -> httpx.Response:
        """Send a request with all its attempts.

        Raises:
            AutoLeapError: when there is no response, or the response is not a success.
        """
        path = replace_control_characters(request.url.path.removeprefix(self._base_path))
        call = CallContext(
            request.method,
            path,
            request.url,
            self._choose_priority(path),
            self._settings.max_retries,
            self._settings.max_attempt_seconds,
            # The generated functions set these two.
            request.extensions.get("operation"),
            request.extensions.get("path_template"),
            token_manager=None if path in UNAUTHENTICATED_PATHS else self._token_manager,
        )
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
            if isinstance(response, ApiResponse):
                # The response to a login or a refresh holds tokens that the client must read.
                is_write = call.method != "GET" and path not in UNAUTHENTICATED_PATHS
                response.redacts_json = is_write
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
                operation=call.operation,
                path_template=call.path_template,
                status=call.status,
                request_id=call.request_id,
                error=type(error).__name__ if error else None,
                attempts=call.attempts,
                waited=call.waited,
                elapsed=call.elapsed,
            )
        )


def check_base_url(url: str) -> None:
    """Check that httpx can read a URL.

    Raises:
        ConfigurationError: when its host name or a character is not valid.
    """
    try:
        httpx.URL(url)
    except httpx.InvalidURL as error:
        raise ConfigurationError(f"base_url {url!r} is not a valid URL: {error}") from None
