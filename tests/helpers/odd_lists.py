"""A list on a server with habits that the contract does not exclude.

`respond` returns the JSON of one page, for unit tests and for a MockTransport.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any, Literal, TypeAlias

from attrs import define, field

Json: TypeAlias = dict[str, Any]

Mark = Literal["right", "always", "never", "missing"]
AfterEnd = Literal["empty", "last page", "refused"]


class NoSuchPageError(Exception):
    """The server refuses a page number."""


@define
class OddList:
    """The list.

    Attributes:
        rows: Ids of the rows.
        size: Rows per page as requested.
        largest_size: Rows per page that the server returns at most.
        hides_limit: Whether the response contains the requested size, in place of the real one.
        skips: Whether the server counts the offset by the requested size.
        counts_from: Number of the first page.
        number_shift: Difference between the number in a response and that of the request.
        marks: Whether responses contain the marks `first`, `number`, `size` and `pageable`.
        last: How right the mark `last` is.
        after_end: Response to a page after the end.
        repeats: Whether every page is the first page.
        total: Returns the total count that is sent for the real one.
        pages: Whether responses contain `totalPages`.
        last_by_total: Whether `last` follows from the total count that is sent.
        ties: Number of neighbours that the server returns in any order.
        without_id: Whether the rows have no id.
        before_read: Changes the list before each read.
    """

    rows: list[int]
    size: int = 10
    largest_size: int = 1_000_000
    hides_limit: bool = False
    skips: bool = False
    counts_from: int = 1
    number_shift: int = 0
    marks: bool = True
    last: Mark = "right"
    after_end: AfterEnd = "empty"
    repeats: bool = False
    total: Callable[[int], int | None] = lambda count: count
    pages: bool = True
    last_by_total: bool = False
    ties: int = 1
    without_id: bool = False
    before_read: Callable[[OddList], object] = lambda odd: None
    rng: random.Random = field(factory=lambda: random.Random(9))
    reads: int = 0
    numbers: list[int] = field(factory=list[int])

    @property
    def page_size(self) -> int:
        return min(self.size, self.largest_size)

    @property
    def page_count(self) -> int:
        return max(1, math.ceil(len(self.rows) / self.page_size))

    def respond(self, number: int) -> Json:
        """Return a page as JSON with the ids in `content`."""
        self.before_read(self)
        self.reads += 1
        self.numbers.append(number)
        index = self._find_index(number)
        step = self.size if self.skips else self.page_size
        rows = self._sort()[index * step : index * step + self.page_size]
        return self._envelope(index, index * step, rows)

    def _find_index(self, number: int) -> int:
        index = 0 if self.repeats else number - self.counts_from
        if index < 0 or (self.after_end == "refused" and index >= self.page_count):
            raise NoSuchPageError(number)
        if self.after_end == "last page":
            return min(index, self.page_count - 1)
        return index

    def _sort(self) -> list[int]:
        if self.ties == 1:
            return self.rows
        rows: list[int] = []
        for start in range(0, len(self.rows), self.ties):
            tied = self.rows[start : start + self.ties]
            self.rng.shuffle(tied)
            rows += tied
        return rows

    def _envelope(self, index: int, offset: int, rows: list[int]) -> Json:
        total = self.total(len(self.rows))
        told_size = self.size if self.hides_limit else self.page_size
        page: Json = {"content": rows, "totalCount": total}
        pages = None if total is None or not self.pages else math.ceil(total / told_size)
        page["totalPages"] = pages
        page["last"] = self._mark_last(index, pages if self.last_by_total else None)
        if self.marks:
            number = index + self.counts_from + self.number_shift
            page |= {"number": number, "size": told_size, "first": index == 0}
            page["pageable"] = {"offset": offset, "pageSize": told_size, "pageNumber": number}
        return page

    def _mark_last(self, index: int, pages: int | None) -> bool | None:
        real = index + 1 >= (self.page_count if pages is None else pages)
        return {"right": real, "always": True, "never": False, "missing": None}[self.last]
