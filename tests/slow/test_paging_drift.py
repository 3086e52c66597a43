"""Lists that move while they are read: rows that stayed are met once, none is lost.

Between two reads rows are inserted or archived, not both: the totals show no more than that.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Literal

import pytest

from autoleap import Pager
from autoleap._paging.cursor import MAX_PASSES, MAX_REREADS
from autoleap._paging.passes import MAX_REPEATED_PAGES
from tests.helpers.bulk_runs import FULL
from tests.helpers.moving_list import MovingList, Row, read_all

# A pager is the same on both loops, and what takes its time here is the number of lists.
pytestmark = [pytest.mark.anyio, *([] if FULL else [pytest.mark.asyncio_only])]

# A list that never stands still is read over and over: fewer of them unless there is time.
SEEDS, RESTLESS = range(200), range(200 if FULL else 30)
Order = Literal["newest first", "oldest first", "anywhere"]
ORDERS: tuple[Order, ...] = ("newest first", "oldest first", "anywhere")


def make_mover(rng: random.Random, order: Order, busy: float) -> Callable[[MovingList], object]:
    """Return a function that inserts up to three rows into a list, or archives up to three."""

    def move(moving: MovingList) -> None:
        if rng.random() >= busy:
            return
        coming = rng.random() < 0.5
        for _ in range(rng.randrange(1, 4)):
            size = len(moving.rows)
            places = {"newest first": 0, "oldest first": size, "anywhere": rng.randrange(size + 1)}
            if coming:
                moving.insert(places[order])
            elif size > 10:
                moving.archive(rng.randrange(size))

    return move


@pytest.mark.parametrize("busy", [0.05, 0.3], ids=["calm", "busy"])
@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("order", ORDERS)
async def test_no_row_that_stayed_is_lost_and_none_is_doubled(
    order: Order, prefetch: int, busy: float
) -> None:
    for seed in SEEDS:
        lost, pager = await read_moving_list(
            f"{order} {prefetch} {busy} {seed}", order, prefetch, busy
        )
        assert lost == set(), f"seed {seed}: {pager.drift}"


@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("order", ORDERS)
async def test_a_list_that_never_stands_still_loses_no_row_without_saying_so(
    order: Order, prefetch: int
) -> None:
    for seed in RESTLESS:
        lost, pager = await read_moving_list(f"{order} {prefetch} {seed}", order, prefetch, 1.0)
        assert lost == set() or pager.drift.may_be_incomplete, f"seed {seed}: {pager.drift}"


async def read_moving_list(
    name: str, order: Order, prefetch: int, busy: float
) -> tuple[set[int], Pager[Row]]:
    """Read a list that moves at random; return the rows that stayed and were not read."""
    rng = random.Random(name)
    moving = MovingList(list(range(rng.randrange(30, 300))), rng.choice([5, 10, 20]))
    before = set(moving.rows)
    moving.before_read = make_mover(rng, order, busy)
    met, pager = await read_all(moving, prefetch)
    assert len(met) == len(set(met)), f"doubled in {name}"
    # A list that grows has more pages at its end. The pager stops after MAX_PASSES of them.
    pages = math.ceil((len(before) + moving.inserted) / moving.size)
    bound = MAX_PASSES * (pages + MAX_REPEATED_PAGES + 1) + (2 + prefetch) * MAX_REREADS + 4
    assert moving.reads <= bound
    return before - moving.archived - set(met), pager
