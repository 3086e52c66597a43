"""Pure: no I/O, no clock.

Compare the page numbers, sizes and offsets of responses with those of the requests.
"""

from __future__ import annotations

from typing import Generic, TypeVar

from .page import Page, PageEvidence

T = TypeVar("T")


class PageNumbering(Generic[T]):
    """The page numbers of a server, as far as its responses show them.

    A server that counts its pages from 0 returns its second page for page 1. The response says so
    by its mark `first` or by its offset. If it has neither, too few rows come in the end. In both
    cases page 0 is read. A server without a page 0 refuses it, or returns page 1 or no rows.

    Attributes:
        first_page: Number of the first page, 1 or 0.
        contradicted: Whether pages with new rows had an unexpected number, size or offset.
    """

    def __init__(self, start: int) -> None:
        self.first_page = start
        self.contradicted = False
        # Page 0 exists only before page 1, so a reading that starts later does not look for it.
        self._zero_tried = start != 1
        self._page_one: list[T] | None = None
        self._starts_at_one = False
        self._shift: int | None = None
        self._size: int | None = None
        self._previous: tuple[int, int, int | None] | None = None

    def find_other_start(self, page: Page[T], evidence: PageEvidence) -> bool:
        """Return whether the pass has to start again, at the changed `first_page`."""
        if page.number == 1 and self._page_one is None:
            self._page_one = page.items
            self._starts_at_one = evidence.first is True or evidence.offset == 0
            has_rows_before = evidence.first is False or (evidence.offset or 0) > 0
            return has_rows_before and page.total_count != 0 and self.try_zero()
        if page.number == 0 and (not page.items or page.items == self._page_one):
            self.first_page = 1
            return True
        return False

    def try_zero(self) -> bool:
        """Set the first page to 0 and return True, unless page 1 is known to be the first."""
        if self._zero_tried or self._starts_at_one:
            return False
        self._zero_tried = True
        self.first_page = 0
        return True

    def is_other_page(self, page: Page[T], evidence: PageEvidence) -> bool:
        """Return whether the response says that it is another page than the requested one.

        The first response shows from which number the server counts in its responses.
        """
        if evidence.number is None:
            return False
        shift = evidence.number - page.number
        if self._shift is None:
            self._shift = shift
        return shift != self._shift

    def observe(self, page: Page[T], evidence: PageEvidence) -> None:
        """Record a page with new rows."""
        if (
            self.is_other_page(page, evidence)
            or self._is_size_changed(page, evidence)
            or self._is_offset_ahead(page, evidence)
        ):
            self.contradicted = True
        self._previous = page.number, len(page.items), evidence.offset

    def _is_size_changed(self, page: Page[T], evidence: PageEvidence) -> bool:
        # Some servers send the number of rows on the page as its size, so the last page differs.
        if evidence.size is None or evidence.size == len(page.items):
            return False
        previous, self._size = self._size, evidence.size
        return previous is not None and previous != evidence.size

    def _is_offset_ahead(self, page: Page[T], evidence: PageEvidence) -> bool:
        """Return whether the offset skips rows between the page before and this one."""
        if self._previous is None:
            return False
        number, count, offset = self._previous
        if page.number != number + 1 or offset is None or evidence.offset is None:
            return False
        return evidence.offset - offset > count
