"""Pagers: read a list of the API page by page during an iteration.

`cursor.PageCursor` decides which page to read next and which rows are new. A pager reads the pages,
and reads ahead in detached tasks if the caller asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from attrs import evolve

from .._config import check_int
from .._instrumentation import call_and_parse
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from ..errors import AutoLeapError, ResponseDecodeError
from .cursor import Drift, Page, PageCursor

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class RawPage(Protocol[T_co]):
    """Interface of every generated page model."""

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
    def last(self) -> bool | None:
        """Whether this page is the last one."""


class Pager(Generic[T]):
    """A list of the API that is read page by page during an iteration.

    `async for row in pager` yields every row once. Creating a pager does no I/O, and each iteration
    starts again at the first page. An error of a pager has the attribute `next_page`. Continue
    with `pager.pages(start=error.next_page)`.

    Args:
        fetch: Reads one page by its number.
        key: Returns the id of a row, so that a row that is read twice is returned once.
        prefetch: Number of pages to read ahead; 0 for none.

    Raises:
        ConfigurationError: if `prefetch` is not an integer of at least 0.
    """

    def __init__(
        self,
        fetch: Callable[[int], Awaitable[RawPage[T] | None]],
        key: Callable[[T], object],
        prefetch: int = 0,
    ) -> None:
        self._fetch, self._key = fetch, key
        self._prefetch = check_int("prefetch", prefetch, minimum=0)
        self._cursor: PageCursor[T] = PageCursor(1, key)

    @property
    def drift(self) -> Drift:
        """Changes of the list during the last iteration, as far as totals and ids show them."""
        return self._cursor.drift

    def __aiter__(self) -> AsyncIterator[T]:
        return _RowIterator(self.pages())

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """Iterate over pages, each without the rows of earlier pages.

        Args:
            start: Number of the first page, counted from 1.

        Raises:
            ConfigurationError: if `start` is not an integer of at least 1.
        """
        self._cursor = PageCursor(check_int("start", start), self._key)
        return _PageIterator(self.page, self._cursor, self._prefetch)

    async def page(self, number: int) -> Page[T]:
        """Read one page; a page after the end of the list has no items.

        Args:
            number: Page number, counted from 1.

        Raises:
            AutoLeapError: if the page cannot be read; its `next_page` is this number.
        """
        check_int("number", number)
        try:
            return await call_and_parse(
                partial(self._fetch, number), partial(_parse_page, number=number)
            )
        except AutoLeapError as error:
            error.next_page = number
            raise

    async def collect(self, limit: int | None = None) -> list[T]:
        """Read rows into a list.

        Args:
            limit: Largest number of rows; None for all rows.
        """
        if limit is not None:
            check_int("limit", limit, minimum=0)
        rows: list[T] = []
        if limit == 0:
            return rows
        async for row in self:
            rows.append(row)
            if len(rows) == limit:
                break
        return rows

    async def first(self) -> T | None:
        """Read the first row; None if the list is empty."""
        rows = await self.collect(limit=1)
        return rows[0] if rows else None


def _parse_page(raw: RawPage[T] | None, number: int) -> Page[T]:
    if raw is None or raw.content is None:
        raise ResponseDecodeError("the response is not a page: it has no list `content`")
    return Page(
        items=list(raw.content),
        number=number,
        total_pages=_to_int(raw.total_pages),
        total_count=_to_int(raw.total_count),
        last=raw.last is True,
    )


def _to_int(value: object) -> int | None:
    """Return a count as an integer, also from a text or a float; None for any other value."""
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


class _PageIterator(AsyncIterator[Page[T]]):
    """Iterator over the pages that a cursor chooses.

    It is not an async generator, because a `break` would leave an open generator.
    Pages that are being read ahead at that time end by themselves and are dropped.
    """

    def __init__(
        self, fetch: Callable[[int], Awaitable[Page[T]]], cursor: PageCursor[T], prefetch: int
    ) -> None:
        self._fetch, self._cursor, self._prefetch = fetch, cursor, prefetch
        self._prefetched: dict[int, DetachedTask[Page[T]]] = {}

    async def __anext__(self) -> Page[T]:
        while (number := self._cursor.next_page) is not None:
            page = await self._fetch_page(number)
            reread = number in self._cursor.pages_read
            new_rows = self._cursor.advance(page)
            if self._cursor.next_page != number + 1:
                await self._cancel_prefetch()
            self._prefetch_pages(page)
            if new_rows or not reread:
                return evolve(page, items=new_rows)
        raise StopAsyncIteration

    async def _fetch_page(self, number: int) -> Page[T]:
        try:
            if number not in self._prefetched:
                return await self._fetch(number)
            await self._prefetched[number].wait()
            return self._prefetched.pop(number).result()
        except BaseException:
            # After an error or a cancellation the iteration does not go on, so the pages that
            # are being read ahead are not needed.
            await self._cancel_prefetch()
            raise

    async def _cancel_prefetch(self) -> None:
        tasks, self._prefetched = list(self._prefetched.values()), {}
        await cancel_and_wait(tasks)

    def _prefetch_pages(self, page: Page[T]) -> None:
        """Start to read the next `prefetch` pages, but none after the last page of the list."""
        start = self._cursor.next_page
        if start is None or page.total_pages is None:
            return
        for number in range(start, min(start + self._prefetch, page.total_pages + 1)):
            if number not in self._prefetched:
                self._prefetched[number] = spawn_detached(partial(self._fetch, number))


class _RowIterator(AsyncIterator[T]):
    """Iterator over the rows of pages."""

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._reversed_rows: list[T] = []

    async def __anext__(self) -> T:
        while not self._reversed_rows:
            self._reversed_rows = (await anext(self._pages)).items[::-1]
        return self._reversed_rows.pop()
