"""The queue of one process for the slots of one HTTP method."""

from __future__ import annotations

import itertools
import math
import time
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from uuid import uuid4

import anyio
from attrs import define, field

from .._instrumentation import logger
from .._ratelimit.priority import Priority
from .._ratelimit.queue import PriorityQueue
from .._ratelimit.slot import Slot
from .._ratelimit.wait_log import WaitLog
from .._ratelimit.window import SlidingWindow
from .._tasks import DetachedTask, run_in_thread, spawn_detached
from ..errors import RateLimiterUnavailableError, copy_for_raise
from ._connection import OUTAGE_TIMEOUT
from ._slot_client import RedisSlotClient
from ._slot_scripts import SlotMessage, SlotReply, SlotTimes


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

    slot_id: str
    priority: Priority
    queued_at: float = field(factory=time.monotonic)
    granted: anyio.Event = field(factory=anyio.Event)
    has_waited: bool = False
    slot: RedisSlot | None = None
    error: Exception = field(factory=RateLimiterUnavailableError)

    def grant(self, slot_id: str | None) -> None:
        waited = time.monotonic() - self.queued_at if self.has_waited else 0.0
        self.slot = RedisSlot(waited, slot_id=slot_id)
        self.granted.set()


@define(eq=False)
class SlotQueue:
    """Grants the slots of one method to the calls of this process.

    One task sends the messages to Redis: while calls wait, while calls hold slots, and until Redis
    knows the end of all calls.

    Attributes:
        client: Sends the messages to Redis.
        method: HTTP method.
        limit: Slots of all processes together.
        times: The times of the rate limit.
        fallback_window: Slots of this process while Redis does not respond, or None.
    """

    client: RedisSlotClient
    method: str
    limit: int
    times: SlotTimes
    fallback_window: SlidingWindow | None
    # The id of this process. A queue is made by the first call, so after a fork of the limiter.
    _process: str = field(factory=lambda: uuid4().hex[:12], init=False)
    _queue: PriorityQueue[_SlotRequest] = field(factory=PriorityQueue[_SlotRequest], init=False)
    _held: set[str] = field(factory=set[str], init=False)
    _ended: list[str] = field(factory=list[str], init=False)
    _unused: list[str] = field(factory=list[str], init=False)
    _new_high: int = field(default=0, init=False)
    _slot_numbers: itertools.count[int] = field(factory=itertools.count, init=False)
    _sequence: int = field(default=0, init=False)
    _is_running: bool = field(default=False, init=False)
    _task: DetachedTask[None] | None = field(default=None, init=False)
    _wakeup: anyio.Event = field(factory=anyio.Event, init=False)
    _wait_log: WaitLog = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._wait_log = WaitLog(self.method, self.limit, self.times.per)

    async def acquire(self, priority: Priority) -> RedisSlot:
        """Wait for a slot.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond and there is no fallback.
        """
        request = _SlotRequest(f"{self._process}:{next(self._slot_numbers)}", priority)
        self._queue.push(request, priority)
        self._new_high += priority == "high"
        self._wake()
        try:
            await request.granted.wait()
        except BaseException:
            self._abandon(request)
            raise
        if request.slot is None:
            raise copy_for_raise(request.error)
        return request.slot

    def release(self, slot: RedisSlot) -> None:
        """Give a slot back; Redis knows it after the next message."""
        if slot.slot_id is None:
            self._release_fallback(slot)
        else:
            self._held.discard(slot.slot_id)
            (self._ended if slot.used else self._unused).append(slot.slot_id)
        self._wake()

    async def wait_until_reported(self) -> None:
        """Wait until Redis knows the end of all calls."""
        if self._task is not None:
            await self._task.wait()

    async def block_for(self, seconds: float) -> None:
        """Start no call of this method for some seconds, in any process."""
        if self.fallback_window is not None:
            self.fallback_window.block_until(time.monotonic() + seconds)
        try:
            await run_in_thread(partial(self.client.slots.block, self.method, seconds))
        except RateLimiterUnavailableError as error:
            logger.warning("a 429 does not block other processes: %s", error)

    def _abandon(self, request: _SlotRequest) -> None:
        """Leave the queue; Redis knows it after the next message."""
        self._queue.remove(request)
        if request.slot is not None:
            request.slot.used = False
            self.release(request.slot)
        else:
            # A message with this call may be on its way.
            self._unused.append(request.slot_id)
            self._wake()

    def _release_fallback(self, slot: Slot) -> None:
        if self.fallback_window is None:
            return
        if slot.used:
            self.fallback_window.finish(time.monotonic())
        else:
            self.fallback_window.abandon()

    def _wake(self) -> None:
        self._wakeup.set()
        if not self._is_running:
            self._is_running = True
            self._task = spawn_detached(self._run)

    async def _run(self) -> None:
        """Send messages until there is nothing to request and nothing to report."""
        failure: Exception = RateLimiterUnavailableError("the request for a slot was cancelled")
        try:
            delay = 0.0
            while self._has_work:
                with anyio.move_on_after(delay):
                    await self._wakeup.wait()
                self._wakeup = anyio.Event()
                delay = await self._step()
        except Exception as error:
            failure = error
        finally:
            # There is no await between these two lines, so that a call that comes after them
            # starts a new task.
            self._is_running = False
            self._fail_all(failure)
            # The program may end now. Without this message, Redis would keep the slots for seconds.
            if self._ended or self._unused:
                with anyio.CancelScope(shield=True), suppress(RateLimiterUnavailableError):
                    await self._exchange()

    @property
    def _has_work(self) -> bool:
        return bool(self._queue or self._held or self._ended or self._unused)

    async def _step(self) -> float:
        """Send a message, or grant slots without Redis; return the seconds until the next step."""
        availability = self.client.availability
        delay = availability.retry_delay(time.monotonic())
        if delay == 0:
            try:
                return await self._exchange()
            except RateLimiterUnavailableError as error:
                delay = availability.retry_delay(time.monotonic())
                self._end_long_outage(error)
        if self.fallback_window is None:
            return delay
        return min(delay, self._grant_fallback(self.fallback_window))

    async def _exchange(self) -> float:
        """Send a message and grant the slots of its reply; return the seconds until the next."""
        requests = [*self._queue.first("high", self.limit), *self._queue.first("low", self.limit)]
        message = self._make_message(requests)
        reply = await self.client.exchange(self.method, self.limit, message)
        del self._ended[: len(message.ended)], self._unused[: len(message.unused)]
        self._new_high -= message.new_high
        self._grant(requests, reply)
        return self._next_delay(reply)

    def _make_message(self, requests: Sequence[_SlotRequest]) -> SlotMessage:
        self._sequence += 1
        return SlotMessage(
            process=self._process,
            sequence=self._sequence,
            ended=tuple(self._ended),
            unused=tuple(self._unused),
            held=tuple(self._held),
            high=[request.slot_id for request in requests if request.priority == "high"],
            low=[request.slot_id for request in requests if request.priority == "low"],
            new_high=self._new_high,
        )

    def _grant(self, requests: Sequence[_SlotRequest], reply: SlotReply) -> None:
        granted = set(reply.granted)
        # A call that has left the queue since has reported its slot as unused.
        for request in requests:
            if request.slot_id in granted and self._queue.remove(request):
                self._held.add(request.slot_id)
                request.grant(request.slot_id)
        refused = [request for request in requests if request.slot_id not in granted]
        for ahead, request in enumerate(refused):
            if not request.has_waited:
                request.has_waited = True
                self._report_wait(reply.wait or 0.0, ahead, request.priority)

    def _report_wait(self, wait: float, ahead: int, priority: Priority) -> None:
        """Log the wait of a call: calls of low priority start one by one, others in windows."""
        windows = ahead / self.limit if priority == "low" else ahead // self.limit
        self._wait_log.report(wait + windows * self.times.per, ahead, time.monotonic())

    def _next_delay(self, reply: SlotReply) -> float:
        if self._ended or self._unused:
            return 0.0
        poll = min(reply.wait, self.times.poll_interval) if reply.wait is not None else math.inf
        return min(poll, self.times.slot_ttl / 3)

    def _end_long_outage(self, error: RateLimiterUnavailableError) -> None:
        """Fail the calls that wait, unless there is a fallback; Redis has ended all slots."""
        if self.client.availability.outage_seconds(time.monotonic()) < OUTAGE_TIMEOUT:
            return
        if self.fallback_window is None:
            self._fail_all(error)
        self._ended.clear()
        self._unused.clear()

    def _grant_fallback(self, window: SlidingWindow) -> float:
        """Grant the free slots of the fallback limits; return the seconds until the next one."""
        # The server still counts calls of other processes, at unknown times. Therefore the
        # fallback starts when it no longer counts any of them.
        window.block_until(self.client.availability.resume_at())
        while self._queue:
            now = time.monotonic()
            delay = window.delay(now)
            if delay > 0:
                self._mark_waiting()
                return delay
            window.start()
            self.client.availability.record_offline_call(now)
            self._queue.pop().grant(None)
        return math.inf

    def _mark_waiting(self) -> None:
        for request in self._queue:
            request.has_waited = True

    def _fail_all(self, error: Exception) -> None:
        while self._queue:
            request = self._queue.pop()
            self._unused.append(request.slot_id)
            request.error = error
            request.granted.set()
