"""Reading numbered pages while rows come and go: a simulated list, changed between page reads.

What is promised depends on where new rows go. Listed newest first, or with no row added and another
archived between the same two reads, nothing that stayed is lost. Listed oldest first, a row
archived and a row added between the same two reads cancel out in the totals, and a row can be
missed: the API gives a reader nothing to see it by.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal

import pytest
from attrs import define, field, frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import Drift, Page
from autoleap._paging.cursor import MAX_PASSES, MAX_REREADS, PageCursor
from autoleap._paging.page import PageEvidence
from autoleap._paging.passes import MAX_REPEATED_PAGES

Order = Literal["newest first", "oldest first"]


@frozen
class Change:
    """What happens between two reads: rows added, and positions of rows archived."""

    added: int = 0
    archived: tuple[int, ...] = ()


@define
class List:
    """A list of numbered rows that a server cuts into pages."""

    rows: list[int]
    size: int
    order: Order = "newest first"
    tells_totals: bool = True
    stayed: set[int] = field(init=False)
    reads: int = 0

    def __attrs_post_init__(self) -> None:
        self.stayed = set(self.rows)

    def change(self, change: Change) -> None:
        for position in change.archived:
            if self.rows:
                self.stayed.discard(self.rows.pop(position % len(self.rows)))
        for _ in range(change.added):
            new = max(self.rows, default=0) + 1000
            self.rows.insert(0 if self.order == "newest first" else len(self.rows), new)

    def page(self, number: int) -> tuple[Page[int], PageEvidence]:
        self.reads += 1
        total = -(-len(self.rows) // self.size)
        start = (number - 1) * self.size
        page = Page(
            items=self.rows[start : start + self.size],
            number=number,
            total_pages=total if self.tells_totals else None,
            total_count=len(self.rows) if self.tells_totals else None,
            last=number >= total,
        )
        return page, PageEvidence(
            number=number, size=self.size, offset=start, first=number == 1, last=page.last
        )


def read(there: List, changes: list[Change], walk: PageCursor[int]) -> list[int]:
    """Read a list to its end; the changes happen one after each read, until there are none."""
    pending: Iterator[Change] = iter(changes)
    rows: list[int] = []
    pages = len(there.rows) + sum(c.added for c in changes)
    enough = MAX_PASSES * (pages + MAX_REPEATED_PAGES + 1) + 2 * MAX_REREADS + 4
    while walk.next_page is not None:
        rows += walk.advance(*there.page(walk.next_page))
        there.change(next(pending, Change()))
        assert there.reads <= enough, "the walk does not come to an end"
    return rows


def walk(start: int = 1, key: Callable[[int], object] = lambda row: row) -> PageCursor[int]:
    return PageCursor(start, key)


positions = st.lists(st.integers(0, 30), max_size=5).map(tuple)
any_changes = st.lists(st.builds(Change, st.integers(0, 4), positions), max_size=15)
one_sided_changes = st.lists(
    st.builds(Change, st.integers(0, 4)) | st.builds(Change, st.just(0), positions), max_size=15
)
lengths, sizes = st.integers(0, 25), st.integers(1, 5)
orders = st.sampled_from(["newest first", "oldest first"])


@settings(deadline=None, max_examples=300)
@given(lengths, sizes, orders, st.booleans(), any_changes)
def test_a_walk_ends_and_gives_no_row_twice(
    length: int, size: int, order: Order, tells: bool, changes: list[Change]
) -> None:
    there = List(list(range(length)), size, order, tells)
    rows = read(there, changes, walk())
    assert len(rows) == len(set(rows))


@settings(deadline=None, max_examples=300)
@given(lengths, sizes, any_changes)
def test_newest_first_loses_no_row_that_stayed(
    length: int, size: int, changes: list[Change]
) -> None:
    there = List(list(range(length)), size, "newest first")
    assert set(read(there, changes, walk())) >= there.stayed


@settings(deadline=None, max_examples=300)
@given(lengths, sizes, one_sided_changes)
def test_oldest_first_loses_no_row_that_stayed_when_totals_tell_of_each_archive(
    length: int, size: int, changes: list[Change]
) -> None:
    there = List(list(range(length)), size, "oldest first")
    assert set(read(there, changes, walk())) >= there.stayed


def test_oldest_first_can_lose_a_row_when_an_archive_and_an_addition_cancel_out() -> None:
    """Hold a limit of numbered pages, so that no document promises more."""
    there, walking = List([1, 2, 3, 4], 2, "oldest first"), walk()
    rows = read(there, [Change(added=1, archived=(0,))], walking)
    assert there.stayed - set(rows) == {3}
    assert not walking.drift


@settings(deadline=None)
@given(lengths, sizes, orders)
def test_a_list_that_does_not_move_is_read_once_from_end_to_end(
    length: int, size: int, order: Order
) -> None:
    there, walking = List(list(range(length)), size, order), walk()
    assert read(there, [], walking) == list(range(length))
    assert there.reads == max(1, -(-length // size))
    assert not walking.drift


@settings(deadline=None)
@given(lengths, sizes, any_changes)
def test_drift_counts_what_the_totals_show(length: int, size: int, changes: list[Change]) -> None:
    there, walking = List(list(range(length)), size), walk()
    totals: list[int] = []
    pending = iter(changes)
    while walking.next_page is not None:
        page, evidence = there.page(walking.next_page)
        totals.append(page.total_count or 0)
        walking.advance(page, evidence)
        there.change(next(pending, Change()))
    steps = [later - earlier for earlier, later in pairwise(totals)]
    assert walking.drift.grown == sum(step for step in steps if step > 0)
    assert walking.drift.shrunk == -sum(step for step in steps if step < 0)


def test_an_archived_row_makes_the_walk_step_back_and_the_drift_say_so() -> None:
    there, walking = List(list(range(10)), 2), walk()
    rows = read(there, [Change(), Change(archived=(0,))], walking)
    assert sorted(rows) == list(range(10))
    assert walking.drift == Drift(duplicates=3, shrunk=1, pages_reread=1, passes=2)


def test_a_list_that_moved_is_read_once_more_and_gives_what_was_added_too() -> None:
    there, walking = List(list(range(4)), 2), walk()
    assert read(there, [Change(added=1)], walking) == [0, 1, 2, 3, 1003]
    assert walking.drift == Drift(duplicates=1, grown=1, passes=2)


def test_a_list_that_shrinks_without_end_is_given_up_on_and_the_drift_says_so() -> None:
    there, walking = List(list(range(2000)), 2), walk()
    read(there, [Change(archived=(0,))] * 1900, walking)
    assert walking.drift.pages_reread == MAX_REREADS
    assert walking.drift.may_be_incomplete
    assert there.reads < 2000


def test_a_walk_that_starts_later_does_not_step_back_before_its_start() -> None:
    there, walking = List(list(range(20)), 2), walk(start=5)
    rows = read(there, [Change(archived=(0, 0, 0, 0, 0, 0))], walking)
    assert rows[:2] == [8, 9]
    assert there.reads <= 12


@pytest.mark.parametrize("number", [1, 4])
def test_a_page_past_the_end_ends_the_walk(number: int) -> None:
    there, walking = List([], 2), walk(start=number)
    assert read(there, [], walking) == []
    assert there.reads == 1


def test_rows_without_an_id_are_all_taken_as_new() -> None:
    there = List([7, 7, 7], 2)
    assert read(there, [], walk(key=lambda row: None)) == [7, 7, 7]


def test_without_totals_a_walk_ends_at_the_last_or_at_an_empty_page() -> None:
    unsaid = Page(items=[1], number=1, total_pages=None, total_count=None, last=False)
    walking = walk()
    walking.advance(unsaid, PageEvidence())
    assert walking.next_page == 2
    behind = Page[int](items=[], number=2, total_pages=None, total_count=None, last=False)
    walking.advance(behind, PageEvidence())
    assert walking.next_page is None
