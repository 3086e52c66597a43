"""Calls that are cancelled at random times, for `benchmarks.cancellations`."""

from __future__ import annotations

import traceback
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from functools import partial
from random import Random

import anyio
from attrs import define, field

from autoleap import (
    AttemptEvent,
    AuthenticationError,
    AutoLeap,
    AutoLeapError,
    CallEvent,
    OutcomeUnknownError,
    ServerError,
)
from autoleap.resources.customers import Customers

TASKS = 60

# Where a call waits, by the function that waits there.
PLACES = {
    "_delay": "queue",
    "acquire": "queue",
    "wait_for_token": "refresh",
    "_send_detached": "send",
    "_back_off": "sleep",
}
# A call that has no time for a retry raises the error that it has. A token that lives for a second
# can be replaced twice while the same call is on the wire: then its second 401 is an error.
EXPECTED_ERRORS = (ServerError, OutcomeUnknownError, AuthenticationError)


@define
class CallState:
    """What the hook knows of one call: whether a create has doubtful records."""

    settles: bool = False


_call_state: ContextVar[CallState | None] = ContextVar("call_state", default=None)


def watch(event: AttemptEvent | CallEvent) -> None:
    """Note a create without a success; this is the hook of the client."""
    state = _call_state.get()
    failed = event.status is None or event.status >= 500
    if state is not None and event.operation == "createCustomers" and failed:
        state.settles = True


def find_place(error: BaseException, state: CallState) -> str:
    """Return where a call was cancelled; "settle" is a create with doubtful records."""
    if state.settles:
        return "settle"
    frames = traceback.extract_tb(error.__traceback__)
    places = [PLACES[frame.name] for frame in frames if frame.name in PLACES]
    # The batches of a bulk call, and the pages that a pager reads ahead, have tasks of their own.
    is_bulk = any("_bulk" in frame.filename for frame in frames)
    return places[-1] if places else "batch" if is_bulk else "page ahead"


@define
class Canceller:
    """The calls of one run.

    Attributes:
        client: The client that all tasks use.
        company: Id of the company.
        count: Number of cancellations after which the run ends.
        random: Decides about calls and times.
        cancelled: Number of cancelled calls by place.
        results: Number of other calls by result.
        unexpected: Errors that no call should raise.
        done: Names of the records that are done.
        calls: Number of calls.
    """

    client: AutoLeap
    company: str
    count: int
    random: Random
    cancelled: Counter[str] = field(factory=Counter[str])
    results: Counter[str] = field(factory=Counter[str])
    unexpected: list[str] = field(factory=list[str])
    done: list[str] = field(factory=list[str])
    calls: int = 0

    async def run(self) -> None:
        """Run the tasks until enough calls were cancelled."""
        async with anyio.create_task_group() as tasks:
            for _ in range(TASKS):
                tasks.start_soon(self.repeat)

    async def repeat(self) -> None:
        """Make calls one after another, and cancel each after a random time."""
        while self.cancelled.total() < self.count:
            call, seconds = self.choose_call()
            state = CallState()
            _call_state.set(state)
            work = partial(self.make, call, state)
            if self.random.random() < 0.5:
                with anyio.move_on_after(seconds):
                    await work()
            else:
                await cancel_later(work, seconds)

    async def make(self, call: Callable[[], Awaitable[object]], state: CallState) -> None:
        """Make a call, and note its result or where it was cancelled."""
        try:
            await call()
        except anyio.get_cancelled_exc_class() as error:
            self.cancelled[find_place(error, state)] += 1
            raise
        except AutoLeapError as error:
            self.results[type(error).__name__] += 1
            if not isinstance(error, EXPECTED_ERRORS):
                self.unexpected.append(repr(error))
        else:
            self.results["done"] += 1

    def choose_call(self) -> tuple[Callable[[], Awaitable[object]], float]:
        """Return a call, and the seconds after which it is cancelled."""
        priority = self.random.choice(("high", "low"))
        view = self.client.with_options(priority="high" if priority == "high" else "low")
        customers, kind = view.company(self.company).customers, self.random.random()
        self.calls += 1
        seconds = 1.5 * self.random.random() ** 3
        if kind < 0.4:
            return view.profile, seconds
        if kind < 0.5:
            return customers.list(search=f"no {self.calls}").collect, seconds
        if kind < 0.6:
            return customers.list(page_size=5, prefetch=2, search="Sample").collect, seconds
        return partial(self.create, customers, self.calls), 4.0 * self.random.random() ** 1.5

    async def create(self, customers: Customers, number: int) -> None:
        """Create four customers in two batches, and note those that are done."""
        records = [{"firstName": f"call {number}", "lastName": f"row {row}"} for row in range(4)]
        report = await customers.create(records, batch_size=2)
        not_done = {outcome.index for outcome in report.failures + report.unknowns}
        self.results["records unknown"] += report.unknown
        self.done += [make_name(one) for i, one in enumerate(records) if i not in not_done]


async def cancel_later(work: Callable[[], Awaitable[object]], seconds: float) -> None:
    """Cancel some work without a deadline: a client that knows one does not begin a backoff."""

    async def cancel() -> None:
        await anyio.sleep(seconds)
        tasks.cancel_scope.cancel()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(cancel)
        await work()
        tasks.cancel_scope.cancel()


def make_name(record: Mapping[str, object]) -> str:
    """Return the name of a record or row."""
    return f"{record.get('firstName')} {record.get('lastName')}"
