"""Budgets: never more calls of one method in any window than the partner account may make.

A published limiter would count a call when it is allowed. The server counts it when it arrives,
so a call that was slow on its way shares the server's window with the next ones and earns a 429.
Here a call keeps its place from the moment it is allowed until `per` seconds after its answer:
the server saw it somewhere in between, so no window of the server's can hold more than `limit`.
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
    """What a client asks before every attempt; implement it to share a budget more widely."""

    def acquire(
        self, method: str, priority: Priority = "high"
    ) -> AbstractAsyncContextManager[float]:
        """Wait for a place, hold it while the call runs; enters with the seconds waited.

        Args:
            method: The HTTP method, in capitals.
            priority: "low" for background work, ahead of which others may pass.
        """
        ...

    async def block_for(self, method: str, seconds: float) -> None:
        """Let no further call of this method begin for some seconds: the server said 429."""
        ...


class _Waiter:
    """A caller in the line, asleep until its state may have changed."""

    def __init__(self) -> None:
        self._wakeup = anyio.Event()

    def wake(self) -> None:
        self._wakeup.set()

    async def sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._wakeup.wait()
        self._wakeup = anyio.Event()


class _MethodLimiter:
    """The line before one window: its head waits for a place, the others to be its head."""

    def __init__(self, window: SlidingWindow) -> None:
        self._window = window
        self._queue: PriorityQueue[_Waiter] = PriorityQueue()

    async def acquire(self, priority: Priority) -> float:
        """Take a place; returns the seconds waited, exactly 0 when there was one at once."""
        arrived, queued, waiter = anyio.current_time(), False, _Waiter()
        self._queue.push(waiter, priority)
        try:
            while (wait := self._delay(waiter)) > 0:
                queued = True
                await waiter.sleep(wait)
            # No await from the last look to here, so the place is still there.
            self._queue.pop()
            self._window.start()
        finally:
            self._queue.remove(waiter)
            self._wake_head()
        return anyio.current_time() - arrived if queued else 0.0

    def release(self) -> None:
        self._window.finish(anyio.current_time())
        self._wake_head()

    def block_for(self, seconds: float) -> None:
        self._window.block_until(anyio.current_time() + seconds)

    def _delay(self, waiter: _Waiter) -> float:
        is_head = self._queue.head is waiter
        return self._window.delay(anyio.current_time()) if is_head else math.inf

    def _wake_head(self) -> None:
        head = self._queue.head
        if head is not None:
            head.wake()


class MemoryRateLimiter:
    """The budgets of one process: a sliding window for each HTTP method.

    Calls of high priority pass ahead of background work, at most four ahead of the same call;
    otherwise who comes first goes first. Give one instance to several clients of the same event
    loop to make them share.

    Args:
        limits: Calls per window and method.
    """

    def __init__(self, limits: RateLimits | None = None) -> None:
        self._limits = limits or RateLimits()
        self._limiters: dict[str, _MethodLimiter] = {}
        self._loop_affinity = LoopAffinity("rate limiter")

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[float]:
        """Wait for a place, hold it while the call runs; enters with the seconds waited."""
        queue = self._limiter_for(method)
        if queue is None:
            yield 0.0
            return
        waited = await queue.acquire(priority)
        try:
            yield waited
        finally:
            queue.release()

    async def block_for(self, method: str, seconds: float) -> None:
        """Let no further call of this method begin for some seconds."""
        queue = self._limiter_for(method)
        if queue is not None:
            queue.block_for(seconds)

    def _limiter_for(self, method: str) -> _MethodLimiter | None:
        self._loop_affinity.ensure_current()
        limit = self._limits.get_limit(method)
        if limit is None:
            return None
        if method not in self._limiters:
            self._limiters[method] = _MethodLimiter(SlidingWindow(limit, self._limits.per))
        return self._limiters[method]
