"""Pagers: lists that are read page by page as they are iterated.

`walk.Walk` decides which page comes next and which rows are new; a pager only fetches.
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
    """What every generated page model has."""

    @property
    def content(self) -> Sequence[T_co] | None:
        """The rows."""

    @property
    def total_pages(self) -> int | None:
        """Number of pages in the whole list."""

    @property
    def total_count(self) -> int | None:
        """Number of rows in the whole list."""

    @property
    def last(self) -> bool | None:
        """Whether there is no page after this one."""


class Pager(Generic[T]):
    """A list of the API that is read page by page as it is iterated; making one does no I/O.

    `async for row in pager` yields every row once. Errors out of a pager carry `next_page`: the
    page to go on with, as in `pager.pages(start=error.next_page)`. Each iteration starts anew.

    Args:
        fetch: Gets one page by its number.
        key: A row's id, by which a row met twice is known.
        prefetch: Pages to ask for ahead of the reader, 0 for none.
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
        """How the list moved under the last iteration, as far as totals and ids can tell."""
        return self._cursor.drift

    def __aiter__(self) -> AsyncIterator[T]:
        return _RowIterator(self.pages())

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """Iterate whole pages, each without the rows that were met before.

        Args:
            start: The first page, counted from 1.
        """
        self._cursor = PageCursor(check_int("start", start), self._key)
        return _PageIterator(self.page, self._cursor, self._prefetch)

    async def page(self, number: int) -> Page[T]:
        """Read one page by its number, counted from 1; past the end it is empty and last.

        Raises:
            AutoLeapError: with `next_page` set to this number.
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
        """Read rows into a list, at most `limit` of them, or all for None."""
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
        """Read the first row, or None when the list is empty."""
        rows = await self.collect(limit=1)
        return rows[0] if rows else None


def _parse_page(raw: RawPage[T] | None, number: int) -> Page[T]:
    if raw is None or raw.content is None:
        raise ResponseDecodeError("the answer is not a page: it has no list called `content`")
    return Page(
        items=list(raw.content),
        number=number,
        total_pages=_to_int(raw.total_pages),
        total_count=_to_int(raw.total_count),
        last=raw.last is True,
    )


def _to_int(value: object) -> int | None:
    """A count as a number, though it came as "120" or as 120.0; None when it tells nothing."""
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except (ValueError, OverflowError):
        return None


class _PageIterator(AsyncIterator[Page[T]]):
    """Follows a walk. Pages ahead are asked for in tasks of their own.

    An object, not an async generator: one can `break` out of it with nothing left to clean up.
    The few pages asked for ahead then end by themselves and are dropped.
    """

    def __init__(
        self, fetch: Callable[[int], Awaitable[Page[T]]], walk: PageCursor[T], prefetch: int
    ) -> None:
        self._fetch, self._cursor, self._prefetch = fetch, walk, prefetch
        self._prefetched: dict[int, DetachedTask[Page[T]]] = {}

    async def __anext__(self) -> Page[T]:
        while (number := self._cursor.next_page) is not None:
            page = await self._fetch_page(number)
            again = number in self._cursor.pages_read
            fresh = self._cursor.advance(page)
            if self._cursor.next_page != number + 1:
                await self._cancel_prefetch()
            self._prefetch_pages(page)
            if fresh or not again:
                return evolve(page, items=fresh)
        raise StopAsyncIteration

    async def _fetch_page(self, number: int) -> Page[T]:
        try:
            if number not in self._prefetched:
                return await self._fetch(number)
            await self._prefetched[number].wait()
            return self._prefetched.pop(number).result()
        except BaseException:
            # Failed or cancelled: nobody will come for the pages ahead.
            await self._cancel_prefetch()
            raise

    async def _cancel_prefetch(self) -> None:
        ahead, self._prefetched = list(self._prefetched.values()), {}
        await cancel_and_wait(ahead)

    def _prefetch_pages(self, page: Page[T]) -> None:
        """Keep `prefetch` pages on their way, none beyond what the server calls the end."""
        following = self._cursor.next_page
        if following is None or page.total_pages is None:
            return
        for number in range(following, min(following + self._prefetch, page.total_pages + 1)):
            if number not in self._prefetched:
                self._prefetched[number] = spawn_detached(partial(self._fetch, number))


class _RowIterator(AsyncIterator[T]):
    """The rows of an iterator of pages."""

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._rows: list[T] = []

    async def __anext__(self) -> T:
        while not self._rows:
            self._rows = (await anext(self._pages)).items[::-1]
        return self._rows.pop()
