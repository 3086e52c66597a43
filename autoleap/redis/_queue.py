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
from .._ratelimit.queue import Line
from .._ratelimit.window import SlidingWindow
from .._tasks import spawn
from ..errors import BudgetUnavailableError, copied
from ._slot_client import LOOK_AGAIN, Link, in_thread
from ._slot_scripts import TIMEOUT


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
