"""The rows of a simulated server: when they are stored, when a list shows them, how they look."""

from __future__ import annotations

import heapq
import itertools
import json
import math
import random
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

from attrs import define, field

from tests.simulation.habits import Habits
from tests.simulation.records import Json, customer, rewrite, spell

Owner: TypeAlias = Literal["import", "other", "before"]


@define(eq=False)
class Row:
    """A customer that is stored.

    Attributes:
        id: Its id.
        content: What was sent, in one spelling.
        listed: What a list shows, in JSON.
        stored_at, updated_at: When it was stored and changed, in seconds of virtual time.
        visible_from, visible_to: When a list shows it.
        owner: Which writer stored it.
        with_id: Whether a list shows its id.
        read: Whether a list has shown it.
        acknowledged: Whether the client got a success for it.
        rolled_back: Whether it disappeared after a success.
    """

    id: str
    content: str
    listed: Json
    stored_at: float
    updated_at: float
    visible_from: float
    visible_to: float = math.inf
    owner: Owner = "import"
    with_id: bool = True
    read: bool = False
    acknowledged: bool = False
    rolled_back: bool = False
    text: str | None = None


@define
class Store:
    """The rows of the server, and what will happen to them.

    Attributes:
        habits: What the server is like.
        epoch: Seconds since the epoch at virtual time 0.
        rng: Random numbers of the server.
        records: The records of the import, for other writers that have equal or similar ones.
        rows: All rows, in the order of storing.
        broken_assumptions: What happened that no client can see.
        events: Times and texts of what happened.
    """

    habits: Habits
    epoch: float
    rng: random.Random
    records: Sequence[Json]
    rows: list[Row] = field(factory=list[Row], init=False)
    broken_assumptions: set[str] = field(factory=set[str], init=False)
    events: list[tuple[float, str]] = field(factory=list[tuple[float, str]], init=False)
    now: float = field(default=0.0, init=False)
    _effects: list[tuple[float, int, Callable[[], None]]] = field(factory=list, init=False)
    _scheduled: int = field(default=0, init=False)
    _numbers: Iterator[int] = field(factory=itertools.count, init=False)

    def __attrs_post_init__(self) -> None:
        for number in range(self.habits.before):
            self._store_before(number)
        for rate, action in (
            (self.habits.inserts, self._insert),
            (self.habits.archives, self._archive),
        ):
            if rate:
                self._repeat(rate, action)

    def log(self, text: str, at: float | None = None) -> None:
        """Note what happened."""
        self.events.append((self.now if at is None else at, text))

    def schedule(self, at: float, effect: Callable[[], None]) -> None:
        """Let something happen at a time."""
        self._scheduled += 1
        heapq.heappush(self._effects, (at, self._scheduled, effect))

    def advance(self, now: float) -> None:
        """Let everything happen that is due."""
        while self._effects and self._effects[0][0] <= now:
            self.now, _, effect = heapq.heappop(self._effects)
            effect()
        self.now = now

    def store(self, records: Sequence[Json], owner: Owner = "import") -> list[Row]:
        """Store records now."""
        rows = [self._make_row(record, owner) for record in records]
        self.rows += rows
        if rows:
            self.log(f"stored {', '.join(row.id for row in rows)} ({owner})")
        return rows

    def roll_back(self, rows: Sequence[Row]) -> None:
        """Remove rows that were acknowledged."""
        for row in rows:
            row.rolled_back, row.visible_to = True, self.now
        self.broken_assumptions.add("a success was rolled back")
        self.log(f"rolled back {', '.join(row.id for row in rows)}")

    def visible_rows(self, now: float) -> list[Row]:
        """Return the rows that a list shows at a time, in the order of storing."""
        return [row for row in self.rows if row.visible_from <= now < row.visible_to]

    def clock(self, at: float) -> float:
        """Return the seconds since the epoch on the server's clock."""
        return self.epoch + at + self.habits.clock_ahead

    def is_in_window(self, row: Row, start: str | None, end: str | None) -> bool:
        """Check whether a row changed in a window, as the filter of the server has it."""
        window = self.habits.window
        if window == "none":
            return True
        updated = datetime.fromtimestamp(self.clock(row.updated_at), UTC)
        if window != "exact":
            updated += timedelta(hours=self.habits.zone)
        for text, sign in ((start, 1), (end, -1)):
            bound = _parse(text)
            if bound is None:
                continue
            difference = (updated - bound).total_seconds() * sign
            if window == "day":
                difference = (updated.date() - bound.date()).days * sign
            if difference < 0:
                return False
        return True

    def render(self, row: Row) -> str:
        """Return a row as JSON."""
        if row.text is None:
            listed: Json = {"customerId": row.id} if row.with_id else {}
            listed |= row.listed
            listed["customerStatus"] = "Active"
            created = self._format_date(row.stored_at)
            if created is not None:
                listed |= {"createdDate": created, "updatedDate": self._format_date(row.updated_at)}
            row.text = json.dumps(listed)
        return row.text

    def _format_date(self, at: float) -> str | None:
        form = self.habits.created
        moment = datetime.fromtimestamp(self.clock(at), UTC)
        local = moment + timedelta(hours=self.habits.zone)
        match form:
            case "ms":
                return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
            case "seconds":
                return moment.strftime("%Y-%m-%dT%H:%M:%SZ")
            case "local":
                return local.strftime("%Y-%m-%dT%H:%M:%S")
            case "local-z":
                return local.strftime("%Y-%m-%dT%H:%M:%SZ")
            case "midnight":
                return local.strftime("%Y-%m-%dT00:00:00Z")
            case "date":
                return local.strftime("%Y-%m-%d")
            case _:
                return None

    def _make_row(self, record: Json, owner: Owner) -> Row:
        habits, rng, now = self.habits, self.rng, self.now
        visible_from = now
        if habits.lag and rng.random() < habits.lag_share:
            visible_from += habits.lag * (rng.uniform(0.3, 1) if habits.lag_spread else 1)
        for start, end in habits.stalls:
            if start <= visible_from < end:
                visible_from = end
        return Row(
            id=f"{owner[0]}{next(self._numbers)}",
            content=spell(record),
            listed=rewrite(record, habits.rewriting),
            stored_at=now,
            updated_at=now,
            visible_from=visible_from,
            owner=owner,
            with_id=habits.row_ids == 1 or rng.random() < habits.row_ids,
        )

    def _store_before(self, number: int) -> None:
        equal = self.rng.random() < self.habits.before_equal
        record = self.rng.choice(self.records) if equal else customer(self.rng, 90_000 + number)
        row = self._make_row(record, "before")
        row.stored_at = row.updated_at = -self.rng.choice((60.0, 3600.0, 86_400.0, 30 * 86_400.0))
        row.visible_from = row.stored_at
        self.rows.append(row)

    def _repeat(self, rate: float, action: Callable[[], None]) -> None:
        def act() -> None:
            action()
            if self.now < 600:
                self._repeat(rate, action)

        self.schedule(self.now + self.rng.expovariate(rate / 60), act)

    def _insert(self) -> None:
        kind, habits = self.rng.random(), self.habits
        record = customer(self.rng, 80_000 + len(self.rows))
        if kind < habits.inserts_equal:
            record = self.rng.choice(self.records)
            self.broken_assumptions.add("another writer stored an equal row")
        elif kind < habits.inserts_equal + habits.inserts_similar:
            model = self.rng.choice(self.records)
            record |= {name: model[name] for name in ("firstName", "lastName") if name in model}
            self._check_difference(record)
        self.store([record], "other")

    def _check_difference(self, record: Json) -> None:
        """Note a row that differs from each record only in fields that no record has."""
        names = {name for known in self.records for name in known}
        compared = spell({name: record[name] for name in names & record.keys()})
        if any(spell(known) == compared for known in self.records):
            self.broken_assumptions.add("another writer stored an equal row")

    def _archive(self) -> None:
        rows = self.visible_rows(self.now)
        if not rows:
            return
        row = self.rng.choice(rows)
        row.visible_to = self.now
        self.log(f"archived {row.id}")
        if row.owner == "import" and not (row.read and row.acknowledged and self._is_unique(row)):
            self.broken_assumptions.add("a row in doubt was archived")

    def _is_unique(self, row: Row) -> bool:
        return sum(spell(record) == row.content for record in self.records) == 1


def _parse(text: str | None) -> datetime | None:
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
