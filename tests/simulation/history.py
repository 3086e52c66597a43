"""Run one history: the calls of a client against a simulated server, with stops and restarts."""

from __future__ import annotations

import os
import random
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from contextlib import aclosing
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any, TypeAlias

import trio
import trio.testing
from attrs import define, field

from autoleap import AutoLeap, Outcome
from tests.simulation import virtual
from tests.simulation.connection import (
    NO_LIMITS,
    CountingLimiter,
    Transport,
    list_known_options,
    read_slowly,
)
from tests.simulation.habits import Scenario, Stop
from tests.simulation.records import Json, draw_calls
from tests.simulation.server import OverrunError, SimulatedServer
from tests.simulation.store import Store

# Journals are files, in memory where the system has such a folder.
_FOLDER = Path("/dev/shm") if Path("/dev/shm").is_dir() else None

# One run of one call: its outcomes in the order in which they were reported.
Reported: TypeAlias = list[Outcome]


@define
class History:
    """What happened.

    Attributes:
        scenario: What was to happen.
        calls: The records of each call.
        runs: For each run of the process, the outcomes of each call.
        finished: For each run, whether each call reported its end.
        server: The server at the end.
        errors: Errors that a call raised.
        seconds: Virtual seconds until the last run ended; None if it did not end.
        tasks_left: Number of tasks that are left at the end.
        slots_held: Number of rate limit slots that are held at the end.
        cpu: CPU seconds of the history.
    """

    scenario: Scenario
    calls: list[list[Json]]
    server: SimulatedServer
    runs: list[list[Reported]] = field(factory=list[list[Reported]])
    finished: list[list[bool]] = field(factory=list[list[bool]])
    errors: list[str] = field(factory=list[str])
    seconds: float | None = None
    tasks_left: int = 0
    slots_held: int = 0
    cpu: float = 0.0

    @property
    def outcomes(self) -> list[Reported]:
        """The outcomes of each call in its last run."""
        return self.runs[-1]

    @property
    def is_stopped(self) -> bool:
        """Whether the last run was stopped, or took too long."""
        return self.seconds is None or bool(self.scenario.stops and not self.scenario.journal)

    @property
    def time_limit(self) -> float:
        """Virtual seconds in which a history has to end.

        A trouble costs a timeout, a backoff, a quiet period and the time to settle.
        """
        scenario = self.scenario
        records = sum(map(len, self.calls))
        slow = records * (scenario.consumer_pause + scenario.input.pause)
        waits = 60.0 * (1 + records / 20) if scenario.limited else 0.0
        return 600 + slow + waits + 150 * self.server.troubles + 120 * len(scenario.stops)


def run_history(scenario: Scenario) -> History:
    """Run a history in virtual time; call it inside `virtual.virtual_time()`."""
    started = process_time()
    rng = random.Random(f"records {scenario.seed}")
    calls = draw_calls(rng, scenario.input)
    store_rng = random.Random(f"store {scenario.seed}")
    records = [record for call in calls for record in call if "lastName" in record]
    store = Store(scenario.habits, scenario.epoch, store_rng, records)
    server = SimulatedServer(scenario, store, random.Random(f"server {scenario.seed}"))
    history = History(scenario, calls, server)
    folder = Path(tempfile.mkdtemp(dir=_FOLDER))
    try:
        main = _Runner(history, folder).main
        virtual.run(main, seed=scenario.seed, epoch=scenario.epoch)
    finally:
        shutil.rmtree(folder)
    history.cpu = process_time() - started
    return history


