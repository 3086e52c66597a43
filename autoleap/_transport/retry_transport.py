"""The only module that knows httpx: bearer token, budget, attempts, and typed errors.

A call passes, from the outside in: `Http.send` (errors) -> `BearerAuth` (token, one replay after
a 401) -> `Courier` (budget, attempts, back-off) -> the transport that opens sockets. Generated
functions get all of it, because all of it hangs on httpx's own seams.
"""

from __future__ import annotations

import random
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import httpx
from attrs import define, field

from .._events import AttemptEvent
from .._instrumentation import EventDispatcher
from .._loop_affinity import LoopAffinity
from .._ratelimit.limiter import RateLimiter
from .._ratelimit.priority import Priority
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from . import retry_policy
from .responses import ApiResponse, classify_failure, map_transport_error
from .retry_policy import Failure

MAX_CONNECTIONS = 100


@define
class CallContext:
    """What one call has cost so far; it rides on the request."""

    method: str
    path: str
    url: httpx.URL
    priority: Priority
    attempts: int = 0
    waited: float = 0.0
    status: int | None = None
    started_at: float = field(factory=time.monotonic)

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the call, waits included."""
        return time.monotonic() - self.started_at


class BytesStream(httpx.AsyncByteStream):
    """A request's body, in one piece.

    httpx's own is an async generator, which a cancelled sending leaves half-way; trio objects.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _SingleChunkIterator(self._content)


@define
class _SingleChunkIterator(AsyncIterator[bytes]):
    _content: bytes | None

    async def __anext__(self) -> bytes:
        content, self._content = self._content, None
        if content is None:
            raise StopAsyncIteration
        return content


class RetryTransport(httpx.AsyncBaseTransport):
    """The one place that waits and sends: budget, attempt, judgement, back-off, again."""

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport | None,
        limiter: RateLimiter,
        dispatcher: EventDispatcher,
        max_retries: int,
    ) -> None:
        pool = httpx.Limits(max_connections=MAX_CONNECTIONS, max_keepalive_connections=20)
        self._inner = inner or httpx.AsyncHTTPTransport(limits=pool)
        self._limiter, self._dispatcher = limiter, dispatcher
        self._max_retries = max_retries
        self.loop_affinity = LoopAffinity("client")
        # Seconds the server is ahead of this machine; None before an answer has told.
        self.clock_offset: float | None = None
        self.closed = False
        self._in_flight: set[DetachedTask[ApiResponse | httpx.RequestError]] = set()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Carry one request to an answer, or to the error that says why there is none."""
        call: CallContext = request.extensions["autoleap"]
        last = call.attempts + 1 + self._max_retries
        while True:
            outcome, failure = await self._run_attempt(request, call)
            repeat = failure is not None and retry_policy.is_retryable(
                failure, call.method, call.path
            )
            if failure is None or not repeat or call.attempts >= last or self.closed:
                return _response_or_raise(outcome, call)
            if not await self._back_off(failure, outcome, call):
                return _response_or_raise(outcome, call)

    async def aclose(self) -> None:
        """End what is on its way, so that nothing opens a connection again; close the sockets."""
        self.closed = True
        await cancel_and_wait(list(self._in_flight))
        await self._inner.aclose()

    async def _run_attempt(
        self, request: httpx.Request, call: CallContext
    ) -> tuple[ApiResponse | httpx.RequestError, Failure | None]:
        async with self._acquire_slot(call) as waited:
            call.attempts += 1
            began = time.monotonic()
            outcome = await self._send_detached(request)
        call.status = outcome.status_code if isinstance(outcome, ApiResponse) else None
        failed = isinstance(outcome, httpx.RequestError)
        self._dispatcher.record_attempt(
            AttemptEvent(
                method=call.method,
                path=call.path,
                attempt=call.attempts,
                status=call.status,
                failure=type(outcome).__name__ if failed else None,
                waited=waited,
                elapsed=time.monotonic() - began,
            )
        )
        return outcome, classify_failure(outcome)

    @asynccontextmanager
    async def _acquire_slot(self, call: CallContext) -> AsyncGenerator[float]:
        """Hold a place of the budget; a wait that ended without one was a wait all the same."""
        asked = time.monotonic()
        waited: float | None = None
        try:
            async with self._limiter.acquire(call.method, call.priority) as waited:
                call.waited += waited
                yield waited
        finally:
            if waited is None:
                call.waited += time.monotonic() - asked

    async def _send_detached(self, request: httpx.Request) -> ApiResponse | httpx.RequestError:
        """Send once, in a task of its own.

        `asyncio.Task.cancel` passes through the shields under which a connection is given back to
        the pool, and the pool then lacks it for good. Here it ends the task by its scope instead.
        """
        if self.closed:
            return httpx.ConnectError("this client is closed", request=request)
        call: CallContext = request.extensions["autoleap"]
        whole = httpx.Request(
            request.method,
            call.url,
            headers=request.headers,
            stream=request.stream,
            extensions=request.extensions,
        )
        task = spawn_detached(partial(self._send_and_read, whole))
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
        """Send and read. The body is read here, so that a cut one counts as a lost answer."""
        try:
            raw = await self._inner.handle_async_request(request)
            answer = ApiResponse(
                raw.status_code, headers=raw.headers, stream=raw.stream, extensions=raw.extensions
            )
            answer.call = request.extensions["autoleap"]
            await answer.aread()
        except httpx.RequestError as error:
            return error
        self._update_clock_offset(answer)
        return answer

    def _update_clock_offset(self, answer: ApiResponse) -> None:
        server = retry_policy.parse_http_date(answer.headers.get("Date", ""))
        if server is not None:
            self.clock_offset = server.timestamp() - time.time()

    async def _back_off(
        self, failure: Failure, outcome: ApiResponse | httpx.RequestError, call: CallContext
    ) -> bool:
        """Wait before the next attempt; False when the wait is too long to be ours to decide."""
        asked = outcome.retry_after() if isinstance(outcome, ApiResponse) else None
        draw = random.random()  # noqa: S311  # spreads load, guards nothing
        wait = retry_policy.backoff_delay(failure, call.attempts, asked, draw)
        if failure is Failure.RATE_LIMITED:
            await self._limiter.block_for(call.method, min(wait, retry_policy.MAX_RETRY_AFTER))
        deadline = anyio.current_effective_deadline()
        if wait > retry_policy.MAX_RETRY_AFTER or anyio.current_time() + wait >= deadline:
            return False
        await anyio.sleep(wait)
        return True


def _response_or_raise(outcome: ApiResponse | httpx.RequestError, call: CallContext) -> ApiResponse:
    """The answer, or the typed error in place of httpx's own."""
    if isinstance(outcome, ApiResponse):
        return outcome
    raise map_transport_error(outcome, call.method).with_call(call) from outcome
