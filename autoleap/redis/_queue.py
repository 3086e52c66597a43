"""The queue of one process before the shared rate limit of one method."""

from __future__ import annotations

import math
import time
from functools import partial
from uuid import uuid4

import anyio
from attrs import define, field, frozen

from .._instrumentation import logger
from .._ratelimit.priority import Priority
from .._ratelimit.queue import PriorityQueue
from .._ratelimit.window import SlidingWindow
from .._tasks import spawn_detached
from ..errors import RateLimiterUnavailableError, copy_for_raise
from ._slot_client import RETRY_INTERVAL, RedisSlotClient, in_thread
from ._slot_scripts import TIMEOUT


@define(eq=False)
class _Waiter:
    """A caller in the line, until it is called with a place or with an error."""

    arrived_at: float
    granted: anyio.Event = field(factory=anyio.Event)
    slot: Slot | None = None
    error: Exception = field(factory=RateLimiterUnavailableError)


@frozen
class Slot:
    """The right to make one call.

    Attributes:
        ticket: Its name in Redis, or None when it is of the process's own share.
        waited: Seconds until it was there, exactly 0 when that was at once.
    """

    slot_id: str | None
    waited: float


@define(eq=False)
class SlotQueue:
    """The line of this process before the budget of one method."""

    client: RedisSlotClient
    method: str
    limit: int
    fallback_window: SlidingWindow | None
    waiters: PriorityQueue[_Waiter] = field(factory=PriorityQueue[_Waiter], init=False)
    _requesting: bool = field(default=False, init=False)
    _wakeup: anyio.Event = field(factory=anyio.Event, init=False)
    _idle: anyio.Event = field(factory=anyio.Event, init=False)
    _last_blocked_at: float = field(default=-math.inf, init=False)

    async def acquire(self, priority: Priority) -> Slot:
        """Stand in the line until called.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer and there is no share.
        """
        waiter = _Waiter(time.monotonic())
        self.waiters.push(waiter, priority)
        self._idle.set()
        if not self._requesting:
            self._requesting = True
            spawn_detached(self._request_slots)
        try:
            await waiter.granted.wait()
        except BaseException:
            await self._abandon(waiter)
            raise
        if waiter.slot is None:
            raise copy_for_raise(waiter.error)
        return waiter.slot

    async def _abandon(self, waiter: _Waiter) -> None:
        """Leave the line; the last one stays until the reservation is given back.

        With the last caller the program may end, and nobody would do it then.
        """
        self.waiters.remove(waiter)
        if waiter.slot is not None:
            await self.release(waiter.slot, used=False)
        elif not self.waiters and self._requesting:
            self._idle = anyio.Event()
            self._wakeup.set()
            with anyio.move_on_after(TIMEOUT, shield=True):
                await self._idle.wait()

    async def release(self, slot: Slot, *, used: bool = True) -> None:
        if slot.slot_id is None:
            if self.fallback_window is not None:
                self.fallback_window.finish(time.monotonic())
            self._wakeup.set()
            return
        # In a task of its own: asyncio's way of cancelling passes through shields.
        task = spawn_detached(partial(self.client.release, self.method, slot.slot_id, used=used))
        with anyio.move_on_after(TIMEOUT, shield=True):
            await task.wait()

    async def block_for(self, seconds: float) -> None:
        if self.fallback_window is not None:
            self.fallback_window.block_until(time.monotonic() + seconds)
        try:
            await in_thread(partial(self.client.slots.block, self.method, seconds))
        except RateLimiterUnavailableError as error:
            logger.warning("other processes do not hear of a 429: %s", error)

    async def _request_slots(self) -> None:
        """Get places for the line, one by one, until nobody waits."""
        slot_id: str | None = None
        failure: Exception = RateLimiterUnavailableError("asking for the budget was broken off")
        try:
            while self.waiters:
                self._wakeup = anyio.Event()
                slot_id = slot_id or uuid4().hex
                wait, shared = await self._delay(slot_id)
                if wait > 0:
                    await self._sleep(wait)
                elif self.waiters and shared:
                    self._grant_next(slot_id)
                    slot_id = None
                elif self.waiters:
                    self._grant_next(None)
        except Exception as error:
            failure = error
        finally:
            # Nothing is awaited in between: who comes from here on has another one ask.
            self._requesting = False
            self._fail_all(failure)
            if slot_id is not None:
                with anyio.CancelScope(shield=True):
                    await self.client.release(self.method, slot_id, used=False)
            self._idle.set()

    async def _delay(self, slot_id: str) -> tuple[float, bool]:
        """Seconds until there is a place, and whether Redis said so."""
        if self.fallback_window is None or self.client.availability.should_try(time.monotonic()):
            try:
                return await self.client.reserve(self.method, slot_id, self.limit), True
            except RateLimiterUnavailableError as error:
                if self.fallback_window is None:
                    raise
                self.client.record_failure(error)
        return self._fallback_delay(self.fallback_window), False

    def _fallback_delay(self, fallback_window: SlidingWindow) -> float:
        # Until when others have sent calls is not known, so first comes a time of quiet.
        fallback_window.block_until(self.client.availability.resume_at())
        return min(fallback_window.delay(time.monotonic()), RETRY_INTERVAL)

    async def _sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._wakeup.wait()
        self._last_blocked_at = time.monotonic()

    def _grant_next(self, slot_id: str | None) -> None:
        now, head = time.monotonic(), self.waiters.pop()
        if slot_id is None and self.fallback_window is not None:
            self.fallback_window.start()
            self.client.availability.record_offline_call(now)
        waited = now - head.arrived_at if self._last_blocked_at >= head.arrived_at else 0.0
        head.slot = Slot(slot_id, waited)
        head.granted.set()

    def _fail_all(self, error: Exception) -> None:
        while self.waiters:
            waiter = self.waiters.pop()
            waiter.error = error
            waiter.granted.set()