@define(eq=False)
class _Process:
    """One run of the program: a client, and its calls with their journals.

    A cancelled run cleans up. A killed run may do what it wants: its requests reach no server,
    and its journals are no longer those of the next run.
    """

    history: History
    journals: Path
    stop: Stop | None
    on_kill: Callable[[], None]
    dead: bool = field(default=False, init=False)
    ended: trio.Event = field(factory=trio.Event, init=False)
    reported: list[Reported] = field(init=False)
    finished: list[bool] = field(init=False)
    _scope: trio.CancelScope = field(factory=trio.CancelScope, init=False)
    _journal_writes: int = field(default=0, init=False)
    _requests: int = field(default=0, init=False)
    _limiter: CountingLimiter = field(init=False)

    def __attrs_post_init__(self) -> None:
        calls = self.history.calls
        self.reported, self.finished = [[] for _ in calls], [False for _ in calls]
        self._limiter = CountingLimiter(None if self._scenario.limited else NO_LIMITS)

    @property
    def _scenario(self) -> Scenario:
        return self.history.scenario

    async def run(self) -> None:
        """Run the calls to their end, or until the stop."""
        virtual.write_hook.set(self._count_journal_write)
        try:
            with self._scope:
                async with self._make_client() as client, trio.open_nursery() as nursery:
                    if self.stop is not None and self.stop.at == "second":
                        nursery.start_soon(self._stop_at, self.stop.value)
                    await self._call_all(client)
                    nursery.cancel_scope.cancel()
        except* OverrunError:
            self.history.errors.append("requests without end")
        except* Exception as group:
            if not self.dead:
                self.history.errors += [repr(error) for error in _leaves(group)]
        finally:
            if not self.dead:
                self.history.slots_held += self._limiter.held
            self.ended.set()

    def _make_client(self) -> AutoLeap:
        return AutoLeap(
            "partner",
            "key",
            base_url="https://simulated.example/v2",
            timeout=self._scenario.timeout,
            rate_limiter=self._limiter,
            http_transport=Transport(self.history.server, lambda: self.dead),
        )

    async def _call_all(self, client: AutoLeap) -> None:
        calls = range(len(self.history.calls))
        if self._scenario.nested and len(calls) > 1:
            await self._call(client, 0, partial(self._call, client, 1))
            return
        async with trio.open_nursery() as nursery:
            for call in calls:
                nursery.start_soon(self._call, client, call)

    async def _call(
        self, client: AutoLeap, call: int, meanwhile: Callable[[], Any] | None = None
    ) -> None:
        """Make one call and note its outcomes.

        Args:
            client: The client.
            call: Index of the call.
            meanwhile: What the consumer does after the first outcome.
        """
        customers = client.company("company").customers
        each = customers.create_each(self._read_input(call), **self._list_options(call))
        async with aclosing(each) as outcomes:
            async for outcome in outcomes:
                if self.dead:
                    return
                self.reported[call].append(outcome)
                if self._scenario.consumer_pause:
                    await trio.sleep(self._scenario.consumer_pause)
                if meanwhile is not None:
                    next_call, meanwhile = meanwhile, None
                    await next_call()
        self.finished[call] = True

    def _read_input(self, call: int) -> Any:
        records, pause = self.history.calls[call], self._scenario.input.pause
        return read_slowly(records, pause) if pause else records

    def _list_options(self, call: int) -> Any:
        options = list_known_options(self._scenario.options)
        if self._scenario.journal:
            options["journal"] = self.journals / f"{call}.journal"
        return options

    async def _stop_at(self, seconds: float) -> None:
        await trio.sleep(seconds)
        self._end_early()

    def count_request(self) -> None:
        """Stop if the stop is at this request; the server has begun to work on it."""
        self._requests += 1
        stop = self.stop
        if stop is not None and stop.at == "request" and self._requests == stop.value:
            self._end_early()

    def _count_journal_write(self, *, written: bool) -> None:
        """Stop if the stop is before or after this write: 1 is before the first, 1.5 after it."""
        self._journal_writes += not written
        number = self._journal_writes + (0.5 if written else 0.0)
        if self.stop is not None and self.stop.at == "write" and number == self.stop.value:
            self._end_early()

    def _end_early(self) -> None:
        if self.stop is None or self.dead:
            return
        server = self.history.server
        server.note_ended(trio.current_time())
        what = "killed" if self.stop.killed else "cancelled"
        server.store.log(f"the process is {what}", trio.current_time())
        if self.stop.killed:
            self.dead = True
            self.on_kill()
            self.ended.set()
        self.stop = None
        self._scope.cancel()


@define(eq=False)
class _Runner:
    """Runs the processes of a history one after the other."""

    history: History
    folder: Path
    _copies: int = field(default=0, init=False)

    async def main(self) -> None:
        """Run the history."""
        limit = trio.CancelScope()
        trio.lowlevel.spawn_system_task(self._watch, limit)
        tasks_before = trio.lowlevel.current_statistics().tasks_living
        async with trio.open_nursery() as nursery:
            with limit:
                await self._run_all(nursery)
                self.history.seconds = trio.current_time()
            nursery.cancel_scope.cancel()
        await trio.testing.wait_all_tasks_blocked()
        tasks_after = trio.lowlevel.current_statistics().tasks_living
        self.history.tasks_left = tasks_after - tasks_before
        # What the server still works on may be done long after the last run.
        self.history.server.store.advance(trio.current_time() + 120)

    async def _watch(self, limit: trio.CancelScope) -> None:
        """Cancel the history when it takes longer than its troubles explain.

        A history that does not end after that would block the process without a word.
        """
        while True:
            await trio.sleep(60)
            if trio.current_time() > self.history.time_limit:
                break
        limit.cancel()
        await trio.sleep(600)
        print(f"history {self.history.scenario.seed!r} cannot be cancelled", file=sys.stderr)
        os._exit(1)

    async def _run_all(self, nursery: trio.Nursery) -> None:
        scenario = self.history.scenario
        stops: Sequence[Stop | None] = [*scenario.stops, None]
        if scenario.runs_again:
            stops = [*stops, None]
        if scenario.stops and not scenario.journal:
            stops = scenario.stops[:1]  # there is nothing to go on with
        for stop in stops:
            process = _Process(self.history, self._journals, stop, self._copy_journals)
            self.history.server.on_request = process.count_request
            self.history.runs.append(process.reported)
            self.history.finished.append(process.finished)
            nursery.start_soon(process.run)
            await process.ended.wait()

    @property
    def _journals(self) -> Path:
        path = self.folder / str(self._copies)
        path.mkdir(exist_ok=True)
        return path

    def _copy_journals(self) -> None:
        """Keep the journals as they are now: nothing that a dead process writes is in the copy."""
        source = self._journals
        self._copies += 1
        shutil.copytree(source, self.folder / str(self._copies))


def _leaves(group: BaseExceptionGroup[Any]) -> list[BaseException]:
    leaves: list[BaseException] = []
    for error in group.exceptions:
        leaves += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return leaves
