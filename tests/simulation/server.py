"""A simulated server: it answers the requests of the facade, with its habits and faults."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import partial

import httpx
import trio
from attrs import define, field

from tests.simulation.habits import Fault, Faults, Habits, Scenario
from tests.simulation.records import Json
from tests.simulation.refusals import SUCCESS, Reply, accept, make_error
from tests.simulation.store import Row, Store

# Seconds after the end of a request during which a late effect is within the assumptions.
QUIET_PERIOD = 10.0
# A history with more requests is stopped.
MAX_REQUESTS = 3000
MAX_FAILED_READS = 6

NO_FAULT = Fault("all", "none")


class OverrunError(Exception):
    """The client sends requests without end."""


@define
class SimulatedServer:
    """A server in memory.

    Attributes:
        scenario: Determines its habits and faults.
        store: Its rows.
        reads, listings, writes: Number of GET requests, of first pages, and of POST requests.
        troubles: Number of requests with a fault.
        on_request: Called when the server has begun to work on a request.
    """

    scenario: Scenario
    store: Store
    rng: random.Random
    on_request: Callable[[], None] = field(default=lambda: None, init=False)
    reads: int = field(default=0, init=False)
    listings: int = field(default=0, init=False)
    writes: int = field(default=0, init=False)
    troubles: int = field(default=0, init=False)
    _requests: int = field(default=0, init=False)
    _logins: int = field(default=0, init=False)
    _failed_reads: int = field(default=0, init=False)
    _write_faults: int = field(default=0, init=False)
    _revoked: bool = field(default=False, init=False)
    _replica_behind: bool = field(default=False, init=False)
    # Times of the last effect and of the end of each POST.
    _in_flight: list[tuple[float, float]] = field(factory=list[tuple[float, float]], init=False)

    @property
    def habits(self) -> Habits:
        return self.scenario.habits

    @property
    def faults(self) -> Faults:
        return self.scenario.faults

    async def handle(self, request: httpx.Request) -> httpx.Response:
        """Answer a request, or lose it."""
        self._requests += 1
        if self._requests > MAX_REQUESTS:
            raise OverrunError
        self._advance()
        path = request.url.path
        if path.endswith(("/partners/login", "/generateNewAccessToken")):
            self.on_request()
            return self._respond(self._log_in())
        if self._is_token_refused(request):
            return self._respond(make_error(401, "no valid token"))
        if request.method == "GET":
            return await self._answer_read(request)
        if request.method == "POST":
            return await self._answer_write(request)
        return await self._answer_update(request)

    def note_ended(self, at: float) -> None:
        """Note that the client has ended all its requests, without a response."""
        if any(effect > at + QUIET_PERIOD for effect, ended in self._in_flight if ended > at):
            self.store.broken_assumptions.add("an effect came after the quiet period")

    def _advance(self) -> None:
        self.store.advance(trio.current_time())

    # Sessions

    def _log_in(self) -> Reply:
        self._logins += 1
        tokens = {"accessToken": f"a{self._logins}", "refreshToken": f"r{self._logins}"}
        return Reply(200, json.dumps({"success": True, "data": tokens}))

    def _is_token_refused(self, request: httpx.Request) -> bool:
        revoked_at = self.faults.revoked_at
        if revoked_at is not None and not self._revoked and self.store.now >= revoked_at:
            self._revoked = True
            self._logins += 1  # the token of the next login is another one
            self.store.log("the access token is revoked")
        token: str | None = request.headers.get("Authorization")
        return token != f"Bearer a{self._logins}"

    # Writes

    async def _answer_write(self, request: httpx.Request) -> httpx.Response:
        self.writes += 1
        records: list[Json] = json.loads(await request.aread())["customers"]
        fault = self._draw_fault()
        latency = self.rng.uniform(*self.habits.latency)
        stored, reply = accept(records, self.habits)
        self.store.log(f"POST {self.writes}: {len(records)} records, {fault} -> {reply.status}")
        wait = self._patience(request) if fault.reply == "hang" else latency
        ends_at = self.store.now + wait
        rows: list[Row] = []
        self._act(stored, fault, latency, ends_at, rows)
        self.on_request()
        await trio.sleep(wait)
        self._advance()
        if fault.reply == "none" and len(stored) == len(records):
            for row in rows:
                row.acknowledged = True
        return self._reply_to_write(request, fault, reply)

    def _draw_fault(self) -> Fault:
        faults = self.faults
        if not faults.posts or self._write_faults >= max(faults.first, faults.limit):
            return NO_FAULT
        if self.writes > faults.first and self.rng.random() >= faults.probability:
            return NO_FAULT
        self._write_faults += 1
        self.troubles += 1
        return self.rng.choice(faults.posts)

    def _act(
        self,
        stored: Sequence[Json],
        fault: Fault,
        latency: float,
        ends_at: float,
        rows: list[Row],
    ) -> None:
        """Schedule what a POST changes; `rows` gets the rows when they are stored."""
        acts_at = self.store.now + latency * self.habits.stores_at
        match fault.acts:
            case "none":
                stored = []
            case "half":
                stored = stored[: len(stored) // 2]
            case "late":
                acts_at = ends_at + self.rng.uniform(*self.faults.late)
            case "all":
                pass
        if not stored:
            return
        self._in_flight.append((acts_at, ends_at))
        if acts_at > ends_at + QUIET_PERIOD:
            self.store.broken_assumptions.add("an effect came after the quiet period")
        self.store.schedule(acts_at, partial(self._store, stored, rows))

    def _store(self, records: Sequence[Json], rows: list[Row]) -> None:
        rows += self.store.store(records)
        if self.rng.random() < self.faults.sent_twice:
            self.store.broken_assumptions.add("a proxy sent a request twice")
            self.store.store(records)
        if self.rng.random() < self.faults.rolled_back:
            rolls_back_at = self.store.now + self.rng.uniform(0, 5)
            self.store.schedule(rolls_back_at, partial(self.store.roll_back, rows))

    def _reply_to_write(self, request: httpx.Request, fault: Fault, reply: Reply) -> httpx.Response:
        match fault.reply:
            case "none":
                return self._respond(reply)
            case "cut":
                raise httpx.ReadError("the connection was cut", request=request)
            case "hang":
                raise httpx.ReadTimeout("no response in time", request=request)
            case "connect":
                raise httpx.ConnectError("not reached", request=request)
            case "html":
                return self._respond(Reply(200, "<html>a proxy says hello</html>"))
            case "truncated":
                return self._respond(Reply(200, SUCCESS[:20]))
            case "declined":
                return self._respond(Reply(200, json.dumps({"success": False, "error": "not now"})))
            case "declined-text":
                return self._respond(Reply(200, json.dumps({"success": "false"})))
            case "429":
                return self._respond(self._limit())
            case status:
                return self._respond(make_error(int(status), "not now"))

    def _limit(self) -> Reply:
        after = self.faults.retry_after
        headers = {} if after is None else {"Retry-After": f"{after:g}"}
        return Reply(429, json.dumps({"success": False, "error": "too many requests"}), headers)

    async def _answer_update(self, request: httpx.Request) -> httpx.Response:
        """Change rows at once, without faults."""
        changes: list[Json] = json.loads(await request.aread())["customers"]
        rows = {row.id: row for row in self.store.rows}
        for change in changes:
            row = rows.get(change["customerId"])
            if row is not None:
                row.listed, row.text = {**row.listed, **change}, None
                row.updated_at = self.store.now
        await trio.sleep(self.rng.uniform(*self.habits.latency))
        self._advance()
        return self._respond(Reply(200, SUCCESS))

    # Reads

    async def _answer_read(self, request: httpx.Request) -> httpx.Response:
        self.reads += 1
        self.on_request()
        latency = self.rng.uniform(0.02, 0.1)
        failed = self.rng.random() < self.faults.reads and self._failed_reads < MAX_FAILED_READS
        self._failed_reads += failed
        self.troubles += failed
        await trio.sleep(latency / 2)
        self._advance()
        shown, reply = self._list(request.url.params)
        await trio.sleep(latency / 2)
        if failed:
            return self._respond(self._fail_read(request, reply))
        for row in shown:
            row.read = True
        return self._respond(reply)

    def _fail_read(self, request: httpx.Request, reply: Reply) -> Reply:
        self.store.log("the GET fails")
        match self.rng.choice(("cut", "500", "429", "truncated", "html")):
            case "cut":
                raise httpx.ReadError("the connection was cut", request=request)
            case "500":
                return make_error(500, "not now")
            case "429":
                return self._limit()
            case "truncated":
                return Reply(200, reply.body[: len(reply.body) // 2])
            case _:
                return Reply(200, "<html>a proxy says hello</html>")

    def _list(self, query: httpx.QueryParams) -> tuple[list[Row], Reply]:
        """Return the rows of one page of the list of customers, and the page."""
        habits, now = self.habits, self.store.now
        number, asked = int(query.get("page", "1")), int(query.get("size", "100"))
        self._note_first_page(number)
        size = min(asked, habits.page_limit)
        behind = habits.replica_lag if self._replica_behind else 0.0
        start, end = query.get("updatedDateStart"), query.get("updatedDateEnd")
        rows = [
            row
            for row in self.store.visible_rows(now - behind)
            if self.store.is_in_window(row, start, end)
        ]
        rows = self._sort(rows, query.get("sortDirection"))
        first = (number - habits.first_page) * size
        shown = rows[first : first + size] if first >= 0 else []
        self.store.log(f"GET page {number} since {start}: {len(shown)} of {len(rows)} rows")
        return shown, Reply(200, self._render_page(shown, number, size, len(rows), first))

    def _note_first_page(self, number: int) -> None:
        if number == 1:
            self.listings += 1
            self._replica_behind = self.listings % 2 == 1

    def _sort(self, rows: list[Row], direction: str | None) -> list[Row]:
        if self.habits.ties:
            # Rows of one second come in another order with every page.
            order = [self.rng.random() for _ in rows]
            pairs = sorted(zip(rows, order, strict=True), key=lambda p: (int(p[0].stored_at), p[1]))
            rows = [row for row, _ in pairs]
        newest_first = self.habits.newest_first if direction is None else direction == "DESC"
        return rows[::-1] if newest_first else rows

    def _render_page(
        self, shown: Sequence[Row], number: int, size: int, count: int, first: int
    ) -> str:
        habits = self.habits
        total = count if habits.total_cap is None else min(count, habits.total_cap)
        fields: Json = {
            "last": habits.always_last or first + size >= total,
            "size": size,
            "number": number,
            "numberOfElements": len(shown),
        }
        if habits.totals:
            fields |= {"totalPages": -(-total // size), "totalCount": total}
        content = ", ".join(map(self.store.render, shown))
        return f'{json.dumps(fields)[:-1]}, "content": [{content}]}}'

    # Responses

    def _respond(self, reply: Reply) -> httpx.Response:
        headers = {"Content-Type": "application/json", **reply.headers}
        ahead = self.habits.date_ahead
        if ahead is not None:
            moment = int(self.store.clock(trio.current_time()) + ahead)
            headers["Date"] = format_datetime(datetime.fromtimestamp(moment, UTC), usegmt=True)
        return httpx.Response(reply.status, content=reply.body.encode(), headers=headers)

    def _patience(self, request: httpx.Request) -> float:
        seconds: float = request.extensions["timeout"]["read"]
        return seconds
