"""Count and report calls: the dispatcher of a client, and the request counter of a bulk call."""

from __future__ import annotations

import inspect
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
class EventDispatcher:
    """Updates the counters of one client, and passes its events to the log and the hook."""

    hook: Hook | None = None
    stats: Stats = Stats()  # noqa: RUF009  # frozen

    def record_attempt(self, event: AttemptEvent) -> None:
        """Count an attempt that has ended, and emit its event."""
        stats = self.stats
        self.stats = evolve(
            stats,
            attempts=stats.attempts + 1,
            retries=stats.retries + (event.attempt > 1),
            waits=stats.waits + (event.waited > 0),
            waited=stats.waited + event.waited,
            rate_limited=stats.rate_limited + (event.status == 429),
        )
        counter = _current_counter.get()
        if counter is not None:
            counter.requests += 1
            counter.waited += event.waited
        self._emit(event, event.failure or event.status)

    def record_call(self, event: CallEvent) -> None:
        """Count a call that has ended, and emit its event."""
        self.stats = evolve(self.stats, calls=self.stats.calls + 1)
        counter = _current_counter.get()
        if counter is not None:
            counter.last_call = event
        self._emit(event, event.error or event.status)

    def record_login(self) -> None:
        """Count a login that returned a token pair."""
        self.stats = evolve(self.stats, logins=self.stats.logins + 1)

    def record_refresh(self) -> None:
        """Count a refresh that returned a token pair."""
        self.stats = evolve(self.stats, refreshes=self.stats.refreshes + 1)

    def _emit(self, event: Event, outcome: object) -> None:
        logger.debug(
            "%s %s -> %s in %.3f s, waited %.3f s",
            event.method,
            event.path,
            outcome,
            event.elapsed,
            event.waited,
        )
        if self.hook is None:
            return
        try:
            returned: object = self.hook(event)
        except Exception:
            # An error of the hook must not fail the call that the event reports.
            logger.exception("the event hook raised")
            return
        if inspect.iscoroutine(returned):
            returned.close()
            logger.error("the event hook is async, so the event is lost: nothing awaits it")


@define
class RequestCounter:
    """Counts the requests of one bulk call.

    Attributes:
        requests: Requests sent.
        waited: Seconds of waiting for rate limit slots, added over all requests.
        last_call: The call that ended last, or None.
    """

    requests: int = 0
    waited: float = 0.0
    last_call: CallEvent | None = None


_current_counter: ContextVar[RequestCounter | None] = ContextVar(
    "autoleap_request_counter", default=None
)


async def call_and_parse(call: Callable[[], Awaitable[T]], parse: Callable[[T], U]) -> U:
    """Make a call and parse its response. If parsing fails, add the call to the error.

    Args:
        call: Runs a generated function.
        parse: Reads the response; it may raise an AutoLeapError.
    """
    outer, counter = _current_counter.get(), RequestCounter()
    try:
        response = await count_requests(counter, call)
    finally:
        if outer is not None:
            outer.requests += counter.requests
            outer.waited += counter.waited
    try:
        return parse(response)
    except AutoLeapError as caught:
        error = caught.with_traceback(None)
    # A traceback can show the local variables of its frames, and so text of the server.
    del response
    raise error if counter.last_call is None else error.with_call(counter.last_call)


async def count_requests(counter: RequestCounter, work: Callable[[], Awaitable[T]]) -> T:
    """Run work and add every request in it to the counter."""
    token = _current_counter.set(counter)
    try:
        return await work()
    finally:
        _current_counter.reset(token)


_before_sending: ContextVar[Callable[[], Awaitable[object]] | None] = ContextVar(
    "autoleap_before_sending", default=None
)


async def run_before_sending(
    notify: Callable[[], Awaitable[object]], work: Callable[[], Awaitable[T]]
) -> T:
    """Run work, and call `notify` right before each attempt in it is sent."""
    token = _before_sending.set(notify)
    try:
        return await work()
    finally:
        _before_sending.reset(token)


async def notify_before_sending() -> None:
    """Call the function that waits for the next attempt, if there is one."""
    notify = _before_sending.get()
    if notify is not None:
        await notify()
