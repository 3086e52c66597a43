"""Send each attempt of a call: rate limit slot, request, backoff, retry.

A call passes these layers: `HttpClient.send` (errors), `BearerAuth` (wait for a token, one replay
after a 401), `RetryTransport` (slot and token of each attempt, backoff), then the transport that
opens sockets. All of them use httpx's own extension points, so a generated function passes all of
them too.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import httpx

from .._events import AttemptEvent
from .._instrumentation import EventDispatcher, notify_before_sending
from .._loop_affinity import LoopAffinity
from .._ratelimit.limiter import RateLimiter
from .._ratelimit.slot import Slot
from .._redaction import Redactor
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from . import retry_policy
from .call import CallContext
from .exchange import exchange
from .responses import ApiResponse, classify_failure, map_transport_error, redact_error
from .retry_policy import Failure


class RetryTransport(httpx.AsyncBaseTransport):
    """Transport that applies rate limits and retries.

    Args:
        inner: The transport that opens sockets.
        limiter: Grants a slot for each attempt.
        dispatcher: Receives an event for each attempt.
        max_response_bytes: The largest body of a response.
        redactor: Removes secrets from text of the server.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        limiter: RateLimiter,
        dispatcher: EventDispatcher,
        *,
        max_response_bytes: int,
        redactor: Redactor,
    ) -> None:
        self._inner, self._limiter, self._dispatcher = inner, limiter, dispatcher
        self._max_response_bytes, self.redactor = max_response_bytes, redactor
        self.loop_affinity = LoopAffinity("client")
        # Seconds by which the server's clock is ahead of this machine's clock. It is None before
        # the first response.
        self.clock_offset: float | None = None
        self.closed = False
        self._in_flight: set[DetachedTask[ApiResponse | httpx.RequestError]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request with all its attempts.

        Raises:
            TransportError: when there is no response to the last attempt.
        """
        call: CallContext = request.extensions["autoleap"]
        last_attempt = call.attempts + 1 + call.max_retries
        while True:
            outcome, failure = await self._run_attempt(request, call)
            if failure in {Failure.NO_RESPONSE, Failure.SERVER_ERROR} and call.method != "GET":
                call.may_have_acted = True
            if (
                failure is None
                or not retry_policy.is_retryable(failure, call.method, call.path)
                or call.attempts >= last_attempt
                or self.closed
                or not await self._back_off(failure, outcome, call)
            ):
                break
        if isinstance(outcome, httpx.RequestError):
            error = map_transport_error(outcome, call.method, earlier=call.may_have_acted)
            raise error.with_call(call) from outcome
        return outcome

    async def aclose(self) -> None:
        """Cancel the requests in flight, so that they open no connection; close the sockets."""
        self.closed = True
        await cancel_and_wait(list(self._in_flight))
        await self._inner.aclose()

    async def _run_attempt(
        self, request: httpx.Request, call: CallContext
    ) -> tuple[ApiResponse | httpx.RequestError, Failure | None]:
        waited_before = call.waited
        async with self._acquire_slot_and_token(call):
            call.attempts += 1
            if call.token_manager is not None:
                await notify_before_sending()
            sent_at = time.monotonic()
            outcome = await self._send_detached(request)
        call.status = outcome.status_code if isinstance(outcome, ApiResponse) else None
        call.request_id = outcome.request_id() if isinstance(outcome, ApiResponse) else None
        has_failed = isinstance(outcome, httpx.RequestError)
        self._dispatcher.record_attempt(
            AttemptEvent(
                method=call.method,
                path=call.path,
                operation=call.operation,
                path_template=call.path_template,
                attempt=call.attempts,
                status=call.status,
                failure=type(outcome).__name__ if has_failed else None,
                request_id=call.request_id,
                waited=call.waited - waited_before,
                elapsed=time.monotonic() - sent_at,
            )
        )
        return outcome, classify_failure(outcome)

    @asynccontextmanager
    async def _acquire_slot_and_token(self, call: CallContext) -> AsyncGenerator[None]:
        """Hold a slot, and take the token right before the attempt is sent."""
        while True:
            async with self._acquire_slot(call) as slot:
                if call.take_token():
                    yield
                    return
                slot.used = False
            # The login and the refresh need a slot too. Therefore a call that waits for them holds
            # none.
            await call.wait_for_token()

    @asynccontextmanager
    async def _acquire_slot(self, call: CallContext) -> AsyncGenerator[Slot]:
        """Hold a slot; count the waiting time even if no slot was acquired."""
        requested_at = time.monotonic()
        slot: Slot | None = None
        try:
            async with self._limiter.acquire(call.method, call.priority) as slot:
                call.waited += slot.waited
                yield slot
        finally:
            if slot is None:
                call.waited += time.monotonic() - requested_at

    async def _send_detached(self, request: httpx.Request) -> ApiResponse | httpx.RequestError:
        """Send a request in a detached task.

        `asyncio.Task.cancel` passes through the shield under which httpcore returns a connection
        to the pool. The pool then loses that connection. A detached task is cancelled by its scope,
        so the shield holds.
        """
        if self.closed:
            return httpx.ConnectError("this client is closed", request=request)
        call: CallContext = request.extensions["autoleap"]
        full_request = httpx.Request(
            request.method,
            call.url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        if call.token is not None:
            full_request.headers["Authorization"] = f"Bearer {call.token.reveal()}"
        task = spawn_detached(partial(self._send_and_read, full_request))
        self._in_flight.add(task)
        try:
            await task.wait()
        finally:
            self._in_flight.discard(task)
            await cancel_and_wait([task])
        if self.closed and task.exception is not None:
            return httpx.ReadError("this client was closed", request=request)
        return task.result()

    async def _send_and_read(self, request: httpx.Request) -> ApiResponse | httpx.RequestError:
        """Send a request and read the body, so that a cut body counts as a lost response."""
        call: CallContext = request.extensions["autoleap"]
        outcome = await exchange(
            self._inner,
            request,
            total_timeout=call.total_timeout,
            max_bytes=self._max_response_bytes,
        )
        if isinstance(outcome, httpx.RequestError):
            return redact_error(outcome, self.redactor)
        outcome.call, outcome.redactor = call, self.redactor
        self._update_clock_offset(outcome)
        return outcome

    def _update_clock_offset(self, response: ApiResponse) -> None:
        date = retry_policy.parse_http_date(response.headers.get("Date", ""))
        # The clock of a server is in these years; the last year of `datetime` could overflow.
        if date is not None and 1970 <= date.year < 9999:
            self.clock_offset = date.timestamp() - time.time()

    async def _back_off(
        self, failure: Failure, outcome: ApiResponse | httpx.RequestError, call: CallContext
    ) -> bool:
        """Wait before the next attempt; return False if the wait is too long for a retry."""
        retry_after = outcome.retry_after() if isinstance(outcome, ApiResponse) else None
        jitter = random.random()  # noqa: S311  # not for security
        wait = retry_policy.backoff_delay(failure, call.attempts, retry_after, jitter)
        if failure is Failure.RATE_LIMITED:
            await self._limiter.block_for(call.method, min(wait, retry_policy.MAX_RETRY_AFTER))
        deadline = anyio.current_effective_deadline()
        if wait > retry_policy.MAX_RETRY_AFTER or anyio.current_time() + wait >= deadline:
            return False
        await anyio.sleep(wait)
        return True
