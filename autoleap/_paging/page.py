"""Pages of a list, and what a response says about the place of its page in the list."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Generic, Protocol, TypeVar

from attrs import frozen

from ..errors import ResponseDecodeError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


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
class PageEvidence:
    """Place of a page in the list, as the response states it; None for what it does not state.

    Attributes:
        number: Page number in the server's own counting.
        size: Number of rows that a page can hold.
        offset: Number of rows before this page.
        first: Whether this page is the first one.
        last: Whether this page is the last one.
    """

    number: int | None = None
    size: int | None = None
    offset: int | None = None
    first: bool | None = None
    last: bool | None = None


class RawPage(Protocol[T_co]):
    """Interface of every generated page model. A response can contain other types than these."""

    @property
    def content(self) -> Sequence[T_co] | None:
        """The rows of the page."""

    @property
    def total_pages(self) -> int | None:
        """Number of pages in the list."""

    @property
    def total_count(self) -> int | None:
        """Number of rows in the list."""

    @property
    def number(self) -> int | None:
        """Number of this page."""

    @property
    def size(self) -> int | None:
        """Number of rows that a page can hold."""

    @property
    def first(self) -> bool | None:
        """Whether this page is the first one."""

    @property
    def last(self) -> bool | None:
        """Whether this page is the last one."""

    @property
    def pageable(self) -> object:
        """The page request as the server understood it."""


def parse_page(raw: RawPage[T] | None, number: int) -> tuple[Page[T], PageEvidence]:
    """Return the page of a response, and what the response says about its place.

    Args:
        raw: The response as a generated model.
        number: The page number of the request.

    Raises:
        ResponseDecodeError: if the response contains no list of rows.
    """
    if raw is None or raw.content is None:
        raise ResponseDecodeError("the response is not a page: it has no list `content`")
    page = Page(
        items=list(raw.content),
        number=number,
        total_pages=_to_count(raw.total_pages),
        total_count=_to_count(raw.total_count),
        last=raw.last is True,
    )
    return page, _parse_evidence(raw)


def _parse_evidence(raw: RawPage[object]) -> PageEvidence:
    number, size = _to_count(raw.number), _to_count(raw.size)
    return PageEvidence(
        number=_read_pageable(raw, "page_number") if number is None else number,
        size=_read_pageable(raw, "page_size") if size is None else size,
        offset=_read_pageable(raw, "offset"),
        first=raw.first if isinstance(raw.first, bool) else None,
        last=raw.last if isinstance(raw.last, bool) else None,
    )


def _read_pageable(raw: RawPage[object], name: str) -> int | None:
    return _to_count(getattr(raw.pageable, name, None))


def _to_count(value: object) -> int | None:
    """Return a count as an integer, also from a text or a float; None for any other value."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        count = int(value)
    except (ValueError, OverflowError):
        return None
    return count if count >= 0 else None
