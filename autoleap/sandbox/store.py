"""The data of the sandbox: companies, locations, and the rows of every resource."""

import random
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import Literal, get_args

import attrs

from autoleap.sandbox.dates import format_timestamp
from autoleap.sandbox.habits import NO_HABITS, Habits
from autoleap.sandbox.late_work import LateJobs
from autoleap.sandbox.list_index import ListIndex
from autoleap.sandbox.rewriting import rewrite_record
from autoleap.sandbox.rows import Record, Row, StoredRow

Resource = Literal[
    "customers",
    "vehicles",
    "items",
    "inventory_levels",
    "item_pricing",
    "appointment_requests",
    "repair_orders",
    "payments",
    "timesheets",
]

RESOURCES: tuple[Resource, ...] = get_args(Resource)


@attrs.define
class Table:
    """The rows of one resource of one company, in order of creation and by key."""

    rows: list[Row] = attrs.field(factory=list[Row])
    by_id: dict[str, Row] = attrs.field(factory=dict[str, Row])

    def add(self, key: str, row: Row) -> None:
        """Append a row under its key."""
        self.rows.append(row)
        self.by_id[key] = row


@attrs.frozen
class Location:
    """A shop of a company."""

    id: str
    name: str


@attrs.frozen
class Company:
    """A company with its locations and tables. A `foreign` one belongs to another partner."""

    id: str
    name: str
    locations: tuple[Location, ...]
    foreign: bool = False
    tables: Mapping[str, Table] = attrs.field(factory=lambda: {name: Table() for name in RESOURCES})

    def has_location(self, location_id: str) -> bool:
        """Return whether the location belongs to this company."""
        return any(location.id == location_id for location in self.locations)


class Store:
    """All data of a sandbox.

    Args:
        rng: Random source of the ids.

    Attributes:
        companies: All companies by id.
        clock: Returns the time in seconds since 1970.
        habits: The habits of the server.
        habit_rng: Random source of the habits.
        index: What lists show.
        late_jobs: Writes that take place after their requests have ended.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used_ids: set[str] = set()
        self._lock = threading.RLock()
        self._job_time: float | None = None
        self.companies: dict[str, Company] = {}
        self.clock: Callable[[], float] = time.time
        self.late_jobs = LateJobs()
        self.set_habits(NO_HABITS, rng)

    def set_habits(self, habits: Habits, rng: random.Random) -> None:
        """Set the habits and their random source."""
        self.habits = habits
        self.habit_rng = rng
        self.index = ListIndex(habits.lag, rng)

    def now(self) -> float:
        """Return the time in seconds since 1970. While a late job runs, return its time."""
        return self.clock() if self._job_time is None else self._job_time

    @contextmanager
    def hold(self) -> Generator[None]:
        """Run the late jobs that are due, and keep other threads out of the store."""
        with self._lock:
            if self._job_time is None:
                self._run_late_jobs()
            yield

    def _run_late_jobs(self) -> None:
        while (due := self.late_jobs.pop_due(self.clock())) is not None:
            self._job_time, job = due
            try:
                job()
            finally:
                self._job_time = None

    @property
    def own_companies(self) -> list[Company]:
        """The companies of the partner in their order."""
        return [company for company in self.companies.values() if not company.foreign]

    def rows(self, resource: Resource, company_id: str | None = None) -> list[Record]:
        """Return copies of the records of a resource, in order of creation.

        Args:
            resource: One of `RESOURCES`.
            company_id: A company of the store. The default is the partner's first company.

        Raises:
            KeyError: The company or the resource does not exist.
        """
        return [row.data for row in self.stored_rows(resource, company_id)]

    def stored_rows(self, resource: Resource, company_id: str | None = None) -> list[StoredRow]:
        """Return copies of the rows of a resource with their true times, in order of creation.

        No habit hides a row from this method. Late work that is due is included.

        Args:
            resource: One of `RESOURCES`.
            company_id: A company of the store. The default is the partner's first company.

        Raises:
            KeyError: The company or the resource does not exist.
        """
        company = self.companies[company_id] if company_id else self.own_companies[0]
        with self.hold():
            return [
                StoredRow(dict(row.data), row.received, row.created, row.updated)
                for row in company.tables[resource].rows
            ]

    def put(self, resource: Resource, record: Record, company_id: str | None = None) -> None:
        """Append a record without validation and without new fields.

        A test uses this for responses that break the contract. A list returns the record. A read
        by key does not find it.

        Args:
            resource: One of `RESOURCES`.
            record: The JSON object to append.
            company_id: A company of the store. The default is the partner's first company.
        """
        company = self.companies[company_id] if company_id else self.own_companies[0]
        now = _truncate_to_milliseconds(self.now())
        company.tables[resource].rows.append(Row(record, now, now))

    def make_id(self) -> str:
        """Return a new opaque id. Some ids are decimal ("98392"), some hexadecimal ("24f6c184")."""
        while True:
            if self._rng.random() < 0.5:
                candidate = str(self._rng.randrange(10_000, 1_000_000_000))
            else:
                candidate = f"{self._rng.getrandbits(32):08x}"
            if candidate not in self._used_ids:
                self._used_ids.add(candidate)
                return candidate

    def create(
        self,
        table: Table,
        id_field: str,
        status_field: str,
        records: Iterable[Mapping[str, object]],
        *,
        status: str = "Active",
        now: float | None = None,
    ) -> None:
        """Append records with a new id, a status and two dates each.

        Args:
            table: The table to append to.
            id_field: Name of the field for the id.
            status_field: Name of the field for the status.
            records: The records without these fields.
            status: The status of every record.
            now: The time of creation in seconds since 1970. The default is the present time.
        """
        created = _truncate_to_milliseconds(self.now() if now is None else now)
        text = format_timestamp(created)
        for record in records:
            key = self.make_id()
            values = rewrite_record(self.habits.rewriting, record)
            data = {id_field: key, **values, status_field: status}
            data |= {"createdDate": text, "updatedDate": text}
            row = Row(data, created, created, received=dict(record))
            table.add(key, row)
            self.index.note_creation(row)

    def update(self, row: Row, fields: Mapping[str, object]) -> None:
        """Set the given fields of a row and the time of its last change."""
        before = row.copy()
        row.updated = _truncate_to_milliseconds(self.now())
        row.search_text = None
        row.data.update(rewrite_record(self.habits.rewriting, fields))
        row.data["updatedDate"] = format_timestamp(row.updated)
        self.index.note_update(before, row)


def make_stock_key(item_id: object, location_id: object) -> str:
    """Return the key of an inventory level: an item has one at each location."""
    return f"{item_id}@{location_id}"


def compute_restock_level(quantity: float, minimum: float) -> str:
    """Return "below" for a quantity below the minimum, otherwise "above"."""
    return "below" if quantity < minimum else "above"


def _truncate_to_milliseconds(seconds: float) -> float:
    """Return the time with the precision of a response.

    Therefore a filter with a time from a response finds the row.
    """
    return int(seconds * 1000) / 1000
