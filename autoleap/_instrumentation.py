"""Telling: counters, frozen events for an optional hook, and the meter of a bulk call."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import TypeVar

from attrs import define, evolve

from ._events import AttemptEvent, CallEvent, Event, Hook, Stats
from .errors import AutoLeapError

T = TypeVar("T")


U = TypeVar("U")


logger = logging.getLogger("autoleap")


@define
class Teller:
    """Keeps the counters of one client and passes events to its log and its hook."""

    hook: Hook | None = None
    stats: Stats = Stats()

    def attempt(self, event: AttemptEvent) -> None:
        """An attempt has ended."""
        stats = self.stats
        self.stats = evolve(
            stats,
            attempts=stats.attempts + 1,
            retries=stats.retries + (event.attempt > 1),
            waits=stats.waits + (event.waited > 0),
            waited=stats.waited + event.waited,
            rate_limited=stats.rate_limited + (event.status == 429),
        )
        meter = _meter.get()
        if meter is not None:
            meter.requests += 1
        self._tell(event, event.failure or event.status)

    def call(self, event: CallEvent) -> None:
        """A call has ended."""
        self.stats = evolve(self.stats, calls=self.stats.calls + 1)
        meter = _meter.get()
        if meter is not None:
            meter.last = event
        self._tell(event, event.error or event.status)

    def login(self) -> None:
        """A login gave a token pair."""
        self.stats = evolve(self.stats, logins=self.stats.logins + 1)

    def refresh(self) -> None:
        """A refresh gave a token pair."""
        self.stats = evolve(self.stats, refreshes=self.stats.refreshes + 1)

    def _tell(self, event: Event, outcome: object) -> None:
        logger.debug("%s %s -> %s in %.3f s", event.method, event.path, outcome, event.elapsed)
        if self.hook is None:
            return
        try:
            self.hook(event)
        except Exception:
            # A broken hook must not break the call it is told about.
            logger.exception("the event hook raised")


@define
class Meter:
    """Counts the requests made on behalf of one bulk call."""

    requests: int = 0
    last: CallEvent | None = None


_meter: ContextVar[Meter | None] = ContextVar("autoleap_meter", default=None)


async def told(call: Callable[[], Awaitable[T]], understand: Callable[[T], U]) -> U:
    """Make a call and understand its answer; an answer that cannot be is told with its call."""
    outer, meter = _meter.get(), Meter()
    try:
        answer = await metered(meter, call)
    finally:
        if outer is not None:
            outer.requests += meter.requests
    try:
        return understand(answer)
    except AutoLeapError as error:
        if meter.last is not None:
            last = meter.last
            error.at(
                last.method,
                last.path,
                status=last.status,
                attempts=last.attempts,
                elapsed=last.elapsed,
            )
        raise


async def metered(meter: Meter, work: Callable[[], Awaitable[T]]) -> T:
    """Do some work and count its requests, wherever below they are made."""
    token = _meter.set(meter)
    try:
        return await work()
    finally:
        _meter.reset(token)
