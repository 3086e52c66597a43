"""Bulk calls against `MockShop`: inputs, faults, interruptions, and the check that all is exact."""

from __future__ import annotations

import copy
import json
import os
import random
import shutil
import tempfile
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeAlias

import anyio
import anyio.lowlevel
import httpx
import pytest
from attrs import frozen
from hypothesis import strategies as st

from autoleap import AutoLeap, Outcome, RateLimiter
from autoleap._bulk import journal, lookup, policy, state, writer
from autoleap._transport import http_client, retry_transport
from tests.conftest import UNLIMITED
from tests.helpers.bulk_runs import count_tasks
from tests.helpers.mock_shop import PASSING, MockShop, Row, Trouble

Json: TypeAlias = dict[str, Any]

# Hundreds of journals are written and synced here. In memory, where there is a folder for it, the
# sync costs nothing. A kill is played by copying the file, so the disk has no part in it.
MEMORY_FOLDER = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None

# Few words, so that twins abound, and records that are all of another but one field.
GOOD = st.fixed_dictionaries(
    {"firstName": st.sampled_from(["Ana", "Bo"]), "lastName": st.sampled_from(["Ng", "Ruiz"])},
    optional={
        "notes": st.sampled_from(["", "gate 2", "Gate 2"]),
        "taxExempt": st.booleans(),
        "customerType": st.sampled_from(["regular", "fleet"]),
        "phones": st.lists(st.fixed_dictionaries({"number": st.sampled_from(["1", "2"])})),
    },
)
REFUSED_THERE = st.builds(lambda record: {**record, "lastName": "Bad"}, GOOD)
REFUSED_HERE = st.sampled_from([{"firstName": "Ana"}, {"firstName": "Ana", "lastName": 7}])
RECORDS = st.lists(st.one_of(GOOD, GOOD, GOOD, REFUSED_THERE, REFUSED_HERE), max_size=24)
# No more of them than a record has tries.
TROUBLES = st.dictionaries(
    st.integers(0, 30), st.sampled_from(PASSING), max_size=policy.MAX_ATTEMPTS - 1
)
OPTIONS = st.fixed_dictionaries(
    {"batch_size": st.integers(1, 7), "concurrency": st.integers(1, 4)},
    optional={"resolve_ids": st.booleans(), "pace": st.sampled_from([0, 1, 100])},
)


@frozen
class ServerTraits:
    """Properties of a simulated server."""

    partial: bool
    page_size: int
    newest_first: bool
    tick: float
    linger: int
    skew: float
    date_ages: Sequence[float]

    def shop(self, troubles: Mapping[int, Trouble]) -> MockShop:
        defaults = {"languagePreference": "EN", "customerStatus": "Active", "okForMarketing": True}
        return MockShop(
            troubles=troubles,
            partial=self.partial,
            page_size=self.page_size,
            newest_first=self.newest_first,
            tick=self.tick,
            linger=self.linger,
            skew=self.skew,
            date_ages=self.date_ages,
            defaults=defaults,
        )


SERVER_TRAITS = st.builds(
    ServerTraits,
    partial=st.booleans(),
    page_size=st.sampled_from([2, 5, 100]),
    newest_first=st.booleans(),
    tick=st.sampled_from([0.0, 0.4, 3.0]),
    linger=st.sampled_from([1, 4, 20]),
    skew=st.sampled_from([0.0, -3600.0, 3600.0]),
    date_ages=st.sampled_from([(0.0,), (6.0, 0.0, 3.0), (6.0, 6.0, 0.0, 0.0)]),
)


class InlineThreads:
    """Replaces the threads of the journal: work runs in the event loop, in a fixed order."""

    @staticmethod
    async def run_sync(work: Callable[[], object]) -> None:
        await anyio.lowlevel.checkpoint()
        work()


class Time:
    """Replaces the `time` module of the facade: the time of day is the shop's."""

    def __init__(self, shop: MockShop) -> None:
        self.time, self.monotonic = shop.time, anyio.current_time


async def run_bulk(
    shop: MockShop,
    records: list[Json],
    *,
    verb: str = "create",
    naming: int = 2,
    pace: int = 1,
    limiter: RateLimiter | None = None,
    **options: Any,
) -> list[Outcome]:
    """Create customers at a mock shop, or update them; run it in virtual time.

    Args:
        naming: Batches whose ids are read back together.
        pace: Checkpoints between two records.
        limiter: The rate limiter of the client; None for no limits.
    """
    async with connect_to(shop, naming=naming, limiter=limiter) as client:
        customers = client.company("1").customers
        each = getattr(customers, f"{verb}_each")(SlowSource(records, pace), **options)
        return [outcome async for outcome in each]


@asynccontextmanager
async def connect_to(
    shop: MockShop, *, naming: int = 2, limiter: RateLimiter | None = None
) -> AsyncIterator[AutoLeap]:
    """Connect a client to a mock shop; both have the clock of the event loop."""
    shop.start_clock()
    with pytest.MonkeyPatch.context() as patch:
        for module in (http_client, retry_transport, state, writer):
            patch.setattr(module, "time", Time(shop))
        for module in (lookup, retry_transport):
            patch.setattr(module, "random", random.Random(1))
        patch.setattr(journal, "to_thread", InlineThreads)
        patch.setattr(writer, "MIN_ID_LOOKUP_BATCHES", naming)
        patch.setattr(writer, "MAX_ID_LOOKUP_BATCHES", naming)
        http = httpx.MockTransport(shop.answer)
        limits: Json = {"limits": UNLIMITED} if limiter is None else {"rate_limiter": limiter}
        async with AutoLeap("p", "k", http_transport=http, **limits) as client:
            yield client


