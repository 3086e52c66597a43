"""Reading a numbered list to its end while its rows move: decisions only.

The API numbers its pages, so a row inserted or archived while they are read shifts all behind it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import evolve, frozen

# A list that moves without end would be read without end.
MAX_REREADS = 100


MAX_PASSES = 5


T = TypeVar("T")


@frozen(kw_only=True)
class Page(Generic[T]):
    """One page of a list.

    Attributes:
        items: The rows, typed.
        number: Page number, counted from 1.
        total_pages, total_count: As the server said with this page; None when it did not.
        last: Whether the server called it the last one.
    """

    items: list[T]
    number: int
    total_pages: int | None
    total_count: int | None
    last: bool


@frozen(kw_only=True)
class Drift:
    """How a list moved while it was read, and what was done about it.

    Attributes:
        duplicates: Rows met a second time and left out.
        shrunk: Rows that the total lost between pages.
        grown: Rows that it gained.
        reread: Pages read again because rows had moved up past the reader.
        passes: How often the list was read from the start; more than once when it moved.
        unsure: Whether it still moved when the reader gave up: rows may be missing. False cannot
            exclude that a row was inserted and another archived between two pages, since then
            the totals tell nothing.
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
    """Which page to read next, and which rows of it are new: decisions only.

    When the total shrinks between two pages, rows have moved up, perhaps past the reader: it steps
    back as many pages as they fill. When anything moved in a pass, the list is read once more,
    until a pass is quiet or meets no new row among those it knows: a row in their midst had been
    missed, while new rows at either end were only just inserted.

    Args:
        start: The first page, counted from 1.
        key: A row's id, or None for a row that has none: it is new when its page is.
    """

    def __init__(self, start: int, key: Callable[[T], object]) -> None:
        self.next_page: int | None = start
        self.drift = Drift()
        # Numbers of the pages taken so far.
        self.pages_read: set[int] = set()
        self._start, self._key = start, key
        self._seen: set[object] = set()
        self._total: int | None = None
        self._gaps = _GapDetector()
        self._moved = False

    def advance(self, page: Page[T]) -> list[T]:
        """Accept a page, choose the next one, and return the rows not met before."""
        moved_up = self._compare_totals(page)
        fresh: list[T] = []
        for row in page.items:
            new = self._is_new(row, page.number)
            self._gaps.observe(new=new)
            if new:
                fresh.append(row)
        if self.drift.passes == 1:
            self._count_duplicates(len(page.items) - len(fresh))
        self.pages_read.add(page.number)
        self.next_page = self._choose_next(page, moved_up)
        return fresh

    def _count_duplicates(self, count: int) -> None:
        self._moved = self._moved or count > 0
        self.drift = evolve(self.drift, duplicates=self.drift.duplicates + count)

    def _compare_totals(self, page: Page[T]) -> int:
        """How many rows the list lost since the last page; they may have moved up past us."""
        before, self._total = self._total, page.total_count
        change = 0 if before is None or page.total_count is None else page.total_count - before
        self._moved = self._moved or change != 0
        self.drift = evolve(
            self.drift,
            grown=self.drift.grown + max(0, change),
            shrunk=self.drift.shrunk + max(0, -change),
        )
        return max(0, -change)

    def _choose_next(self, page: Page[T], moved_up: int) -> int | None:
        if moved_up and page.number > self._start and self.drift.pages_reread < MAX_REREADS:
            back = math.ceil(moved_up / max(1, len(page.items)))
            self.drift = evolve(self.drift, pages_reread=self.drift.pages_reread + 1)
            return max(self._start, page.number - back)
        known_last = page.total_pages is not None and page.number >= page.total_pages
        # A server that tells neither: an empty page is the end.
        if page.last or known_last or not page.items:
            return self._start_next_pass()
        return page.number + 1

    def _start_next_pass(self) -> int | None:
        """The first page again when this pass cannot be trusted, or None for the end."""
        first = self.drift.passes == 1
        moved, missed = self._moved, self._gaps.gap_found
        self._moved, self._gaps = False, _GapDetector()
        if not moved or not (first or missed):
            given_up = moved and self.drift.pages_reread >= MAX_REREADS
            self.drift = evolve(self.drift, may_be_incomplete=given_up)
            return None
        if self.drift.passes == MAX_PASSES:
            self.drift = evolve(self.drift, may_be_incomplete=True)
            return None
        self.drift = evolve(self.drift, passes=self.drift.passes + 1)
        return self._start

    def _is_new(self, row: T, number: int) -> bool:
        key = self._key(row)
        if key is None:
            return number not in self.pages_read
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


class _GapDetector:
    """Watches one pass for new rows with known ones on either side."""

    def __init__(self) -> None:
        self.gap_found = False
        self._known_seen = self._new_after_known = False

    def observe(self, *, new: bool) -> None:
        if new:
            self._new_after_known = self._new_after_known or self._known_seen
        else:
            self.gap_found = self.gap_found or self._new_after_known
            self._known_seen = True
