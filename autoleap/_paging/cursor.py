"""Pure: no I/O, no clock.

Decide which page of a list to read next, while rows are added to the list and removed from it.

The API numbers its pages. A row that is added or archived during a read therefore moves all rows
behind it to other positions, and some of them to other pages.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import evolve, frozen

# Limits for a list that changes all the time.
MAX_REREADS = 100
MAX_PASSES = 5

T = TypeVar("T")


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The rows as models.
        number: Page number, counted from 1.
        total_pages: Number of pages in the list; None if the response does not contain it.
        total_count: Number of rows in the list; None if the response does not contain it.
        last: Whether the server marks this page as the last one.
    """

    items: list[T]
    number: int
    total_pages: int | None
    total_count: int | None
    last: bool


@frozen(kw_only=True)
class Drift:
    """Changes of a list during a read, and the pager's reaction to them.

    Attributes:
        duplicates: Number of rows that were read twice and returned once.
        shrunk: Number of rows by which the total count decreased between pages.
        grown: Number of rows by which the total count increased between pages.
        pages_reread: Number of times the pager stepped back to an earlier page.
        passes: Number of times the list was read from the start; more than 1 if it changed.
        may_be_incomplete: Whether the list still changed when the pager stopped, so that rows may
            be missing. Even if this is False, a row can be missing: if one row is added and another
            one archived between two pages, the total count does not change.
    """

    duplicates: int = 0
    shrunk: int = 0
    grown: int = 0
    pages_reread: int = 0
    passes: int = 1
    may_be_incomplete: bool = False

    def __bool__(self) -> bool:
        return self != Drift()


class PageCursor(Generic[T]):
    """Position in a list that is read page by page.

    If the total count decreases between two pages, rows have moved to pages that were read before.
    The cursor then steps back as many pages as these rows fill.

    If anything changed during a pass, the list is read from the start again. The passes end when a
    pass sees no change, or when it finds no new row between two rows seen before. Such a row was
    missed earlier. New rows at the start or the end of the list were only added.

    Args:
        start: Number of the first page, counted from 1.
        key: Returns the id of a row. A row whose id is None is new if its page is read for the
            first time.
    """

    def __init__(self, start: int, key: Callable[[T], object]) -> None:
        self.next_page: int | None = start
        self.drift = Drift()
        self.pages_read: set[int] = set()
        self._start, self._key = start, key
        self._seen_keys: set[object] = set()
        self._total_count: int | None = None
        self._gap_detector = _GapDetector()
        self._changed_in_pass = False

    def advance(self, page: Page[T]) -> list[T]:
        """Accept a page, set `next_page`, and return the rows that are new."""
        lost_rows = self._compare_totals(page)
        new_rows: list[T] = []
        for row in page.items:
            new = self._add_key(row, page.number)
            self._gap_detector.observe(new=new)
            if new:
                new_rows.append(row)
        if self.drift.passes == 1:
            self._count_duplicates(len(page.items) - len(new_rows))
        self.pages_read.add(page.number)
        self.next_page = self._choose_next(page, lost_rows)
        return new_rows

    def _add_key(self, row: T, number: int) -> bool:
        """Remember a row, and return whether it is new."""
        key = self._key(row)
        if key is None:
            return number not in self.pages_read
        if key in self._seen_keys:
            return False
        self._seen_keys.add(key)
        return True

    def _count_duplicates(self, count: int) -> None:
        self._changed_in_pass = self._changed_in_pass or count > 0
        self.drift = evolve(self.drift, duplicates=self.drift.duplicates + count)

    def _compare_totals(self, page: Page[T]) -> int:
        """Return the number of rows that the list lost since the page before."""
        previous, self._total_count = self._total_count, page.total_count
        if previous is None or page.total_count is None:
            return 0
        change = page.total_count - previous
        self._changed_in_pass = self._changed_in_pass or change != 0
        self.drift = evolve(
            self.drift,
            grown=self.drift.grown + max(0, change),
            shrunk=self.drift.shrunk + max(0, -change),
        )
        return max(0, -change)

    def _choose_next(self, page: Page[T], lost_rows: int) -> int | None:
        if lost_rows and page.number > self._start and self.drift.pages_reread < MAX_REREADS:
            self.drift = evolve(self.drift, pages_reread=self.drift.pages_reread + 1)
            pages_back = math.ceil(lost_rows / max(1, len(page.items)))
            return max(self._start, page.number - pages_back)
        last_by_total = page.total_pages is not None and page.number >= page.total_pages
        # An empty page is the end of a list whose responses contain no totals.
        if page.last or last_by_total or not page.items:
            return self._start_next_pass()
        return page.number + 1

    def _start_next_pass(self) -> int | None:
        """Return the first page if the list has to be read again, or None at the end."""
        changed, gap_found = self._changed_in_pass, self._gap_detector.gap_found
        self._changed_in_pass, self._gap_detector = False, _GapDetector()
        if not changed or not (self.drift.passes == 1 or gap_found):
            rereads_used_up = self.drift.pages_reread >= MAX_REREADS
            self.drift = evolve(self.drift, may_be_incomplete=changed and rereads_used_up)
            return None
        if self.drift.passes == MAX_PASSES:
            self.drift = evolve(self.drift, may_be_incomplete=True)
            return None
        self.drift = evolve(self.drift, passes=self.drift.passes + 1)
        return self._start


class _GapDetector:
    """Finds new rows between two rows that were seen before, in one pass."""

    def __init__(self) -> None:
        self.gap_found = False
        self._seen_row_found = False
        self._new_row_follows = False

    def observe(self, *, new: bool) -> None:
        """Record the next row of the pass."""
        if new:
            self._new_row_follows = self._new_row_follows or self._seen_row_found
        else:
            self.gap_found = self.gap_found or self._new_row_follows
            self._seen_row_found = True