class SlowSource:
    """An asynchronous source of records, with checkpoints between them."""

    def __init__(self, records: list[Json], pace: int) -> None:
        self._records, self._pace = iter(records), pace

    def __aiter__(self) -> SlowSource:
        return self

    async def __anext__(self) -> Json:
        for record in self._records:
            for _ in range(self._pace):
                await anyio.lowlevel.checkpoint()
            return record
        raise StopAsyncIteration


def drop_empty(value: object) -> object:
    """Return a value without its empty parts: blank, false and missing are equal."""
    if isinstance(value, dict):
        held = {name: drop_empty(item) for name, item in value.items()}
        return {name: item for name, item in held.items() if item} or None
    if isinstance(value, list):
        return [item for item in map(drop_empty, value) if item] or None
    return value


def comparable_text(record: Mapping[str, Any]) -> str:
    return json.dumps(drop_empty(dict(record)), sort_keys=True)


def is_good(record: Json) -> bool:
    return isinstance(record.get("lastName"), str) and record["lastName"] != "Bad"


def check(shop: MockShop, records: list[Json], outcomes: list[Outcome], *, ids: bool) -> None:
    shop.finish_late_work()
    there = Counter(comparable_text(row.sent) for row in shop.rows.values())
    wanted = Counter(comparable_text(record) for record in records if is_good(record))
    assert there - wanted == Counter(), "doubled"
    assert wanted - there == Counter(), "lost"
    by_index = {outcome.index: outcome for outcome in outcomes}
    assert len(outcomes) == len(by_index) == len(records)
    for index, record in enumerate(records):
        assert by_index[index].status == ("done" if is_good(record) else "failed"), by_index[index]
        assert (by_index[index].error is None) == is_good(record)
    named = {outcome.index: outcome.id for outcome in outcomes if outcome.id is not None}
    assert len(set(named.values())) == len(named)
    for index, id_ in named.items():
        assert comparable_text(shop.rows[id_].sent) == comparable_text(records[index])
    if ids:
        assert named.keys() == {index for index, record in enumerate(records) if is_good(record)}


@frozen
class Stop:
    """An interruption: at which request, before or after the server acts, and how.

    The interrupted run may use other batches than the next one.
    """

    at: int
    acted: bool
    killed: bool
    batches: Json


STOPS = st.lists(
    st.builds(
        Stop, at=st.integers(0, 40), acted=st.booleans(), killed=st.booleans(), batches=OPTIONS
    ),
    min_size=1,
    max_size=4,
)


class StoppedRun:
    """One run of an import with a journal that is stopped at a request.

    A cancelled run may clean up. Of a killed one remain the server and the journal as they were at
    that moment: both are put back to it.
    """

    def __init__(self, shop: MockShop, file: Path, stop: Stop) -> None:
        self._shop, self._file, self._stop = shop, file, stop
        self._scope = anyio.CancelScope()
        self._rows: dict[str, Row] | None = None
        self._late: list[tuple[float, httpx.Request]] = []
        self._copy = file.parent.with_name("copy")

    async def run(self, records: list[Json], **options: Any) -> None:
        before = count_tasks()
        shop = self._shop
        shop.before, shop.after = (
            (do_nothing, self._at) if self._stop.acted else (self._at, do_nothing)
        )
        with self._scope:
            await run_bulk(shop, records, journal=self._file, **options)
        shop.before = shop.after = do_nothing
        assert count_tasks() == before
        if self._rows is not None:
            shop.rows, shop.late = self._rows, self._late
            shutil.rmtree(self._file.parent)
            self._copy.rename(self._file.parent)

    def _at(self, number: int) -> None:
        if number != self._stop.at:
            return
        if self._stop.killed:
            self._rows = copy.deepcopy(self._shop.rows)
            self._late = list(self._shop.late)
            shutil.copytree(self._file.parent, self._copy)
        self._scope.cancel()


def do_nothing(number: int) -> None:
    """Let a request pass."""


async def run_with_stops(
    shop: MockShop, stops: list[Stop], records: list[Json], **options: Any
) -> list[Outcome]:
    """Import with a journal, interrupt it at every stop, and resume it to the end."""
    with tempfile.TemporaryDirectory(dir=MEMORY_FOLDER) as place:
        file = Path(place) / "now" / "import.sqlite"
        for stop in sorted(stops, key=lambda stop: stop.at):
            file.parent.mkdir(exist_ok=True)
            await StoppedRun(shop, file, stop).run(records, **{**options, **stop.batches})
        outcomes = await run_bulk(shop, records, journal=file, **options)
        sent = shop.writes
        again = await run_bulk(shop, records, journal=file, **options)
        assert shop.writes == sent, "sent again after the end"
        assert status_and_id(again) == status_and_id(outcomes)
    return outcomes


def status_and_id(outcomes: list[Outcome]) -> dict[int, tuple[str, str | None]]:
    return {outcome.index: (outcome.status, outcome.id) for outcome in outcomes}
