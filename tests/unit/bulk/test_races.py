"""Moments that random troubles hardly hit, each set up to the request."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import anyio
import pytest

from autoleap._bulk import policy
from tests.helpers.bulk_runs import BACKENDS
from tests.helpers.mock_shop import MockShop, Trouble
from tests.helpers.simulated_bulk import Json, check, do_nothing, run_bulk

on_both_loops = pytest.mark.parametrize("backend", BACKENDS)


def customer(name: str, **more: object) -> Json:
    return {"firstName": name, "lastName": "Ng", **more}


@on_both_loops
def test_a_twin_on_its_way_is_not_taken_for_the_one_whose_id_is_read(backend: str) -> None:
    # Ids are read after four records, when the first one's twin is there and its answer is not.
    shop = MockShop(troubles={5: "cut-after"}, tick=3.0, linger=20)
    records = [customer(name) for name in ("Ana", "Bo", "Cy", "Di", "Ana")]
    work = partial(run_bulk, shop, records, batch_size=1, concurrency=2, resolve_ids=True, naming=4)
    check(shop, records, anyio.run(work, backend=backend), ids=True)


@on_both_loops
def test_a_date_that_was_old_does_not_give_a_twin_the_row_of_the_one_before(backend: str) -> None:
    # The first two answers are dated late; the fourth request is lost before the server acts.
    shop = MockShop(troubles={3: "cut"}, tick=0.1, date_ages=[6.0, 6.0, 0.0, 0.0])
    records = [customer(name) for name in ("Ana", "Bo", "Ana")]
    work = partial(run_bulk, shop, records, batch_size=1, concurrency=1)
    check(shop, records, anyio.run(work, backend=backend), ids=False)


@on_both_loops
def test_a_rerun_tells_a_record_from_one_that_has_more_fields(backend: str, tmp_path: Path) -> None:
    # The first record is not created, and nothing can be read for as long as it is looked for.
    troubles: dict[int, Trouble] = dict.fromkeys(range(2, 2 + policy.MAX_ATTEMPTS), "declined")
    shop = MockShop(troubles=troubles | {1: "cut"})
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

    first = anyio.run(work, backend=backend)
    assert [outcome.status for outcome in first] == ["unknown", "done", "done"]
    # The rerun has not read the third record when it compares the first one with its row.
    check(shop, records, anyio.run(work, backend=backend), ids=False)


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

    anyio.run(cancelled_by_the_first_answer, backend=backend)
    shop.troubles = dict.fromkeys(range(2, 1000), "not-reached")
    outcomes = anyio.run(work, backend=backend)
    assert {outcome.index: outcome.status for outcome in outcomes} == {0: "done", 1: "failed"}


@on_both_loops
def test_what_was_unknown_is_settled_by_the_next_run(backend: str, tmp_path: Path) -> None:
    troubles: dict[int, Trouble] = {1: "cut-after"}
    troubles |= dict.fromkeys(range(2, 2 + policy.MAX_ATTEMPTS), "declined")
    shop, records = MockShop(troubles=troubles), [customer("Ana"), customer("Bo")]
    work = partial(run_bulk, shop, records, journal=tmp_path / "journal")

    first = anyio.run(work, backend=backend)
    assert [outcome.status for outcome in first] == ["unknown", "unknown"]
    writes = shop.writes
    second = anyio.run(work, backend=backend)
    check(shop, records, second, ids=False)
    assert shop.writes == writes


@on_both_loops
def test_a_row_that_the_server_has_changed_is_left_to_a_person(backend: str) -> None:
    shop = MockShop(troubles={1: "cut-after"}, changes={"notes": "welcome"})
    records = [customer("Ana", notes="gate 2"), customer("Bo")]
    outcomes = anyio.run(partial(run_bulk, shop, records), backend=backend)
    assert [outcome.status for outcome in outcomes] == ["unknown", "unknown"]
    assert "c1 on the server is similar but not equal" in str(outcomes[0].error)
    assert shop.writes == 1


@on_both_loops
@pytest.mark.parametrize("batch_size", [1, 2, 4])
@pytest.mark.parametrize("trouble", ["500", "cut", "cut-after", "declined", "not-reached"])
def test_of_two_changes_of_the_same_record_the_later_one_holds(
    backend: str, batch_size: int, trouble: Trouble
) -> None:
    shop = MockShop(troubles={2: trouble, 3: trouble, 4: trouble})
    anyio.run(partial(run_bulk, shop, [customer("Ana"), customer("Bo")]), backend=backend)
    changes: list[Json] = [
        {"customerId": "c1", "notes": "old"},
        {"customerId": "missing", "notes": "lost"},
        {"customerId": "c1", "notes": "new"},
        {"customerId": "c2", "notes": "other"},
    ]
    work = partial(run_bulk, shop, changes, verb="update", batch_size=batch_size)
    outcomes = anyio.run(work, backend=backend)
    assert sorted(one.index for one in outcomes if one.status == "done") == [0, 2, 3]
    assert [row.listed["notes"] for row in shop.rows.values()] == ["new", "other"]
