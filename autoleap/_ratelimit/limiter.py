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
from typing import Protocol, runtime_checkable

import anyio

from .._config import RateLimits
from .._loop_affinity import LoopAffinity
from .pace import LowPriorityPace
from .priority import Priority
from .queue import PriorityQueue
from .slot import Slot
from .wait_log import WaitLog
from .window import SlidingWindow


class RateLimiter(Protocol):
    """Grants a slot for each attempt. Implement it to share rate limits in another way."""

    def acquire(
        self, method: str, priority: Priority = "high"
    ) -> AbstractAsyncContextManager[Slot]:
        """Wait for a slot and hold it during the attempt; the value is the slot.

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


@runtime_checkable
class AccountRateLimiter(Protocol):
    """A rate limiter with state outside of this process, which it keeps for one account."""

    def bind_account(self, account: str) -> None:
        """Keep the rate limits of one account, named by its partner and server."""
        ...


class _SlotRequest:
    """A call in the queue; it sleeps until its position or its window may have changed."""

    def __init__(self, priority: Priority) -> None:
        self.priority: Priority = priority
        self._wakeup = anyio.Event()

    def wake(self) -> None:
        self._wakeup.set()

    async def sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._wakeup.wait()
        self._wakeup = anyio.Event()


class _MethodLimiter:
    """The queue and the window of one method: only the head of the queue looks at the window."""

    def __init__(self, method: str, limit: int, per: float) -> None:
        self._window, self._pace = SlidingWindow(limit, per), LowPriorityPace(limit, per)
        self._queue: PriorityQueue[_SlotRequest] = PriorityQueue()
        self._wait_log = WaitLog(method, limit, per)

    async def acquire(self, priority: Priority) -> Slot:
        """Take a slot; its `waited` is exactly 0 if it was free immediately."""
        queued_at, has_waited, request = anyio.current_time(), False, _SlotRequest(priority)
        self._enter_queue(request, queued_at)
        try:
            while (delay := self._delay(request)) > 0:
                has_waited = True
                await request.sleep(delay)
            # There is no await since the last `_delay`, so the slot is still free.
            self._queue.pop()
            self._window.start()
            self._pace.record_start(priority, anyio.current_time())
        finally:
            self._queue.remove(request)
            self._wake_head()
        return Slot(anyio.current_time() - queued_at if has_waited else 0.0)

    def release(self, slot: Slot) -> None:
        if slot.used:
            self._window.finish(anyio.current_time())
        else:
            self._window.abandon()
        self._wake_head()

    def block_for(self, seconds: float) -> None:
        self._window.block_until(anyio.current_time() + seconds)

    def _enter_queue(self, request: _SlotRequest, now: float) -> None:
        ahead = self._queue.count_ahead(request.priority)
        expected = self._window.expected_wait(now, ahead)
        if request.priority == "low":
            expected = max(expected, self._pace.expected_wait(self._window, now, ahead))
        self._wait_log.report(expected, ahead, now)
        self._pace.record_request(request.priority, now)
        self._queue.push(request, request.priority)

    def _delay(self, request: _SlotRequest) -> float:
        if self._queue.head is not request:
            return math.inf
        now = anyio.current_time()
        if request.priority == "high" or self._queue.low_is_due:
            return self._window.delay(now)
        return self._pace.delay(self._window, now)

    def _wake_head(self) -> None:
        head = self._queue.head
        if head is not None:
            head.wake()


class MemoryRateLimiter:
    """The rate limits of one process: a sliding window for each HTTP method.

    Calls of high priority overtake those of low priority; at most four overtake the same call.
    Calls of one priority keep their order. Calls of low priority start at regular times after they
    have used half of the limit, and they leave a few slots free. So a call of high priority seldom
    waits for more than a few seconds beside bulk work. Clients of one event loop share the limits
    if they use the same instance.

    Args:
        limits: Calls per window and method.
    """

    def __init__(self, limits: RateLimits | None = None) -> None:
        self._limits = limits or RateLimits()
        self._limiters: dict[str, _MethodLimiter] = {}
        self._loop_affinity = LoopAffinity("rate limiter")

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[Slot]:
        """Wait for a slot and hold it during the attempt; the value is the slot.

        Args:
            method: The HTTP method, in capitals.
            priority: "high" or "low"; high ones overtake low ones.
        """
        limiter = self._limiter_for(method)
        if limiter is None:
            yield Slot()
            return
        slot = await limiter.acquire(priority)
        try:
            yield slot
        finally:
            limiter.release(slot)

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
            self._limiters[method] = _MethodLimiter(method, limit, self._limits.per)
        return self._limiters[method]
