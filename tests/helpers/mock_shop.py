"""A shop's customers in a few lines: an AutoLeap in this process, whose troubles follow a script.

Faster than the sandbox, and exact to the request: it says which request is lost, declined, half
done, done too late, or the one at which the caller was cancelled. Its clock is that of the event
loop, which should be virtual (`virtual_loop`).
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Literal, TypeAlias

import anyio
import anyio.lowlevel
import httpx
from attrs import define, field

Json: TypeAlias = dict[str, Any]

# "...-after": the server acts, and then the answer fails. "half": it acts on the first half of a
# batch. "late": the answer is lost, and the server acts some seconds later.
Trouble = Literal[
    "429", "500", "500-after", "cut", "cut-after", "late", "half", "declined", "unreadable",
    "not-reached", "not-allowed",
]  # fmt: skip
PASSING: tuple[Trouble, ...] = (
    "429", "500", "500-after", "cut", "cut-after", "late", "half", "declined", "unreadable",
    "not-reached",
)  # fmt: skip

# Seconds that the server still works on a request whose answer was lost late.
LATE_WORK = 8.0


@define
class Row:
    """A customer that is there: as it was sent, as it is listed, and since when."""

    sent: Json
    listed: Json
    created: float
    updated: float


@define
class MockShop:
    """The server.

    Attributes:
        troubles: What goes wrong with which request; the first one after the login is 0.
        partial: Whether the good records of a refused batch are kept.
        page_size: Rows on a page at most, whatever is asked for.
        newest_first: How the list is sorted.
        tick: Seconds that every request takes.
        linger: Turns that others have between the deed and its answer.
        skew: Seconds by which the server's clock is ahead of the client's.
        date_ages: By how many seconds the date of an answer is old, in turn: some servers make it
            only now and then, and the busier they are the more seldom.
        defaults: Fields that are listed for a record that was sent without them.
        changes: Fields that the server sets in every record, whatever was sent.
        max_batch: Records that a write may have.
        before, after: Called with the number of each request, before and after it is acted upon.
    """

    troubles: Mapping[int, Trouble] = field(factory=dict[int, Trouble])
    partial: bool = False
    page_size: int = 100
    newest_first: bool = False
    tick: float = 0.0
    linger: int = 0
    skew: float = 0.0
    date_ages: Sequence[float] = (0.0,)
    defaults: Json = field(factory=dict[str, Any])
    changes: Json = field(factory=dict[str, Any])
    max_batch: int = 1000
    before: Callable[[int], object] = lambda number: None
    after: Callable[[int], object] = lambda number: None
    rows: dict[str, Row] = field(factory=dict[str, Row])
    writes: int = 0
    requests: int = 0
    late: list[tuple[float, httpx.Request]] = field(factory=list[tuple[float, httpx.Request]])
    _named: int = 0
    _epoch: float = 1_790_000_000.25
    _latest: float = 1_790_000_000.25

    def start_clock(self) -> None:
        """Go on with the time of the last run; every event loop has a clock of its own."""
        self._epoch = self._latest - anyio.current_time()

    def time(self) -> float:
        """Return the time of day, which is also that of the client."""
        self._latest = self._epoch + anyio.current_time()
        return self._latest

    def finish_late_work(self, before: float = math.inf) -> None:
        """Act on the late requests that are due."""
        due = [request for at, request in self.late if at <= before]
        self.late = [(at, request) for at, request in self.late if at > before]
        for request in due:
            self._written(request)

    async def answer(self, request: httpx.Request) -> httpx.Response:
        """Answer one request, or lose it."""
        if request.url.path.endswith("/partners/login"):
            return self._reply(200, {"data": {"accessToken": "a", "refreshToken": "r"}})
        number, self.requests = self.requests, self.requests + 1
        self.writes += request.method != "GET"
        self.before(number)
        await _turns(3)
        await anyio.sleep(self.tick)
        self.finish_late_work(self.time())
        try:
            return self._answered(request, self.troubles.get(number))
        finally:
            self.after(number)
            await _turns(self.linger)

    def _answered(self, request: httpx.Request, trouble: Trouble | None) -> httpx.Response:
        match trouble:
            case "429" | "500":
                return self._reply(int(trouble), {"error": "not now"})
            case "not-allowed":
                return self._reply(403, {"error": "not allowed"})
            case "declined":
                return self._reply(200, {"success": False, "error": "not now"})
            case "cut":
                raise httpx.ReadError("cut", request=request)
            case "not-reached":
                raise httpx.ConnectError("connection refused", request=request)
            case "late" if request.method == "POST":
                self.late.append((self.time() + LATE_WORK, request))
                raise httpx.ReadTimeout("too late", request=request)
            case _:
                return self._acted(request, trouble)

    def _acted(self, request: httpx.Request, trouble: Trouble | None) -> httpx.Response:
        """Act, and answer as the trouble has it."""
        if trouble == "half" and request.method != "GET":
            half = _records(request)[: len(_records(request)) // 2]
            self._write(request.method, self._accepted(request.method, half))
            return self._reply(500, {"error": "half way"})
        answer = self._page(request) if request.method == "GET" else self._written(request)
        if trouble in {"cut-after", "late"}:
            raise httpx.ReadError("cut", request=request)
        if trouble == "500-after":
            return self._reply(500, {"error": "not now"})
        if trouble == "unreadable":
            return httpx.Response(200, text="<html>", headers=self._date())
        return answer

    def _written(self, request: httpx.Request) -> httpx.Response:
        records = _records(request)
        if len(records) > self.max_batch:
            return self._reply(413, {"error": "too large"})
        accepted = self._accepted(request.method, records)
        if self.partial or len(accepted) == len(records):
            self._write(request.method, accepted)
        if len(accepted) < len(records):
            return self._reply(400, {"error": "a record is refused"})
        return self._reply(200, {"success": True, "data": {}})

    def _accepted(self, method: str, records: list[Json]) -> list[Json]:
        if method == "POST":
            return [record for record in records if record["lastName"] != "Bad"]
        return [record for record in records if record["customerId"] in self.rows]

    def _write(self, method: str, records: list[Json]) -> None:
        now = math.floor((self._latest + self.skew) * 1000) / 1000
        for record in records:
            if method == "POST":
                self._named += 1
                row = Row(record, {**self.defaults, **record, **self.changes}, now, now)
                self.rows[f"c{self._named}"] = row
            else:
                row = self.rows[record["customerId"]]
                change = record if method == "PUT" else {"customerStatus": "Inactive"}
                row.listed, row.updated = {**row.listed, **change}, now

    def _page(self, request: httpx.Request) -> httpx.Response:
        query = request.url.params
        since = datetime.fromisoformat(query.get("updatedDateStart", "2000-01-01T00:00:00Z"))
        rows = [
            {**row.listed, "customerId": key, "createdDate": _stamp(row.created)}
            for key, row in self.rows.items()
            if row.updated >= since.timestamp()
        ]
        rows = rows[::-1] if self.newest_first else rows
        size, page = min(int(query["size"]), self.page_size), int(query["page"])
        pages = max(1, math.ceil(len(rows) / size))
        return self._reply(
            200,
            {
                "content": rows[(page - 1) * size : page * size],
                "totalPages": pages,
                "totalCount": len(rows),
                "last": page >= pages,
            },
        )

    def _reply(self, status: int, body: Json) -> httpx.Response:
        return httpx.Response(status, json=body, headers=self._date())

    def _date(self) -> dict[str, str]:
        age = self.date_ages[(self.requests - 1) % len(self.date_ages)]
        now = datetime.fromtimestamp(math.floor(self._latest + self.skew - age), UTC)
        return {"Date": format_datetime(now, usegmt=True)}


def _records(request: httpx.Request) -> list[Json]:
    records: list[Json] = json.loads(request.content)["customers"]
    return records


def _stamp(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="milliseconds")


async def _turns(count: int) -> None:
    """Let others have their turn, as a network would."""
    for _ in range(count):
        await anyio.lowlevel.checkpoint()
