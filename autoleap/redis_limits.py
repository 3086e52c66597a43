"""Budgets that the processes of one partner account share through Redis.

pyrate-limiter has a bucket in Redis, but it goes by the clock of each machine, counts a call when
it is allowed and not until it is answered, and has nobody stand in line: see `limits`.

In each process one task asks Redis on behalf of all who wait for a method, and whoever is head of
the line when a place is there has it. So a process has one reservation at a time, which is fair
between processes; urgent calls pass ahead within one; and who gives up while Redis is being asked
leaves nothing behind.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from uuid import uuid4

import anyio
from attrs import define, field, frozen

from .config import RateLimits, Secret, checked_limits, positive_seconds, wrap_secret
from .errors import BudgetUnavailableError, ConfigurationError, copied
from .lanes import Line, Priority
from .limits import SlidingWindow
from .redis_link import LOOK_AGAIN, Link, Memory, in_thread
from .shared_budget import TIMEOUT, SharedBudget
from .tasks import spawn
from .telemetry import logger


@define(eq=False)
class _Waiter:
    """A caller in the line, until it is called with a place or with an error."""

    arrived: float
    called: anyio.Event = field(factory=anyio.Event)
    place: _Place | None = None
    error: Exception = field(factory=BudgetUnavailableError)


@frozen
class _Place:
    """The right to make one call.

    Attributes:
        ticket: Its name in Redis, or None when it is of the process's own share.
        waited: Seconds until it was there, exactly 0 when that was at once.
    """

    ticket: str | None
    waited: float


@define(eq=False)
class _Queue:
    """The line of this process before the budget of one method."""

    link: Link
    method: str
    limit: int
    share: SlidingWindow | None
    line: Line[_Waiter] = field(factory=Line[_Waiter], init=False)
    _asking: bool = field(default=False, init=False)
    _changed: anyio.Event = field(factory=anyio.Event, init=False)
    _taken_care_of: anyio.Event = field(factory=anyio.Event, init=False)
    _held_back: float = field(default=-math.inf, init=False)

    async def enter(self, priority: Priority) -> _Place:
        """Stand in the line until called.

        Raises:
            BudgetUnavailableError: when Redis does not answer and there is no share.
        """
        waiter = _Waiter(time.monotonic())
        self.line.join(waiter, priority)
        self._taken_care_of.set()
        if not self._asking:
            self._asking = True
            spawn(self._ask)
        try:
            await waiter.called.wait()
        except BaseException:
            await self._give_up(waiter)
            raise
        if waiter.place is None:
            raise copied(waiter.error)
        return waiter.place

    async def _give_up(self, waiter: _Waiter) -> None:
        """Leave the line; the last one stays until the reservation is given back.

        With the last caller the program may end, and nobody would do it then.
        """
        self.line.leave(waiter)
        if waiter.place is not None:
            await self.leave(waiter.place, used=False)
        elif not self.line and self._asking:
            self._taken_care_of = anyio.Event()
            self._changed.set()
            with anyio.move_on_after(TIMEOUT, shield=True):
                await self._taken_care_of.wait()

    async def leave(self, place: _Place, *, used: bool = True) -> None:
        if place.ticket is None:
            if self.share is not None:
                self.share.end(time.monotonic())
            self._changed.set()
            return
        # In a task of its own: asyncio's way of cancelling passes through shields.
        task = spawn(partial(self.link.give_back, self.method, place.ticket, used=used))
        with anyio.move_on_after(TIMEOUT, shield=True):
            await task.wait()

    async def pause(self, seconds: float) -> None:
        if self.share is not None:
            self.share.close_until(time.monotonic() + seconds)
        try:
            await in_thread(partial(self.link.budget.close, self.method, seconds))
        except BudgetUnavailableError as error:
            logger.warning("other processes do not hear of a 429: %s", error)

    async def _ask(self) -> None:
        """Get places for the line, one by one, until nobody waits."""
        ticket: str | None = None
        failure: Exception = BudgetUnavailableError("asking for the budget was broken off")
        try:
            while self.line:
                self._changed = anyio.Event()
                ticket = ticket or uuid4().hex
                wait, shared = await self._wait(ticket)
                if wait > 0:
                    await self._sleep(wait)
                elif self.line and shared:
                    self._call_head(ticket)
                    ticket = None
                elif self.line:
                    self._call_head(None)
        except Exception as error:
            failure = error
        finally:
            # Nothing is awaited in between: who comes from here on has another one ask.
            self._asking = False
            self._refuse_all(failure)
            if ticket is not None:
                with anyio.CancelScope(shield=True):
                    await self.link.give_back(self.method, ticket, used=False)
            self._taken_care_of.set()

    async def _wait(self, ticket: str) -> tuple[float, bool]:
        """Seconds until there is a place, and whether Redis said so."""
        if self.share is None or self.link.memory.may_ask(time.monotonic()):
            try:
                return await self.link.take(self.method, ticket, self.limit), True
            except BudgetUnavailableError as error:
                if self.share is None:
                    raise
                self.link.missed(error)
        return self._wait_alone(self.share), False

    def _wait_alone(self, share: SlidingWindow) -> float:
        # Until when others have sent calls is not known, so first comes a time of quiet.
        share.close_until(self.link.memory.quiet_until())
        return min(share.wait(time.monotonic()), LOOK_AGAIN)

    async def _sleep(self, seconds: float) -> None:
        with anyio.move_on_after(seconds):
            await self._changed.wait()
        self._held_back = time.monotonic()

    def _call_head(self, ticket: str | None) -> None:
        now, head = time.monotonic(), self.line.admit()
        if ticket is None and self.share is not None:
            self.share.begin()
            self.link.memory.went_alone(now)
        waited = now - head.arrived if self._held_back >= head.arrived else 0.0
        head.place = _Place(ticket, waited)
        head.called.set()

    def _refuse_all(self, error: Exception) -> None:
        while self.line:
            waiter = self.line.admit()
            waiter.error = error
            waiter.called.set()


class RedisRateLimiter:
    """Budgets shared by every process that gives the same Redis and the same name.

    Give one to each client: `AutoLeap(rate_limiter=RedisRateLimiter("redis://..."))`. No window
    holds more calls than the limit, counted over all processes by Redis's own clock. Processes take
    turns; within one, calls of high priority pass ahead of background work. A 429 that one process
    is given holds back all. It needs the extra `redis`, and Redis 5 or later that does not evict.

    A process that is killed gives its places back after `lease + per`: until then the server may
    still count its calls. What happens when Redis does not answer is for you to say:

    - without `fallback`, calls fail with `BudgetUnavailableError` and nothing is sent;
    - with `fallback`, this process stays quiet for `lease + per`, since what others sent meanwhile
      is not known, and then goes on within that share of its own. The shares of all processes
      together must be within the limits, and Redis must be gone for all: a process that alone
      cannot reach it uses its share on top of what the others do.

    Whoever comes back after calls of its own, or remembers more than Redis does (it was restarted,
    empty or with an old copy), has all processes stay quiet for `lease + per`. Only a process that
    is new itself cannot tell an emptied Redis from a new one: it waits a second for the others.

    Args:
        url: Address of the Redis server: redis://, rediss:// or unix://.
        limits: Calls per window and method of all processes together.
        name: Tells the budgets in one Redis apart: one for each partner account and server.
        lease: Seconds in which any call surely has reached the server, or never will.
        fallback: Calls per window and method of this process alone when Redis does not answer.

    Raises:
        ConfigurationError: when an argument cannot be used, or the redis package is missing.
    """

    def __init__(
        self,
        url: str | Secret,
        limits: RateLimits | None = None,
        *,
        name: str = "autoleap",
        lease: float = 30.0,
        fallback: RateLimits | None = None,
    ) -> None:
        # Out of sight before anything can fail: it may hold a password.
        url = wrap_secret("url", url) or Secret("")
        self._limits = checked_limits(limits)
        self._fallback = _checked_fallback(fallback, self._limits)
        budget = SharedBudget(
            url, _checked_name(name), self._limits.per, positive_seconds("lease", lease)
        )
        quiet = self._limits.per + lease
        self._link = Link(budget, quiet, Memory(quiet))
        self._queues: dict[str, _Queue] = {}

    @asynccontextmanager
    async def permit(self, method: str, priority: Priority = "high") -> AsyncGenerator[float]:
        """Wait for a place, hold it while the call runs; enters with the seconds waited.

        Raises:
            BudgetUnavailableError: when Redis does not answer and there is no fallback.
        """
        queue = self._queue(method)
        if queue is None:
            yield 0.0
            return
        place = await queue.enter(priority)
        try:
            yield place.waited
        finally:
            await queue.leave(place)

    async def pause(self, method: str, seconds: float) -> None:
        """Let no further call of this method begin for some seconds, in any process."""
        queue = self._queue(method)
        if queue is not None:
            await queue.pause(seconds)

    async def aclose(self) -> None:
        """Close the connections to Redis; a later use opens them again."""
        await in_thread(self._link.budget.disconnect)

    def _queue(self, method: str) -> _Queue | None:
        limit = self._limits.of(method)
        if limit is None:
            return None
        if method not in self._queues:
            share = self._fallback.of(method) if self._fallback is not None else None
            window = SlidingWindow(share, self._limits.per) if share is not None else None
            self._queues[method] = _Queue(self._link, method, limit, window)
        return self._queues[method]


def _checked_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"name must be a str that is not empty, not {name!r}")
    return name


def _checked_fallback(fallback: object, limits: RateLimits) -> RateLimits | None:
    """Refuse a share that is more than the whole, or of another window."""
    if fallback is None:
        return None
    if not isinstance(fallback, RateLimits):
        raise ConfigurationError(f"fallback must be RateLimits(...), not {type(fallback).__name__}")
    if fallback.per != limits.per:
        raise ConfigurationError(f"fallback.per must be that of limits, {limits.per:g}")
    for method in ("get", "post", "put", "patch", "delete"):
        part, whole = fallback.of(method), limits.of(method)
        if whole is not None and (part is None or part > whole):
            raise ConfigurationError(f"fallback.{method} must be within limits.{method}, {whole}")
    return fallback
