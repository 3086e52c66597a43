"""Moments that random troubles hardly hit, each set up to the request."""

from __future__ import annotations

import sqlite3
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import anyio
import pytest

from autoleap import MemoryRateLimiter, Outcome, Slot
from autoleap._bulk.journal import Journal
from autoleap._ratelimit.priority import Priority
from tests.conftest import UNLIMITED
from tests.helpers.bulk_runs import BACKENDS
from tests.helpers.mock_shop import MockShop, Trouble
from tests.helpers.simulated_bulk import Json, check, connect_to, do_nothing, run_bulk
from tests.helpers.virtual_loop import run_virtually

on_both_loops = pytest.mark.parametrize("backend", BACKENDS)


@pytest.fixture(autouse=True)
def short_waits() -> None:
    """Keep the length of all waits: in virtual time they cost nothing."""


class NoCreates(MemoryRateLimiter):
    """A rate limiter that never grants a slot to a create."""

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[Slot]:
        if method == "POST" and priority == "low":
            await anyio.sleep_forever()
        async with super().acquire(method, priority) as slot:
            yield slot


def decline_from(number: int) -> dict[int, Trouble]:
    """Decline every request from a number on."""
    return dict.fromkeys(range(number, 1000), "declined")


def customer(name: str, **more: object) -> Json:
    return {"firstName": name, "lastName": "Ng", **more}


@on_both_loops
def test_a_twin_on_its_way_is_not_taken_for_the_one_whose_id_is_read(backend: str) -> None:
    # Ids are read after four records, when the first one's twin is there and its answer is not.
    shop = MockShop(troubles={5: "cut-after"}, tick=3.0, linger=20)
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di", "Ana")]
    work = partial(run_bulk, shop, records, batch_size=1, concurrency=2, resolve_ids=True, naming=4)
    check(shop, records, run_virtually(work, backend=backend), ids=True)


@on_both_loops
def test_a_date_that_was_old_does_not_give_a_twin_the_row_of_the_one_before(backend: str) -> None:
    # The first two answers are dated late; the fourth request is lost before the server acts.
    shop = MockShop(troubles={3: "cut"}, tick=0.1, date_ages=[6.0, 6.0, 0.0, 0.0])
    records = [customer(name) for name in ("Ana", "Bo", "Ana")]
    work = partial(run_bulk, shop, records, batch_size=1, concurrency=1)
    check(shop, records, run_virtually(work, backend=backend), ids=False)


@on_both_loops
def test_a_rerun_tells_a_record_from_one_that_has_more_fields(backend: str, tmp_path: Path) -> None:
    # The first record is not created, and after the two others nothing can be read.
    shop = MockShop(troubles={1: "cut", **decline_from(4)})
    records = [customer("Ana"), customer("Bo"), customer("Ana", notes="gate 2")]
    work = partial(
        run_bulk,
        shop,
        records,
        pace=100,
        journal=tmp_path / "import.sqlite",
        batch_size=1,
        concurrency=1,
    )

    first = run_virtually(work, backend=backend)
    assert {outcome.index: outcome.status for outcome in first} == {
        0: "unknown",
        1: "done",
        2: "done",
    }
    # The rerun has not read the third record when it compares the first one with its row.
    shop.troubles = {}
    check(shop, records, run_virtually(work, backend=backend), ids=False)


@on_both_loops
def test_an_answer_that_comes_with_the_cancellation_is_noted(backend: str, tmp_path: Path) -> None:
    shop, records = MockShop(), [customer("Ana"), customer("Bo")]
    work = partial(run_bulk, shop, records, journal=tmp_path / "journal", batch_size=1)

    async def cancelled_by_the_first_answer() -> None:
        with anyio.CancelScope() as scope:
            shop.after = lambda number: scope.cancel() if number == 1 else None
            await work(concurrency=1)
        assert scope.cancelled_caught
        shop.after = do_nothing

    run_virtually(cancelled_by_the_first_answer, backend=backend)
    shop.troubles = dict.fromkeys(range(2, 1000), "not-reached")
    outcomes = run_virtually(work, backend=backend)
    assert {outcome.index: outcome.status for outcome in outcomes} == {0: "done", 1: "failed"}


