"""The data of the sandbox: companies, locations, and the rows of every resource."""

import random
import time
from collections.abc import Iterable, Mapping
from typing import Literal, get_args

import attrs

from autoleap.sandbox.dates import format_timestamp

Record = dict[str, object]
"""A JSON object."""

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
class Row:
    """One row of a table.

    Attributes:
        data: The JSON object.
        created: Time of creation in seconds since 1970.
        updated: Time of the last change in seconds since 1970.
        search_text: The text for searches. It is None until the first search after a change.
    """

    data: Record
    created: float
    updated: float
    search_text: str | None = None


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
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used_ids: set[str] = set()
        self.companies: dict[str, Company] = {}

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
        company = self.companies[company_id] if company_id else self.own_companies[0]
        return [dict(row.data) for row in company.tables[resource].rows]

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
        now = _truncate_to_milliseconds(time.time())
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
        created = _truncate_to_milliseconds(time.time() if now is None else now)
        text = format_timestamp(created)
        for record in records:
            key = self.make_id()
            data = {id_field: key, **record, status_field: status}
            data |= {"createdDate": text, "updatedDate": text}
            table.add(key, Row(data, created, created))


def update_row(row: Row, fields: Mapping[str, object], *, now: float | None = None) -> None:
    """Set the given fields of a row and the time of its last change."""
    row.updated = _truncate_to_milliseconds(time.time() if now is None else now)
    row.search_text = None
    row.data.update(fields)
    row.data["updatedDate"] = format_timestamp(row.updated)


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
