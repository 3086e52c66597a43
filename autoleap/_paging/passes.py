"""Pure: no I/O, no clock.

Count the rows and the changes of one pass through a list.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from .page import Page

T = TypeVar("T")

# A pass ends at so many pages in sequence without a new row, because the server repeats its pages.
MAX_REPEATED_PAGES = 3

# Larger than any page number, so that a pass and a page fit into one integer.
_PAGES_PER_PASS = 2**40


class SeenRows(Generic[T]):
    """The rows of all passes, known by their ids.

    Args:
        key: Returns the id of a row. A row whose id is None is new if its page is read for the
            first time.

    Attributes:
        count: Number of different rows.
        without_id: Number of rows whose id is None.
    """

    def __init__(self, key: Callable[[T], object]) -> None:
        self.count = 0
        self.without_id = 0
        self._key = key
        self._places: dict[object, int] = {}
        self._pages: dict[int, int] = {}

    def is_repeated(self, page: Page[T], pass_number: int) -> bool:
        """Return whether every row of a page was on an earlier page of the same pass."""
        place = pass_number * _PAGES_PER_PASS + page.number
        keys = [self._key(row) for row in page.items]
        return bool(keys) and all(
            key is not None and self._is_in_pass(key, place, pass_number) for key in keys
        )

    def add(self, row: T, number: int, pass_number: int) -> tuple[bool, bool, bool]:
        """Remember a row.

        Returns:
            Whether the row is new in the reading, whether it is new in the pass, and whether it
            was on an earlier page of the pass.
        """
        key = self._key(row)
        if key is None:
            return self._add_without_id(number, pass_number)
        place = pass_number * _PAGES_PER_PASS + number
        previous = self._places.get(key)
        self._places[key] = place
        self.count += previous is None
        new_in_pass = previous is None or previous < pass_number * _PAGES_PER_PASS
        return previous is None, new_in_pass, not new_in_pass and (previous or 0) < place

    def end_page(self, number: int, pass_number: int) -> None:
        """Remember that a page was read."""
        self._pages[number] = pass_number

    def _add_without_id(self, number: int, pass_number: int) -> tuple[bool, bool, bool]:
        new = number not in self._pages
        self.count += new
        self.without_id += new
        return new, self._pages.get(number) != pass_number, False

    def _is_in_pass(self, key: object, place: int, pass_number: int) -> bool:
        return pass_number * _PAGES_PER_PASS <= self._places.get(key, -1) < place


class ListPass(Generic[T]):
    """One pass through a list.

    Attributes:
        number: Number of the pass, counted from 1.
        rows: Number of different rows in this pass.
        new_rows: Number of rows that no earlier page or pass contained.
        repeats: Number of rows that were on an earlier page of this pass as well.
        grown, shrunk: Change of the total count within the pass.
        first_total: Total count of the first page of the pass; None if it has none.
    """

    def __init__(self, number: int, seen: SeenRows[T], first_page: int, rows_before: int) -> None:
        self.number = number
        self.rows = self.new_rows = self.repeats = 0
        self.grown = self.shrunk = 0
        self.first_total: int | None = None
        self._seen = seen
        self._rows_before = {first_page: rows_before}
        self._highest_page = -1
        self._repeated_pages = 0
        self._previous_items: list[T] = []
        self._gaps = _GapDetector()

    @property
    def gap_found(self) -> bool:
        """Whether a new row was between two rows that were seen before."""
        return self._gaps.gap_found

    @property
    def repeats_pages(self) -> bool:
        """Whether the latest pages had no row that is new in the pass, so that the pass ends."""
        return self._repeated_pages >= MAX_REPEATED_PAGES

    @property
    def changed(self) -> bool:
        """Whether the total count changed within the pass."""
        return self.grown > 0 or self.shrunk > 0

    @property
    def steady(self) -> bool:
        """Whether nothing shows that rows moved during the pass."""
        return not self.changed and self.repeats == 0

    def is_repeated(self, page: Page[T]) -> bool:
        """Return whether every row of a page was on an earlier page of this pass."""
        return self._seen.is_repeated(page, self.number)

    def count_reached(self, page: Page[T]) -> int:
        """Return the number of rows in the list up to the end of a page."""
        reached = self._rows_before[page.number] + len(page.items)
        self._rows_before[page.number + 1] = reached
        return reached

    def add_total(self, total: int | None, change: int) -> None:
        """Remember the first total count, and count a later change of it."""
        if self._highest_page < 0:
            self.first_total = total
        else:
            self.grown += max(0, change)
            self.shrunk += max(0, -change)

    def add_rows(self, page: Page[T]) -> list[T]:
        """Count the rows of a page, and return those that are new."""
        new_rows: list[T] = []
        repeats = self.repeats
        for row in page.items:
            new, new_in_pass, repeat = self._seen.add(row, page.number, self.number)
            self._gaps.observe(new=new)
            self.rows += new_in_pass
            self.repeats += repeat
            if new:
                new_rows.append(row)
        self.new_rows += len(new_rows)
        only_repeats = self.repeats - repeats == len(page.items)
        self._end_page(page, repeated=only_repeats or page.items == self._previous_items)
        return new_rows

    def _end_page(self, page: Page[T], *, repeated: bool) -> None:
        # After a step back, known rows are no sign of a server that repeats its pages.
        if page.number > self._highest_page:
            self._repeated_pages = self._repeated_pages + 1 if repeated else 0
        self._highest_page = max(self._highest_page, page.number)
        self._previous_items = page.items
        self._seen.end_page(page.number, self.number)


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