@on_both_loops
def test_a_process_that_waits_for_a_slot_has_sent_nothing(backend: str, tmp_path: Path) -> None:
    path, indexes = tmp_path / "journal", range(2)
    shop = MockShop()
    identity: dict[str, str] = {}

    async def wait_for_a_slot() -> None:
        with anyio.move_on_after(3600) as scope:
            await run_bulk(
                shop,
                [customer("Ana"), customer("Bo")],
                batch_size=1,
                journal=path,
                limiter=NoCreates(UNLIMITED),
            )
        assert scope.cancelled_caught

    run_virtually(wait_for_a_slot, backend=backend)
    with sqlite3.connect(path) as database:
        identity.update(database.execute("select name, value from call"))
    database.close()
    journal = Journal(path, identity)
    assert journal.load_rows(indexes) == {}
    journal.close()
    assert shop.writes == 0


@on_both_loops
def test_a_late_create_is_found_before_its_record_is_sent_again(backend: str) -> None:
    # Every answer is lost, and the server acts some seconds after that.
    shop = MockShop(troubles={1: "late", 2: "late"})
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di")]
    outcomes = run_virtually(partial(run_bulk, shop, records, batch_size=2), backend=backend)
    check(shop, records, outcomes, ids=False)
    assert shop.writes == 2


@on_both_loops
def test_a_call_inside_another_one_with_equal_records_waits_for_no_consumer(backend: str) -> None:
    shop = MockShop(troubles={1: "cut-after", 2: "cut"}, linger=20)
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di")]
    inner: list[Outcome] = []

    async def call_inside() -> list[Outcome]:
        outer: list[Outcome] = []
        async with connect_to(shop) as client:
            customers = client.company("1").customers
            async for outcome in customers.create_each(records, batch_size=2):
                outer.append(outcome)
                if not inner:
                    each = customers.create_each(records, batch_size=3)
                    inner.extend([one async for one in each])
        return outer

    outer = run_virtually(call_inside, backend=backend)
    assert Counter(one.status for one in [*outer, *inner]) == {"done": 8}
    names = Counter(row.sent["firstName"] for row in shop.rows.values())
    assert names == {"Ana": 2, "Bo": 2, "Cy": 2, "Di": 2}


@on_both_loops
def test_what_was_unknown_is_settled_by_the_next_run(backend: str, tmp_path: Path) -> None:
    shop = MockShop(troubles={1: "cut-after", **decline_from(2)})
    records = [customer("Ana"), customer("Bo")]
    work = partial(run_bulk, shop, records, journal=tmp_path / "journal")

    first = run_virtually(work, backend=backend)
    assert [outcome.status for outcome in first] == ["unknown", "unknown"]
    assert "the list of the server cannot be read" in str(first[0].error)
    writes, shop.troubles = shop.writes, {}
    second = run_virtually(work, backend=backend)
    check(shop, records, second, ids=False)
    assert shop.writes == writes


@on_both_loops
def test_a_row_that_the_server_has_changed_is_left_to_a_person(backend: str) -> None:
    shop = MockShop(troubles={1: "cut-after"}, changes={"notes": "welcome"})
    records = [customer("Ana", notes="gate 2"), customer("Bo")]
    outcomes = run_virtually(partial(run_bulk, shop, records), backend=backend)
    assert [outcome.status for outcome in outcomes] == ["unknown", "unknown"]
    assert "row c1 of the server resembles it" in str(outcomes[0].error)
    assert shop.writes == 1


@on_both_loops
@pytest.mark.parametrize("batch_size", [1, 2, 4])
@pytest.mark.parametrize("trouble", ["500", "cut", "cut-after", "declined", "not-reached"])
def test_of_two_changes_of_the_same_record_the_later_one_holds(
    backend: str, batch_size: int, trouble: Trouble
) -> None:
    shop = MockShop(troubles={2: trouble, 3: trouble, 4: trouble})
    run_virtually(partial(run_bulk, shop, [customer("Ana"), customer("Bo")]), backend=backend)
    changes: list[Json] = [
        {"customerId": "c1", "notes": "old"},
        {"customerId": "missing", "notes": "lost"},
        {"customerId": "c1", "notes": "new"},
        {"customerId": "c2", "notes": "other"},
    ]
    work = partial(run_bulk, shop, changes, verb="update", batch_size=batch_size)
    outcomes = run_virtually(work, backend=backend)
    assert sorted(one.index for one in outcomes if one.status == "done") == [0, 2, 3]
    assert [row.listed["notes"] for row in shop.rows.values()] == ["new", "other"]
