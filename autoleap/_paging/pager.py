"""Pagers: read a list of the API page by page during an iteration.

`cursor.PageCursor` decides which page to read next and which rows are new. A pager reads the pages,
and reads ahead in detached tasks if the caller asks for it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from functools import partial
from typing import Generic, TypeAlias, TypeVar

from attrs import evolve

from .._config import check_int
from .._instrumentation import call_and_parse, logger
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from ..errors import APIError, AutoLeapError
from .cursor import Drift, PageCursor
from .page import Page, PageEvidence, RawPage, parse_page

T = TypeVar("T")

# Responses of a server to a page that it does not have. Some servers fail at page 0.
_NO_SUCH_PAGE = frozenset({400, 404, 416, 422})
_NO_PAGE_ZERO = _NO_SUCH_PAGE | {500}


FetchPage: TypeAlias = Callable[[int], Awaitable[tuple[Page[T], PageEvidence]]]


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

    @property
    def complete(self) -> bool:
        """Whether the rows of the last iteration are proven to be the whole list.

        See `PageCursor.complete`. It can be True before the iteration ends.
        """
        return self._cursor.complete

    def __aiter__(self) -> AsyncIterator[T]:
        return self._rows()

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """Iterate over pages, each without the rows of earlier pages.

        Args:
            start: Number of the first page, counted from 1.

        Raises:
            ConfigurationError: if `start` is not an integer of at least 1.
        """
        return self._pages(start)

    async def page(self, number: int) -> Page[T]:
        """Read one page; a page after the end of the list has no items.

        Args:
            number: Page number, counted from 1.

        Raises:
            AutoLeapError: if the page cannot be read; its `next_page` is this number.
        """
        page, _ = await self._read(check_int("number", number))
        return page

    async def _read(self, number: int) -> tuple[Page[T], PageEvidence]:
        try:
            return await call_and_parse(
                partial(self._fetch, number), partial(parse_page, number=number)
            )
        except AutoLeapError as error:
            error.next_page = max(1, number)
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
        async with aclosing(self._rows()) as iterator:
            async for row in iterator:
                rows.append(row)
                if len(rows) == limit:
                    break
        return rows

    def _pages(self, start: int) -> _PageIterator[T]:
        self._cursor = PageCursor(check_int("start", start), self._key)
        return _PageIterator(self._read, self._cursor, self._prefetch)

    def _rows(self) -> _RowIterator[T]:
        return _RowIterator(self._pages(1))

    async def first(self) -> T | None:
        """Read the first row; None if the list is empty."""
        rows = await self.collect(limit=1)
        return rows[0] if rows else None


class _PageIterator(AsyncIterator[Page[T]]):
    """Iterator over the pages that a cursor chooses.

    It is not an async generator, because a `break` would leave an open generator.
    Pages that are being read ahead at that time end by themselves and are dropped, unless the
    caller of the iterator closes it.
    """

    def __init__(self, fetch: FetchPage[T], cursor: PageCursor[T], prefetch: int) -> None:
        self._fetch, self._cursor, self._prefetch = fetch, cursor, prefetch
        self._prefetched: dict[int, DetachedTask[tuple[Page[T], PageEvidence]]] = {}
        self._page_returned = False

    async def __anext__(self) -> Page[T]:
        while (number := self._cursor.next_page) is not None:
            page, evidence = await self._fetch_page(number)
            new_rows = self._cursor.advance(page, evidence)
            if self._cursor.reason is not None:
                logger.warning("a list may be incomplete: %s", self._cursor.reason)
            if self._cursor.next_page != number + 1:
                await self._cancel_prefetch()
            self._prefetch_pages(page)
            # A list without rows has one page. No other page without new rows is returned.
            if new_rows or (self._is_over() and not self._page_returned):
                self._page_returned = True
                return evolve(page, items=new_rows)
        raise StopAsyncIteration

    async def aclose(self) -> None:
        """Stop to read ahead."""
        await self._cancel_prefetch()

    def _is_over(self) -> bool:
        return self._cursor.next_page is None

    async def _fetch_page(self, number: int) -> tuple[Page[T], PageEvidence]:
        try:
            return await self._take_page(number)
        except APIError as error:
            no_page = _NO_PAGE_ZERO if number == 0 else _NO_SUCH_PAGE
            if self._cursor.after_end and error.status in no_page:
                return self._build_missing_page(number)
            await self._cancel_prefetch()
            raise
        except BaseException:
            # After an error or a cancellation the iteration does not go on, so the pages that
            # are being read ahead are not needed.
            await self._cancel_prefetch()
            raise

    def _build_missing_page(self, number: int) -> tuple[Page[T], PageEvidence]:
        """Return an empty page in place of a page that the server refuses as not existing."""
        page = Page[T](items=[], number=number, total_pages=None, total_count=None, last=True)
        return page, PageEvidence(last=True)

    async def _take_page(self, number: int) -> tuple[Page[T], PageEvidence]:
        if number not in self._prefetched:
            return await self._fetch(number)
        await self._prefetched[number].wait()
        return self._prefetched.pop(number).result()

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

    def __init__(self, pages: _PageIterator[T]) -> None:
        self._pages = pages
        self._reversed_rows: list[T] = []

    async def __anext__(self) -> T:
        while not self._reversed_rows:
            self._reversed_rows = (await anext(self._pages)).items[::-1]
        return self._reversed_rows.pop()

    async def aclose(self) -> None:
        """Stop to read ahead."""
        await self._pages.aclose()
