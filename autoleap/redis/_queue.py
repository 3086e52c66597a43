"""The queue of one process for the slots of one HTTP method."""

from __future__ import annotations

import math
import time
from functools import partial
from uuid import uuid4

import anyio
from attrs import define, field

from .._instrumentation import logger
from .._ratelimit.priority import Priority
from .._ratelimit.queue import PriorityQueue
from .._ratelimit.slot import Slot
from .._ratelimit.window import SlidingWindow
from .._tasks import run_in_thread, spawn_detached
from ..errors import RateLimiterUnavailableError, copy_for_raise
from ._slot_client import RETRY_INTERVAL, RedisSlotClient
from ._slot_scripts import TIMEOUT


@define
class RedisSlot(Slot):
    """A slot with its id in Redis.

    Attributes:
        slot_id: The id, or None for a slot of the fallback limits.
    """

    slot_id: str | None = None


@define(eq=False)
class _SlotRequest:
    """A call in the queue, until it receives a slot or an error."""

    queued_at: float
    granted: anyio.Event = field(factory=anyio.Event)
    slot: RedisSlot | None = None
    error: Exception = field(factory=RateLimiterUnavailableError)


@define(eq=False)
class SlotQueue:
    """Grants the slots of one method to the calls of this process.

    Attributes:
        client: Sends the requests to Redis.
        method: HTTP method.
        limit: Slots of all processes together.
        fallback_window: Slots of this process while Redis does not respond, or None.
    """

    client: RedisSlotClient
    method: str
    limit: int
    fallback_window: SlidingWindow | None
    _queue: PriorityQueue[_SlotRequest] = field(factory=PriorityQueue[_SlotRequest], init=False)
    _requesting: bool = field(default=False, init=False)
    _wakeup: anyio.Event = field(factory=anyio.Event, init=False)
    _idle: anyio.Event = field(factory=anyio.Event, init=False)
    _last_blocked_at: float = field(default=-math.inf, init=False)

    async def acquire(self, priority: Priority) -> RedisSlot:
        """Wait for a slot.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond and there is no fallback.
        """
        request = _SlotRequest(time.monotonic())
        self._queue.push(request, priority)
        self._idle.set()
        if not self._requesting:
            self._requesting = True
            spawn_detached(self._request_slots)
        try:
            await request.granted.wait()
        except BaseException:
            await self._abandon(request)
            raise
        if request.slot is None:
            raise copy_for_raise(request.error)
        return request.slot

    async def _abandon(self, request: _SlotRequest) -> None:
        """Leave the queue; the last call waits until the reservation is given back.

        The program may end after the last call. Then no task would give the reservation back.
        """
        self._queue.remove(request)
        if request.slot is not None:
            request.slot.used = False
            await self.release(request.slot)
        elif not self._queue and self._requesting:
            self._idle = anyio.Event()
            self._wakeup.set()
            with anyio.move_on_after(TIMEOUT, shield=True):
                await self._idle.wait()

    async def release(self, slot: RedisSlot) -> None:
        """Give a slot back after its call, or unused."""
        if slot.slot_id is None:
            if self.fallback_window is not None:
                _release_in_window(self.fallback_window, slot)
            self._wakeup.set()
            return
        # asyncio's `Task.cancel` passes through shields, therefore a detached task releases it.
        task = spawn_detached(
            partial(self.client.release, self.method, slot.slot_id, used=slot.used)
        )
        with anyio.move_on_after(TIMEOUT, shield=True):
            await task.wait()

    async def block_for(self, seconds: float) -> None:
        """Start no call of this method for some seconds, in any process."""
        if self.fallback_window is not None:
            self.fallback_window.block_until(time.monotonic() + seconds)
        try:
            await run_in_thread(partial(self.client.slots.block, self.method, seconds))
        except RateLimiterUnavailableError as error:
            logger.warning("a 429 does not block other processes: %s", error)

    async def _request_slots(self) -> None:
        """Get slots one by one until the queue is empty."""
        slot_id: str | None = None
        failure: Exception = RateLimiterUnavailableError("the request for a slot was cancelled")
        try:
            while self._queue:
                self._wakeup = anyio.Event()
                slot_id = slot_id or uuid4().hex
                wait, is_shared = await self._delay(slot_id)
                if wait > 0:
                    await self._sleep(wait)
                elif self._queue and is_shared:
                    self._grant_next(slot_id)
                    slot_id = None
                elif self._queue:
                    self._grant_next(None)
        except Exception as error:
            failure = error
        finally:
            # There is no await between these two lines, so that a call that comes after them
            # starts a new task.
            self._requesting = False
            self._fail_all(failure)
            if slot_id is not None:
                with anyio.CancelScope(shield=True):
                    await self.client.release(self.method, slot_id, used=False)
            self._idle.set()

    async def _delay(self, slot_id: str) -> tuple[float, bool]:
        """Return the seconds until a slot is free, and whether Redis grants that slot."""
        if self.fallback_window is None or self.client.availability.should_try(time.monotonic()):
            try:
                return await self.client.reserve(self.method, slot_id, self.limit), True
            except RateLimiterUnavailableError as error:
                if self.fallback_window is None:
                    raise
                self.client.record_failure(error)
        return self._fallback_delay(self.fallback_window), False

    def _fallback_delay(self, fallback_window: SlidingWindow) -> float:
        # The server still counts calls of other processes, at unknown times. Therefore the
        # fallback starts when it no longer counts any of them.
        fallback_window.block_until(self.client.availability.resume_at())
        return min(fallback_window.delay(time.monotonic()), RETRY_INTERVAL)

    async def _sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._wakeup.wait()
        self._last_blocked_at = time.monotonic()

    def _grant_next(self, slot_id: str | None) -> None:
        now, request = time.monotonic(), self._queue.pop()
        if slot_id is None and self.fallback_window is not None:
            self.fallback_window.start()
            self.client.availability.record_offline_call(now)
        was_blocked = self._last_blocked_at >= request.queued_at
        request.slot = RedisSlot(now - request.queued_at if was_blocked else 0.0, slot_id=slot_id)
        request.granted.set()

    def _fail_all(self, error: Exception) -> None:
        while self._queue:
            request = self._queue.pop()
            request.error = error
            request.granted.set()


def _release_in_window(window: SlidingWindow, slot: Slot) -> None:
    if slot.used:
        window.finish(time.monotonic())
    else:
        window.abandon()
