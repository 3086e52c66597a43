"""Lists that move while they are read: rows that stayed are met once, none is lost.

Between two reads rows are inserted or archived, not both: that is what totals can tell. The last
test shows what no reader of numbered pages can know.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from typing import Literal

import anyio
import pytest
from attrs import define, field, frozen

from autoleap import Pager
from autoleap._paging.cursor import MAX_PASSES, MAX_REREADS, Drift
from autoleap._paging.passes import MAX_REPEATED_PAGES
from tests.helpers.imports import BACKENDS, FULL

pytestmark = pytest.mark.anyio

# A list that never stands still is read over and over: fewer of them unless there is time.
SEEDS, RESTLESS = range(200), range(200 if FULL else 30)
Order = Literal["newest first", "oldest first", "anywhere"]
ORDERS: tuple[Order, ...] = ("newest first", "oldest first", "anywhere")


@pytest.fixture(params=BACKENDS if FULL else BACKENDS[:1])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """A pager is the same on both loops; what takes its time here is the number of lists."""
    backend: str = request.param
    return backend


@frozen
class Row:
    id: int


@frozen
class RawPage:
    content: Sequence[Row]
    total_pages: int
    total_count: int
    last: bool
    number: int
    size: int
    first: bool
    pageable: None = None


@define
class MovingList:
    """A list of the server; `before_read` moves it each time a page is read."""

    rows: list[int]
    size: int
    before_read: Callable[[MovingList], object] = lambda moving: None
    reads: int = 0
    archived: set[int] = field(factory=set[int])
    _next: int = 1_000_000

    @property
    def inserted(self) -> int:
        return self._next - 1_000_000

    def insert(self, place: int) -> None:
        self.rows.insert(place, self._next)
        self._next += 1

    def archive(self, place: int) -> None:
        self.archived.add(self.rows.pop(place))

    async def fetch(self, number: int) -> RawPage:
        await anyio.lowlevel.checkpoint()
        self.before_read(self)
        self.reads += 1
        pages = max(1, math.ceil(len(self.rows) / self.size))
        rows = self.rows[(number - 1) * self.size : number * self.size]
        return RawPage(
            [Row(id_) for id_ in rows],
            total_pages=pages,
            total_count=len(self.rows),
            last=number >= pages,
            number=number,
            size=self.size,
            first=number == 1,
        )


def mover(rng: random.Random, order: Order, busy: float) -> Callable[[MovingList], object]:
    """What moves a list: in each gap up to three rows come, or up to three go."""

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


async def read(moving: MovingList, prefetch: int) -> tuple[list[int], Pager[Row]]:
    pager = Pager(moving.fetch, lambda row: row.id, prefetch)
    return [row.id async for row in pager], pager


@pytest.mark.parametrize("busy", [0.05, 0.3], ids=["calm", "busy"])
@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("order", ORDERS)
async def test_no_row_that_stayed_is_lost_and_none_is_doubled(
    order: Order, prefetch: int, busy: float
) -> None:
    for seed in SEEDS:
        lost, pager = await passed(f"{order} {prefetch} {busy} {seed}", order, prefetch, busy)
        assert lost == set(), f"seed {seed}: {pager.drift}"


@pytest.mark.parametrize("prefetch", [0, 1, 4])
@pytest.mark.parametrize("order", ORDERS)
async def test_a_list_that_never_stands_still_loses_no_row_without_saying_so(
    order: Order, prefetch: int
) -> None:
    for seed in RESTLESS:
        lost, pager = await passed(f"{order} {prefetch} {seed}", order, prefetch, 1.0)
        assert lost == set() or pager.drift.may_be_incomplete, f"seed {seed}: {pager.drift}"


async def passed(
    name: str, order: Order, prefetch: int, busy: float
) -> tuple[set[int], Pager[Row]]:
    """Read a list that moves at random, and say which of the rows that stayed were lost."""
    rng = random.Random(name)
    moving = MovingList(list(range(rng.randrange(30, 300))), rng.choice([5, 10, 20]))
    before = set(moving.rows)
    moving.before_read = mover(rng, order, busy)
    met, pager = await read(moving, prefetch)
    assert len(met) == len(set(met)), f"doubled in {name}"
    # A list that grows has more pages in the end, but is not followed for ever.
    pages = math.ceil((len(before) + moving.inserted) / moving.size)
    bound = MAX_PASSES * (pages + MAX_REPEATED_PAGES + 1) + (2 + prefetch) * MAX_REREADS + 4
    assert moving.reads <= bound
    return before - moving.archived - set(met), pager


def at_read(number: int, *moves: Callable[[MovingList], object]) -> Callable[[MovingList], object]:
    """Move a list once, before its page is read for the n-th time, counted from 0."""

    def move(moving: MovingList) -> None:
        if moving.reads == number:
            for one in moves:
                one(moving)

    return move


async def test_a_quiet_list_is_read_once_and_has_no_drift() -> None:
    moving = MovingList(list(range(100)), 10)
    met, pager = await read(moving, 4)
    assert met == list(range(100))
    assert moving.reads == 10
    assert pager.drift == Drift()
    assert not pager.drift


async def test_drift_tells_of_rows_that_came() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, *[lambda moving: moving.insert(0)] * 3)
    met, pager = await read(moving, 0)
    assert set(met) >= set(range(100))
    assert pager.drift == Drift(duplicates=3, grown=3, passes=2)


async def test_drift_tells_of_rows_that_went() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, *[lambda moving: moving.archive(0)] * 3)
    met, pager = await read(moving, 0)
    assert sorted(met) == list(range(100))
    assert pager.drift == Drift(duplicates=17, shrunk=3, pages_reread=1, passes=2)


async def test_an_insert_and_an_archive_in_the_same_gap_of_a_still_list_cannot_be_told() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, lambda at: at.archive(0), lambda at: at.insert(len(at.rows)))
    met, pager = await read(moving, 0)
    assert set(range(100)) - set(met) == {50}, "the row that moved up past the reader"
    assert pager.drift == Drift(), "no total and no id tells of it"
