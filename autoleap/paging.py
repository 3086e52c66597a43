"""Pages and pagers: reading a numbered list to its end while its rows move.

The API numbers its pages, so a row inserted or archived while they are read shifts all behind it.
`Walk` decides which page comes next and which rows are new; the pager only fetches.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import partial
from typing import Generic, Protocol, TypeVar

from attrs import evolve, frozen

from .config import whole_number
from .errors import AutoLeapError, ResponseDecodeError
from .tasks import Task, end_all, spawn

# A list that moves without end would be read without end.
MAX_REREADS = 100
MAX_PASSES = 5

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
    reread: int = 0
    passes: int = 1
    unsure: bool = False

    def __bool__(self) -> bool:
        return self != Drift()


class Walk(Generic[T]):
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
        self.next: int | None = start
        self.drift = Drift()
        # Numbers of the pages taken so far.
        self.read: set[int] = set()
        self._start, self._key = start, key
        self._seen: set[object] = set()
        self._total: int | None = None
        self._midst = _Midst()
        self._moved = False

    def take(self, page: Page[T]) -> list[T]:
        """Accept a page, choose the next one, and return the rows not met before."""
        moved_up = self._compare_totals(page)
        fresh: list[T] = []
        for row in page.items:
            new = self._is_new(row, page.number)
            self._midst.met(new=new)
            if new:
                fresh.append(row)
        if self.drift.passes == 1:
            self._count_duplicates(len(page.items) - len(fresh))
        self.read.add(page.number)
        self.next = self._after(page, moved_up)
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

    def _after(self, page: Page[T], moved_up: int) -> int | None:
        if moved_up and page.number > self._start and self.drift.reread < MAX_REREADS:
            back = math.ceil(moved_up / max(1, len(page.items)))
            self.drift = evolve(self.drift, reread=self.drift.reread + 1)
            return max(self._start, page.number - back)
        known_last = page.total_pages is not None and page.number >= page.total_pages
        # A server that tells neither: an empty page is the end.
        if page.last or known_last or not page.items:
            return self._next_pass()
        return page.number + 1

    def _next_pass(self) -> int | None:
        """The first page again when this pass cannot be trusted, or None for the end."""
        first = self.drift.passes == 1
        moved, missed = self._moved, self._midst.fresh
        self._moved, self._midst, self._total = False, _Midst(), None
        if not moved or not (first or missed):
            return None
        if self.drift.passes == MAX_PASSES:
            self.drift = evolve(self.drift, unsure=True)
            return None
        self.drift = evolve(self.drift, passes=self.drift.passes + 1)
        return self._start

    def _is_new(self, row: T, number: int) -> bool:
        key = self._key(row)
        if key is None:
            return number not in self.read
        if key in self._seen:
            return False
        self._seen.add(key)
        return True


class _Midst:
    """Watches one pass for new rows with known ones on either side."""

    def __init__(self) -> None:
        self.fresh = False
        self._known_before = self._waiting = False

    def met(self, *, new: bool) -> None:
        if new:
            self._waiting = self._waiting or self._known_before
        else:
            self.fresh = self.fresh or self._waiting
            self._known_before = True


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
        self._prefetch = whole_number("prefetch", prefetch, minimum=0)
        self._walk: Walk[T] = Walk(1, key)

    @property
    def drift(self) -> Drift:
        """How the list moved under the last iteration, as far as totals and ids can tell."""
        return self._walk.drift

    def __aiter__(self) -> AsyncIterator[T]:
        return _Rows(self.pages())

    def pages(self, start: int = 1) -> AsyncIterator[Page[T]]:
        """Iterate whole pages, each without the rows that were met before.

        Args:
            start: The first page, counted from 1.
        """
        self._walk = Walk(whole_number("start", start), self._key)
        return _Pages(self.page, self._walk, self._prefetch)

    async def page(self, number: int) -> Page[T]:
        """Read one page by its number, counted from 1; past the end it is empty and last.

        Raises:
            AutoLeapError: with `next_page` set to this number.
        """
        whole_number("number", number)
        try:
            raw = await self._fetch(number)
            return _page(raw, number)
        except AutoLeapError as error:
            error.next_page = number
            raise

    async def collect(self, limit: int | None = None) -> list[T]:
        """Read rows into a list, at most `limit` of them, or all for None."""
        if limit is not None:
            whole_number("limit", limit, minimum=0)
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


def _page(raw: RawPage[T] | None, number: int) -> Page[T]:
    if raw is None or raw.content is None:
        raise ResponseDecodeError("the answer is not a page: it has no list called `content`")
    return Page(
        items=list(raw.content),
        number=number,
        total_pages=_whole(raw.total_pages),
        total_count=_whole(raw.total_count),
        last=raw.last is True,
    )


def _whole(value: object) -> int | None:
    """A count as a number, though it came as "120" or as 120.0; None when it tells nothing."""
    try:
        return int(value) if isinstance(value, int | float | str) else None
    except ValueError:
        return None


class _Pages(AsyncIterator[Page[T]]):
    """Follows a walk. Pages ahead are asked for in tasks of their own.

    An object, not an async generator: one can `break` out of it with nothing left to clean up.
    The few pages asked for ahead then end by themselves and are dropped.
    """

    def __init__(
        self, fetch: Callable[[int], Awaitable[Page[T]]], walk: Walk[T], prefetch: int
    ) -> None:
        self._fetch, self._walk, self._prefetch = fetch, walk, prefetch
        self._ahead: dict[int, Task[Page[T]]] = {}

    async def __anext__(self) -> Page[T]:
        while (number := self._walk.next) is not None:
            page = await self._read(number)
            again = number in self._walk.read
            fresh = self._walk.take(page)
            if self._walk.next != number + 1:
                await self._drop_ahead()
            self._ask_ahead(page)
            if fresh or not again:
                return evolve(page, items=fresh)
        raise StopAsyncIteration

    async def _read(self, number: int) -> Page[T]:
        try:
            if number not in self._ahead:
                return await self._fetch(number)
            await self._ahead[number].wait()
            return self._ahead.pop(number).result()
        except BaseException:
            # Failed or cancelled: nobody will come for the pages ahead.
            await self._drop_ahead()
            raise

    async def _drop_ahead(self) -> None:
        ahead, self._ahead = list(self._ahead.values()), {}
        await end_all(ahead)

    def _ask_ahead(self, page: Page[T]) -> None:
        """Keep `prefetch` pages on their way, none beyond what the server calls the end."""
        following = self._walk.next
        if following is None or page.total_pages is None:
            return
        for number in range(following, min(following + self._prefetch, page.total_pages + 1)):
            if number not in self._ahead:
                self._ahead[number] = spawn(partial(self._fetch, number))


class _Rows(AsyncIterator[T]):
    """The rows of an iterator of pages."""

    def __init__(self, pages: AsyncIterator[Page[T]]) -> None:
        self._pages = pages
        self._rows: list[T] = []

    async def __anext__(self) -> T:
        while not self._rows:
            self._rows = (await anext(self._pages)).items[::-1]
        return self._rows.pop()
