"""A list of the server that moves while it is read."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import anyio.lowlevel
from attrs import define, field, frozen

from autoleap import Pager


@frozen
class Row:
    id: int


@frozen
class RawPage:
    content: Sequence[Row]
    total_pages: int
    total_count: int
    last: bool
    number: int
    size: int
    first: bool
    pageable: None = None


@define
class MovingList:
    """A list of the server; `before_read` moves it each time a page is read."""

    rows: list[int]
    size: int
    before_read: Callable[[MovingList], object] = lambda moving: None
    reads: int = 0
    archived: set[int] = field(factory=set[int])
    _next: int = 1_000_000

    @property
    def inserted(self) -> int:
        return self._next - 1_000_000

    def insert(self, place: int) -> None:
        self.rows.insert(place, self._next)
        self._next += 1

    def archive(self, place: int) -> None:
        self.archived.add(self.rows.pop(place))

    async def fetch(self, number: int) -> RawPage:
        await anyio.lowlevel.checkpoint()
        self.before_read(self)
        self.reads += 1
        pages = max(1, math.ceil(len(self.rows) / self.size))
        rows = self.rows[(number - 1) * self.size : number * self.size]
        return RawPage(
            [Row(id_) for id_ in rows],
            total_pages=pages,
            total_count=len(self.rows),
            last=number >= pages,
            number=number,
            size=self.size,
            first=number == 1,
        )


async def read_all(moving: MovingList, prefetch: int) -> tuple[list[int], Pager[Row]]:
    pager = Pager(moving.fetch, lambda row: row.id, prefetch)
    return [row.id async for row in pager], pager
