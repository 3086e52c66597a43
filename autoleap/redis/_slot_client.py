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
from ..errors import BudgetUnavailableError
from ._slot_scripts import SharedBudget

T = TypeVar("T")


# Seconds between two looks whether Redis is back, while a process gets by without.
LOOK_AGAIN = 0.5


# The redis client is synchronous, because its asyncio one does not run on trio.
THREADS = 8


_threads: RunVar[anyio.CapacityLimiter] = RunVar("autoleap_redis_threads")


class Memory:
    """What a process remembers of Redis, as a plain state machine; the clock is passed in.

    Args:
        quiet: Seconds after which the server has forgotten every call that was on its way.
    """

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._seen, self._heard = 0, -math.inf
        self._alone = -math.inf
        self._missed, self._looked = math.inf, -math.inf

    def seen(self, now: float) -> int:
        """Redis's own time when it answered last; 0 when that was too long ago to matter."""
        return self._seen if now - self._heard < self._quiet else 0

    def alone(self, now: float) -> bool:
        """Whether calls were sent that Redis does not know of, and the server may still count."""
        return now - self._alone < self._quiet

    def may_ask(self, now: float) -> bool:
        """Whether to ask Redis: not in vain again at once."""
        return now >= self._looked + LOOK_AGAIN

    def quiet_until(self) -> float:
        """Before when a process that Redis does not answer may begin no call."""
        return self._missed + self._quiet

    def heard(self, seen: int, asked: float, now: float) -> bool:
        """Redis has answered, and knows what was so when it was asked; True when it was missed."""
        back = self._missed < math.inf
        self._seen, self._heard = max(seen, self._seen), now
        self._missed, self._looked = math.inf, -math.inf
        if self._alone <= asked:
            self._alone = -math.inf
        return back

    def missed(self, now: float) -> bool:
        """Redis has not answered; True when it did the last time."""
        first = self._missed == math.inf
        self._missed, self._looked = min(now, self._missed), now
        return first

    def went_alone(self, now: float) -> None:
        """A call begins without Redis."""
        self._alone = now


@define(eq=False)
class Link:
    """Asks Redis on behalf of all queues of one limiter, and remembers what it said.

    Attributes:
        budget: Talks to Redis.
        quiet: Seconds after which the server has forgotten every call that was on its way.
        memory: What is known of Redis.
    """

    budget: SharedBudget
    quiet: float
    memory: Memory

    async def take(self, method: str, ticket: str, limit: int) -> float:
        """Ask for a place: seconds to wait for it. The log is told what a person should know.

        Raises:
            BudgetUnavailableError: when Redis does not answer.
        """
        now = time.monotonic()
        seen, alone = self.memory.seen(now), self.memory.alone(now)
        ask = partial(self.budget.take, method, ticket, limit, seen=seen, alone=alone)
        told = await in_thread(ask)
        if self.memory.heard(told.now, now, time.monotonic()):
            logger.warning("the shared budget can be asked again")
        if told.lost:
            logger.warning("Redis has lost the shared budget: calls wait for %g s", self.quiet)
        return told.wait

    def missed(self, error: BudgetUnavailableError) -> None:
        """Redis did not answer somebody who can do without; the log is told the first time."""
        if self.memory.missed(time.monotonic()):
            logger.warning(
                "%s; calls wait for %g s, then each process has its own share", error, self.quiet
            )

    async def give_back(self, method: str, ticket: str, *, used: bool) -> None:
        """Give a place back; if Redis does not hear of it, the lease will end."""
        try:
            await in_thread(partial(self.budget.give_back, method, ticket, used=used))
        except BudgetUnavailableError as error:
            logger.debug("a place was not given back: %s", error)


async def in_thread(work: Callable[[], T]) -> T:
    """Do blocking work to its end, also when the caller is cancelled: it is short."""
    threads = _threads.get(None)
    if threads is None:
        threads = anyio.CapacityLimiter(THREADS)
        _threads.set(threads)
    return await anyio.to_thread.run_sync(work, limiter=threads)
