"""Pure: no I/O, no clock.

Decide which page of a list to read next, while rows are added to the list and removed from it.

The API numbers its pages. A row that is added or archived during a read therefore moves all rows
behind it to other positions, and some of them to other pages. A server can also count pages from 0,
return smaller pages than requested, sort rows with equal dates in any order, or send wrong totals.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Generic, TypeVar

from attrs import evolve, frozen

from .completeness import Findings, describe_reason, is_hopeless, shows_all_rows
from .ending import PagePlace, is_announced_end, is_list_end
from .numbering import PageNumbering
from .page import Page, PageEvidence
from .passes import ListPass, SeenRows
from .totals import Totals

# Limits for a list that changes all the time, or whose pages contradict each other.
MAX_REREADS = 100
MAX_PASSES = 10
# The first passes are read to the end of the list. A later pass ends as soon as no row is missing.
FULL_PASSES = 2

T = TypeVar("T")


@frozen(kw_only=True)
class Drift:
    """Changes of a list during a read, and the pager's reaction to them.

    Attributes:
        duplicates: Number of rows that were read twice and returned once.
        shrunk: Number of rows by which the total count decreased between pages.
        grown: Number of rows by which the total count increased between pages.
        pages_reread: Number of times the pager stepped back to an earlier page.
        passes: Number of times the list was read from the start; more than 1 if it changed.
        may_be_incomplete: Whether the pager stopped without a pass that shows all rows, so that
            rows may be missing. The log then contains a warning with the reason. Even if this is
            False, a row can be missing: if one row is added and another one archived between two
            pages, the total count does not change.
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

    The cursor starts a new pass if the last one does not show all rows. A pass shows all rows if
    no row came twice, the total count did not change, and as many rows came as it says. From the
    second pass on, it is enough that the rows explain the changes: a list that only grew has as
    many rows as were read.

    Reads are bounded. Let P be the largest number of pages with rows in one pass. A reading takes
    at most `MAX_PASSES * (P + MAX_REPEATED_PAGES + 1) + 2 * MAX_REREADS + 4` pages. It takes
    exactly P pages (or 1 for an empty list) if the responses agree with each other, and one more if
    the total count equals one of `COUNT_LIMITS`.

    Args:
        start: Number of the first page, counted from 1.
        key: Returns the id of a row. A row whose id is None is new if its page is read for the
            first time.

    Attributes:
        next_page: Number of the page to read next; None at the end.
        after_end: Whether the server may refuse the next page, because its responses say that
            there is no such page.
        drift: Changes of the list so far.
        reason: Reason why the list may be incomplete, or None.
    """

    def __init__(self, start: int, key: Callable[[T], object]) -> None:
        self.next_page: int | None = start
        self.after_end = False
        self.drift = Drift()
        self.reason: str | None = None
        self._numbering: PageNumbering[T] = PageNumbering(start)
        self._totals = Totals()
        self._seen: SeenRows[T] = SeenRows(key)
        self._rows_missing_before_pass = False
        self._pass: ListPass[T] = ListPass(1, self._seen, start, 0)
        self._largest_page = 0
        self._pages_stepped_back = 0
        self._passes_without_new_rows = 0
        self._end_reached = self._row_repeated = False
        self._starts_at_first_row = start == 1

    @property
    def complete(self) -> bool:
        """Whether the rows so far are proven to be the whole list, as it was at the first page.

        The list was read to its end from its first page, every row has an id, as many different
        rows came as the first page said, and the total count never decreased. If a row came twice,
        as many rows came as the latest total says. This can be True before the iteration ends. A
        caller that needs only this proof can then stop, while the iteration looks for rows that
        were added since.
        """
        return (
            self._end_reached
            and self._starts_at_first_row
            and not self.drift.may_be_incomplete
            and self.drift.shrunk == 0
            and self._seen.without_id == 0
            and self._totals.first is not None
            and self._seen.count >= self._totals.first
            and (not self._row_repeated or self._has_all_rows_of_total())
        )

    def advance(self, page: Page[T], evidence: PageEvidence) -> list[T]:
        """Accept a page, set `next_page`, and return the rows that are new."""
        if self._numbering.find_other_start(page, evidence):
            self.next_page = self._go_to_start(self._pass.number)
            return []
        self.after_end = False
        if self._is_page_before_end(page, evidence):
            page = evolve(page, items=[])
        place = self._find_place(page, evidence)
        lost_rows = self._compare_totals(page, place.reached)
        new_rows = self._add_rows(page, evidence)
        self.next_page = self._choose_next(page, place, lost_rows)
        return new_rows

    def _is_page_before_end(self, page: Page[T], evidence: PageEvidence) -> bool:
        """Return whether the server sends its last page again, instead of a page after the end."""
        other = self._numbering.is_other_page(page, evidence)
        return other and evidence.last is not False and self._pass.is_repeated(page)

    def _find_place(self, page: Page[T], evidence: PageEvidence) -> PagePlace:
        is_first = self._largest_page == 0
        if is_first:
            self._find_rows_before(page, evidence)
        size = (evidence.size or 0) if is_first else self._largest_page
        self._largest_page = max(self._largest_page, len(page.items))
        reached = self._pass.count_reached(page)
        return PagePlace(
            index=page.number + 1 - min(1, self._numbering.first_page),
            reached=None if self._totals.rows_before is None else reached,
            full=len(page.items) >= size,
            last=evidence.last,
        )

    def _find_rows_before(self, page: Page[T], evidence: PageEvidence) -> None:
        """Find out how many rows are before a reading that does not start at the first row."""
        if not self._starts_at_first_row:
            rows_before = evidence.offset or (page.number - 1) * (evidence.size or 0)
            self._totals.rows_before = rows_before or None
            self._go_to_start(self._pass.number)

    def _compare_totals(self, page: Page[T], reached: int | None) -> int:
        """Return the number of rows that the list lost since the page before."""
        change = self._totals.compare(page.total_count, reached, empty=not page.items)
        self._pass.add_total(page.total_count, change)
        self.drift = evolve(
            self.drift,
            grown=self.drift.grown + max(0, change),
            shrunk=self.drift.shrunk + max(0, -change),
        )
        return max(0, -change)

    def _add_rows(self, page: Page[T], evidence: PageEvidence) -> list[T]:
        new_rows = self._pass.add_rows(page)
        if new_rows:
            self._numbering.observe(page, evidence)
        self._row_repeated = self._row_repeated or self._pass.repeats > 0
        if self._pass.number == 1:
            duplicates = self.drift.duplicates + len(page.items) - len(new_rows)
            self.drift = evolve(self.drift, duplicates=duplicates)
        return new_rows

    def _choose_next(self, page: Page[T], place: PagePlace, lost_rows: int) -> int | None:
        pages_back = self._count_pages_back(page, lost_rows)
        if pages_back > 0:
            self._pages_stepped_back += pages_back
            self.drift = evolve(self.drift, pages_reread=self.drift.pages_reread + 1)
            return page.number - pages_back
        if self._is_pass_end(page, place):
            return self._end_pass()
        self.after_end = is_announced_end(page, place)
        return page.number + 1

    def _count_pages_back(self, page: Page[T], lost_rows: int) -> int:
        """Return the number of pages to step back; 0 for none, and after too many."""
        pages_back = math.ceil(lost_rows / max(1, self._largest_page))
        pages_back = min(pages_back, page.number - self._numbering.first_page)
        return pages_back if self._pages_stepped_back + pages_back <= MAX_REREADS else 0

    def _is_pass_end(self, page: Page[T], place: PagePlace) -> bool:
        if is_list_end(page, place):
            self._end_reached = True
            return True
        # At the end of a list, a total that is too small is known to be wrong.
        late_pass = self._pass.number > FULL_PASSES and self._end_reached
        if late_pass and self._rows_missing_before_pass and self._has_all_rows_of_total():
            return True
        return self._pass.repeats_pages

    def _has_all_rows_of_total(self) -> bool:
        expected = self._totals.expected
        return expected is not None and self.drift.shrunk == 0 and self._seen.count >= expected

    def _end_pass(self) -> int | None:
        """Return the first page if the list has to be read again, or None at the end."""
        self._passes_without_new_rows += 1
        if self._pass.new_rows > 0:
            self._passes_without_new_rows = 0
        findings = self._find()
        if shows_all_rows(self._pass, findings):
            return None
        zero_follows = self._is_one_page_missing() and self._numbering.try_zero()
        hopeless = self._pass.number == MAX_PASSES or is_hopeless(self._pass, findings)
        if hopeless and not zero_follows:
            self.reason = describe_reason(self._pass, findings)
            self.drift = evolve(self.drift, may_be_incomplete=True)
            return None
        self.drift = evolve(self.drift, passes=self.drift.passes + 1)
        return self._go_to_start(self._pass.number + 1)

    def _is_one_page_missing(self) -> bool:
        """Return whether the first pass missed one page, as if the server counted from 0."""
        missing = (self._totals.expected or 0) - self._seen.count
        one_page = missing <= self._largest_page or self._seen.count == 0
        return self._pass.number == 1 and missing > 0 and one_page

    def _find(self) -> Findings:
        return Findings(
            rows=self._seen.count,
            expected=self._totals.expected,
            expected_at_pass_start=self._totals.count_expected(self._pass.first_total),
            shrunk=self.drift.shrunk,
            contradicted=self._numbering.contradicted,
            passes_without_new_rows=self._passes_without_new_rows,
        )

    def _go_to_start(self, pass_number: int) -> int:
        """Start a pass at the first page, and return its number."""
        expected = self._totals.expected
        self._rows_missing_before_pass = expected is not None and self._seen.count < expected
        self._pass = ListPass(
            pass_number, self._seen, self._numbering.first_page, self._totals.rows_before or 0
        )
        # A server that counts from 1 refuses page 0.
        self.after_end = self._numbering.first_page == 0
        return self._numbering.first_page
