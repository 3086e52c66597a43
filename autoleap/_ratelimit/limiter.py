"""Rate limits: in any window, no more calls of one HTTP method than the partner account may make.

Published limiters count a call when it starts. The server counts it when it arrives. On a slow
network the call can therefore arrive in a later window of the server, and its response is a 429.
Here a call holds its slot from its start until `per` seconds after its end. The server counts it
at some time in between, so no window of the server contains more than `limit` calls.
"""

from __future__ import annotations

import math
from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import anyio

from .._config import RateLimits
from .._loop_affinity import LoopAffinity
from .priority import Priority
from .queue import PriorityQueue
from .window import SlidingWindow


class RateLimiter(Protocol):
    """Grants a slot for each attempt. Implement it to share rate limits in another way."""

    def acquire(
        self, method: str, priority: Priority = "high"
    ) -> AbstractAsyncContextManager[float]:
        """Wait for a slot and hold it during the call; the value is the seconds waited.

        Args:
            method: The HTTP method, in capitals.
            priority: "high" or "low"; high ones overtake low ones.
        """
        ...

    async def block_for(self, method: str, seconds: float) -> None:
        """Start no call of a method for some seconds, after a 429.

        Args:
            method: The HTTP method, in capitals.
            seconds: Seconds from now.
        """
        ...


class _SlotRequest:
    """A call in the queue; it sleeps until its position or its window may have changed."""

    def __init__(self) -> None:
        self._wakeup = anyio.Event()

    def wake(self) -> None:
        self._wakeup.set()

    async def sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._wakeup.wait()
        self._wakeup = anyio.Event()


class _MethodLimiter:
    """The queue and the window of one method: only the head of the queue looks at the window."""

    def __init__(self, window: SlidingWindow) -> None:
        self._window = window
        self._queue: PriorityQueue[_SlotRequest] = PriorityQueue()

    async def acquire(self, priority: Priority) -> float:
        """Take a slot; return the seconds waited, exactly 0 if a slot was free immediately."""
        queued_at, has_waited, request = anyio.current_time(), False, _SlotRequest()
        self._queue.push(request, priority)
        try:
            while (delay := self._delay(request)) > 0:
                has_waited = True
                await request.sleep(delay)
            # There is no await since the last `_delay`, so the slot is still free.
            self._queue.pop()
            self._window.start()
        finally:
            self._queue.remove(request)
            self._wake_head()
        return anyio.current_time() - queued_at if has_waited else 0.0

    def release(self) -> None:
        self._window.finish(anyio.current_time())
        self._wake_head()

    def block_for(self, seconds: float) -> None:
        self._window.block_until(anyio.current_time() + seconds)

    def _delay(self, request: _SlotRequest) -> float:
        is_head = self._queue.head is request
        return self._window.delay(anyio.current_time()) if is_head else math.inf

    def _wake_head(self) -> None:
        head = self._queue.head
        if head is not None:
            head.wake()


class MemoryRateLimiter:
    """The rate limits of one process: a sliding window for each HTTP method.

    Calls of high priority overtake those of low priority; at most four overtake the same call.
    Calls of one priority keep their order. Clients of one event loop share the limits if they use
    the same instance.

    Args:
        limits: Calls per window and method.
    """

    def __init__(self, limits: RateLimits | None = None) -> None:
        self._limits = limits or RateLimits()
        self._limiters: dict[str, _MethodLimiter] = {}
        self._loop_affinity = LoopAffinity("rate limiter")

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[float]:
        """Wait for a slot and hold it during the call; the value is the seconds waited.

        Args:
            method: The HTTP method, in capitals.
            priority: "high" or "low"; high ones overtake low ones.
        """
        limiter = self._limiter_for(method)
        if limiter is None:
            yield 0.0
            return
        waited = await limiter.acquire(priority)
        try:
            yield waited
        finally:
            limiter.release()

    async def block_for(self, method: str, seconds: float) -> None:
        """Start no call of a method for some seconds.

        Args:
            method: The HTTP method, in capitals.
            seconds: Seconds from now.
        """
        limiter = self._limiter_for(method)
        if limiter is not None:
            limiter.block_for(seconds)

    def _limiter_for(self, method: str) -> _MethodLimiter | None:
        self._loop_affinity.ensure_current()
        limit = self._limits.get_limit(method)
        if limit is None:
            return None
        if method not in self._limiters:
            self._limiters[method] = _MethodLimiter(SlidingWindow(limit, self._limits.per))
        return self._limiters[method]
