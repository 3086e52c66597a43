"""Pure: no I/O, no clock.

Decide whether a page is the end of a list, from marks that can contradict each other.
"""

from __future__ import annotations

from typing import TypeVar

from attrs import frozen

from .page import Page

T = TypeVar("T")

# Some servers count rows up to a limit. A total that equals one of these limits can be too low, so
# one page after the announced end is read.
COUNT_LIMITS = frozenset(10**exponent for exponent in range(3, 10))


@frozen(kw_only=True)
class PagePlace:
    """Place of a page in its list, as the reading found it.

    Attributes:
        index: Number of the page, counted from 1 also if the server counts from 0.
        reached: Number of rows up to the end of this page; None if unknown.
        full: Whether the page holds as many rows as a page can hold.
        last: Whether the response marks the page as the last one; None if it has no mark.
    """

    index: int
    reached: int | None
    full: bool
    last: bool | None


def is_announced_end(page: Page[T], place: PagePlace) -> bool:
    """Return whether a mark of the server says that no page follows this one."""
    by_pages = page.total_pages is not None and place.index >= page.total_pages
    return by_pages or place.last is True


def is_list_end(page: Page[T], place: PagePlace) -> bool:
    """Return whether a page is the last one of the list.

    The end needs two signs that agree. If the total is larger than the number of rows so far, no
    mark counts. A total that is smaller is wrong and does not count.
    """
    if not page.items:
        return True
    if page.total_count is None or place.reached is None or page.total_count < place.reached:
        return _is_end_without_total(page, place)
    if place.reached < page.total_count:
        return False
    if not place.full:
        return True
    if page.total_count in COUNT_LIMITS or place.last is False:
        return False
    pages_follow = page.total_pages is not None and page.total_pages > place.index
    return place.last is True or not pages_follow


def _is_end_without_total(page: Page[T], place: PagePlace) -> bool:
    # Fewer pages than were read is a wrong number, like a total that is too small.
    usable = page.total_pages is not None and page.total_pages >= place.index
    if usable and page.total_pages != place.index:
        return False
    if usable:
        return place.last is not False or not place.full
    # Only an empty page or a last page that is not full ends a list without numbers.
    return place.last is True and not place.full
