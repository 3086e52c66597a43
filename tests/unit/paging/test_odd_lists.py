"""Lists on servers with odd habits: all rows are read, or the cursor says that it gave up."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import Drift, Page
from autoleap._paging.cursor import MAX_PASSES, MAX_REREADS, PageCursor
from autoleap._paging.page import PageEvidence, parse_page
from autoleap._paging.passes import MAX_REPEATED_PAGES
from tests.helpers.odd_lists import Mark, NoSuchPageError, OddList

Moves = Callable[[OddList], object]


@frozen
class Reading:
    rows: list[int]
    cursor: PageCursor[int]

    @property
    def drift(self) -> Drift:
        return self.cursor.drift


def fetch(odd: OddList, number: int) -> tuple[Page[int], PageEvidence]:
    json = odd.respond(number)
    raw = SimpleNamespace(
        content=json["content"],
        total_pages=json["totalPages"],
        total_count=json["totalCount"],
        last=json["last"],
        number=json.get("number"),
        size=json.get("size"),
        first=json.get("first"),
        pageable=None,
    )
    if "pageable" in json:
        raw.pageable = SimpleNamespace(offset=json["pageable"]["offset"])
    return parse_page(raw, number)


def read(odd: OddList, start: int = 1) -> Reading:
    """Read a list to its end, as the pager does; the number of reads is bounded."""
    cursor = PageCursor[int](start, lambda row: None if odd.without_id else row)
    rows: list[int] = []
    while (number := cursor.next_page) is not None:
        try:
            page, evidence = fetch(odd, number)
        except NoSuchPageError:
            assert cursor.after_end, f"page {number} is not announced, and the error is raised"
            page = Page(items=[], number=number, total_pages=None, total_count=None, last=True)
            evidence = PageEvidence(last=True)
        rows += cursor.advance(page, evidence)
        assert odd.reads <= bound(odd)
    return Reading(rows, cursor)


def bound(odd: OddList) -> int:
    """Return the largest number of reads that the docstring of the cursor allows."""
    pages = max(odd.page_count, math.ceil((max(odd.rows, default=0) + 1) / odd.page_size))
    return MAX_PASSES * (pages + MAX_REPEATED_PAGES + 1) + 2 * MAX_REREADS + 4


# A well-behaved server


@pytest.mark.parametrize("size", [1, 7, 10, 50, 100])
@pytest.mark.parametrize("rows", [0, 1, 9, 10, 11, 99, 100, 101, 999, 1001, 5000])
def test_a_consistent_list_costs_exactly_its_pages(rows: int, size: int) -> None:
    odd = OddList(list(range(rows)), size)
    reading = read(odd)
    assert reading.rows == odd.rows
    assert odd.numbers == list(range(1, odd.page_count + 1))
    assert reading.drift == Drift()
    assert reading.cursor.complete
    assert reading.cursor.reason is None


@pytest.mark.parametrize("last", ["right", "missing"])
@pytest.mark.parametrize("marks", [True, False])
@pytest.mark.parametrize("shift", [0, -1, 1])
def test_missing_marks_and_other_labels_cost_no_read(shift: int, marks: bool, last: Mark) -> None:
    odd = OddList(list(range(43)), marks=marks, last=last, number_shift=shift)
    assert read(odd).rows == odd.rows
    assert odd.reads == 5


@pytest.mark.parametrize("start", [1, 2, 5, 6])
@pytest.mark.parametrize("marks", [True, False])
def test_a_consistent_list_that_is_read_from_a_later_page(start: int, marks: bool) -> None:
    odd = OddList(list(range(43)), marks=marks)
    reading = read(odd, start)
    assert reading.rows == odd.rows[(start - 1) * 10 :]
    assert odd.numbers == list(range(start, max(start, 5) + 1))
    assert not reading.drift
    assert reading.cursor.complete == (start == 1)


def test_one_page_more_is_read_if_the_total_can_be_the_limit_of_a_count() -> None:
    odd = OddList(list(range(1000)), 100)
    reading = read(odd)
    assert reading.rows == odd.rows
    assert odd.reads == 11
    assert reading.cursor.complete


# Habits that lose no row


def count_to(limit: int) -> Callable[[int], int | None]:
    return lambda count: min(count, limit)


HABITS: dict[str, Callable[[], OddList]] = {
    "size clamped": lambda: OddList(list(range(1000)), 100, largest_size=50),
    "size clamped in silence": lambda: OddList(
        list(range(997)), 100, largest_size=50, hides_limit=True, last_by_total=True
    ),
    "last always true": lambda: OddList(list(range(997)), last="always"),
    "last always true, no total": lambda: OddList(
        list(range(997)), last="always", total=lambda count: None
    ),
    "last never true": lambda: OddList(list(range(997)), last="never"),
    "no total": lambda: OddList(list(range(997)), total=lambda count: None),
    "no total, no last": lambda: OddList(
        list(range(997)), total=lambda count: None, last="missing"
    ),
    "total up to 1,000": lambda: OddList(list(range(2997)), 100, total=count_to(1000)),
    "total up to 1,000, last by it": lambda: OddList(
        list(range(2997)), 100, total=count_to(1000), last_by_total=True
    ),
    "total up to 10,000, last missing": lambda: OddList(
        list(range(12_345)), 100, total=count_to(10_000), last="missing"
    ),
    "total up to 700": lambda: OddList(list(range(2997)), 100, total=count_to(700)),
    "total too small": lambda: OddList(list(range(997)), total=lambda count: count - 59),
    "pages counted from 0": lambda: OddList(list(range(997)), counts_from=0),
    "one page, counted from 0": lambda: OddList(list(range(7)), counts_from=0),
    "pages counted from 0, no marks": lambda: OddList(
        list(range(997)), counts_from=0, marks=False
    ),
    "one page counted from 0, no marks": lambda: OddList(
        list(range(7)), counts_from=0, marks=False
    ),
    "pages counted from 0, refused after the end": lambda: OddList(
        list(range(997)), counts_from=0, after_end="refused"
    ),
    "last page again, no total": lambda: OddList(
        list(range(997)), after_end="last page", total=lambda count: None
    ),
    "ties": lambda: OddList(list(range(1000)), ties=30),
    "everything tied": lambda: OddList(list(range(600)), ties=600),
}  # fmt: skip


@pytest.mark.parametrize("habit", HABITS)
def test_a_habit_loses_no_row_and_raises_no_alarm(habit: str) -> None:
    odd = HABITS[habit]()
    reading = read(odd)
    assert sorted(reading.rows) == odd.rows
    assert not reading.drift.may_be_incomplete
    assert reading.cursor.reason is None


@pytest.mark.parametrize("habit", [name for name in HABITS if "tie" not in name])
def test_a_habit_keeps_the_order_of_the_rows(habit: str) -> None:
    odd = HABITS[habit]()
    rows = read(odd).rows
    if habit == "pages counted from 0, no marks":  # page 0 is found at the end
        rows = sorted(rows)
    assert rows == odd.rows


# Habits that hide rows, and say so


HIDING: dict[str, Callable[[], OddList]] = {
    "offset by the requested size": lambda: OddList(
        list(range(1000)), 100, largest_size=50, skips=True
    ),
    "offset by the requested size, no total": lambda: OddList(
        list(range(1000)), 100, largest_size=50, skips=True, total=lambda count: None
    ),
    "total too large": lambda: OddList(list(range(997)), total=lambda count: count + 59),
    "total too large, refused after the end": lambda: OddList(
        list(range(997)), total=lambda count: count + 59, last_by_total=True, after_end="refused",
        pages=False, last="always",
    ),
    "first page only": lambda: OddList(list(range(997)), repeats=True),
    "first page only, total of one page": lambda: OddList(
        list(range(997)), repeats=True, total=count_to(10), last="never"
    ),
    "first page only, no total": lambda: OddList(
        list(range(997)), repeats=True, total=lambda count: None, last="never"
    ),
    "first page only, nothing said": lambda: OddList(
        list(range(997)), repeats=True, total=lambda count: None, last="missing", marks=False
    ),
    "ties, no total": lambda: OddList(list(range(400)), ties=400, total=lambda count: None),
}  # fmt: skip


@pytest.mark.parametrize("habit", HIDING)
def test_a_habit_that_hides_rows_is_reported_after_few_reads(habit: str) -> None:
    odd = HIDING[habit]()
    reading = read(odd)
    assert reading.drift.may_be_incomplete
    assert reading.cursor.reason
    assert not reading.cursor.complete
    if "tie" not in habit:
        assert odd.reads <= 3 * (odd.page_count + MAX_REPEATED_PAGES + 1)


# Any list


def insert_and_archive(moves: list[tuple[int, int]], ids: int) -> Moves:
    """Before each read: insert rows (count above 0) or archive rows (count below 0) at a place."""
    pending = iter(moves)
    new = iter(range(ids, ids + 1000))

    def move(odd: OddList) -> None:
        count, place = next(pending, (0, 0))
        for _ in range(count):
            odd.rows.insert(min(place, len(odd.rows)), next(new))
        for _ in range(min(-count, len(odd.rows))):
            odd.rows.pop(min(place, len(odd.rows) - 1))

    return move


steps = st.lists(st.tuples(st.integers(-3, 3), st.sampled_from([0, 3, 9, 99])), max_size=12)
steady_or_moving: st.SearchStrategy[list[tuple[int, int]]] = st.one_of(st.builds(list), steps)


@settings(deadline=None, max_examples=600)
@given(
    rows=st.integers(0, 30),
    size=st.integers(1, 6),
    largest_size=st.integers(1, 6),
    ties=st.sampled_from([1, 1, 2, 4, 30]),
    moves=steady_or_moving,
    last=st.sampled_from(["right", "always", "never", "missing"]),
    counts_from=st.sampled_from([1, 1, 0]),
    marks=st.booleans(),
    hides_limit=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_row_is_lost_in_silence(
    rows: int, size: int, moves: list[tuple[int, int]], seed: int, **habits: Any
) -> None:
    odd = OddList(list(range(rows)), size, rng=random.Random(seed), **habits)
    odd.before_read = insert_and_archive(moves, rows)
    reading = read(odd)
    lost = {row for row in odd.rows if row < rows} - set(reading.rows)
    assert not lost or reading.drift.may_be_incomplete
    assert not lost or not reading.cursor.complete
    assert len(reading.rows) == len(set(reading.rows))


def say_nothing(count: int) -> int | None:
    return None


TOTALS: dict[str, Callable[[int], int | None]] = {
    "right": lambda count: count,
    "missing": say_nothing,
    "too small": lambda count: max(0, count - 7),
    "too large": lambda count: count + 7,
    "limited": count_to(10),
}


@settings(deadline=None, max_examples=400)
@given(
    rows=st.integers(0, 30),
    size=st.integers(1, 6),
    largest_size=st.integers(1, 6),
    ties=st.sampled_from([1, 2, 4, 30]),
    total=st.sampled_from(sorted(TOTALS)),
    last=st.sampled_from(["right", "never"]),
    after_end=st.sampled_from(["empty", "last page"]),
    marks=st.booleans(),
    without_id=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_no_row_is_lost_in_silence_whatever_the_total_says(
    rows: int, size: int, total: str, seed: int, **habits: Any
) -> None:
    odd = OddList(list(range(rows)), size, rng=random.Random(seed), total=TOTALS[total], **habits)
    if odd.without_id:
        odd.ties = 1  # without ids, a row that comes twice is not known as the same row
    reading = read(odd)
    lost = set(odd.rows) - set(reading.rows)
    assert not lost or reading.drift.may_be_incomplete
    assert not lost or not reading.cursor.complete
    assert not (odd.without_id and rows and reading.cursor.complete)
