"""What a process knows of the Redis that keeps its budgets, and how it asks."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import anyio
import anyio.to_thread
from anyio.lowlevel import RunVar
from attrs import define

from .._instrumentation import logger
from ..errors import RateLimiterUnavailableError
from ._slot_scripts import RedisSlots

T = TypeVar("T")


# Seconds between two looks whether Redis is back, while a process gets by without.
RETRY_INTERVAL = 0.5


# The redis client is synchronous, because its asyncio one does not run on trio.
THREADS = 8


_threads: RunVar[anyio.CapacityLimiter] = RunVar("autoleap_redis_threads")


class RedisAvailability:
    """What a process remembers of Redis, as a plain state machine; the clock is passed in.

    Args:
        quiet: Seconds after which the server has forgotten every call that was on its way.
    """

    def __init__(self, quiet: float) -> None:
        self._drain_seconds = quiet
        self._server_time, self._last_success = 0, -math.inf
        self._last_offline_call = -math.inf
        self._first_failure, self._last_failure = math.inf, -math.inf

    def last_server_time(self, now: float) -> int:
        """Redis's own time when it answered last; 0 when that was too long ago to matter."""
        return self._server_time if now - self._last_success < self._drain_seconds else 0

    def has_offline_calls(self, now: float) -> bool:
        """Whether calls were sent that Redis does not know of, and the server may still count."""
        return now - self._last_offline_call < self._drain_seconds

    def should_try(self, now: float) -> bool:
        """Whether to ask Redis: not in vain again at once."""
        return now >= self._last_failure + RETRY_INTERVAL

    def resume_at(self) -> float:
        """Before when a process that Redis does not answer may begin no call."""
        return self._first_failure + self._drain_seconds

    def record_success(self, seen: int, asked: float, now: float) -> bool:
        """Redis has answered, and knows what was so when it was asked; True when it was missed."""
        back = self._first_failure < math.inf
        self._server_time, self._last_success = max(seen, self._server_time), now
        self._first_failure, self._last_failure = math.inf, -math.inf
        if self._last_offline_call <= asked:
            self._last_offline_call = -math.inf
        return back

    def record_failure(self, now: float) -> bool:
        """Redis has not answered; True when it did the last time."""
        first = self._first_failure == math.inf
        self._first_failure, self._last_failure = min(now, self._first_failure), now
        return first

    def record_offline_call(self, now: float) -> None:
        """A call begins without Redis."""
        self._last_offline_call = now


@define(eq=False)
class RedisSlotClient:
    """Asks Redis on behalf of all queues of one limiter, and remembers what it said.

    Attributes:
        budget: Talks to Redis.
        quiet: Seconds after which the server has forgotten every call that was on its way.
        memory: What is known of Redis.
    """

    slots: RedisSlots
    drain_seconds: float
    availability: RedisAvailability

    async def reserve(self, method: str, slot_id: str, limit: int) -> float:
        """Ask for a place: seconds to wait for it. The log is told what a person should know.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer.
        """
        now = time.monotonic()
        seen, alone = (
            self.availability.last_server_time(now),
            self.availability.has_offline_calls(now),
        )
        ask = partial(self.slots.reserve, method, slot_id, limit, seen=seen, alone=alone)
        reply = await in_thread(ask)
        if self.availability.record_success(reply.now, now, time.monotonic()):
            logger.warning("the shared budget can be asked again")
        if reply.lost:
            logger.warning(
                "Redis has lost the shared budget: calls wait for %g s", self.drain_seconds
            )
        return reply.wait

    def record_failure(self, error: RateLimiterUnavailableError) -> None:
        """Redis did not answer somebody who can do without; the log is told the first time."""
        if self.availability.record_failure(time.monotonic()):
            logger.warning(
                "%s; calls wait for %g s, then each process has its own share",
                error,
                self.drain_seconds,
            )

    async def release(self, method: str, slot_id: str, *, used: bool) -> None:
        """Give a place back; if Redis does not hear of it, the lease will end."""
        try:
            await in_thread(partial(self.slots.release, method, slot_id, used=used))
        except RateLimiterUnavailableError as error:
            logger.debug("a place was not given back: %s", error)


async def in_thread(work: Callable[[], T]) -> T:
    """Do blocking work to its end, also when the caller is cancelled: it is short."""
    threads = _threads.get(None)
    if threads is None:
        threads = anyio.CapacityLimiter(THREADS)
        _threads.set(threads)
    return await anyio.to_thread.run_sync(work, limiter=threads)
