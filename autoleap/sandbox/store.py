"""What the sandbox holds: partner, companies, locations, and the rows of every resource."""

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
    """One record, with the two times the filters need (seconds since 1970).

    `line` is the text a search looks through, made at the first search after a change.
    """

    data: Record
    created: float
    updated: float
    search_text: str | None = None


@attrs.define
class Table:
    """The rows of one resource of one company, in order of creation and by id."""

    rows: list[Row] = attrs.field(factory=list[Row])
    by_id: dict[str, Row] = attrs.field(factory=dict[str, Row])

    def add(self, key: str, row: Row) -> None:
        """Append a row."""
        self.rows.append(row)
        self.by_id[key] = row


@attrs.frozen
class Location:
    """A shop of a company."""

    id: str
    name: str


@attrs.frozen
class Company:
    """A company with its locations and tables; `foreign` ones belong to another partner."""

    id: str
    name: str
    locations: tuple[Location, ...]
    foreign: bool = False
    tables: Mapping[str, Table] = attrs.field(factory=lambda: {name: Table() for name in RESOURCES})

    def has_location(self, location_id: str) -> bool:
        """Whether the location is one of this company."""
        return any(location.id == location_id for location in self.locations)


class Store:
    """All data of a sandbox.

    Args:
        rng: where ids come from.
    """

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._used_ids: set[str] = set()
        self.companies: dict[str, Company] = {}

    @property
    def own_companies(self) -> list[Company]:
        """The companies of the partner, in order."""
        return [company for company in self.companies.values() if not company.foreign]

    def rows(self, resource: Resource, company_id: str | None = None) -> list[Record]:
        """Copies of the records of a resource, in order of creation.

        Args:
            resource: one of `RESOURCES`.
            company_id: whose; the partner's first company when left out.

        Raises:
            KeyError: no such company or resource.
        """
        company = self.companies[company_id] if company_id else self.own_companies[0]
        return [dict(row.data) for row in company.tables[resource].rows]

    def put(self, resource: Resource, record: Record, company_id: str | None = None) -> None:
        """Append a record as it stands, however odd: nothing is checked, no field is added.

        For tests of what a client makes of answers the contract does not promise. The record can
        be listed but not read by its key.

        Args:
            resource: one of `RESOURCES`.
            record: the JSON object to list.
            company_id: whose; the partner's first company when left out.
        """
        company = self.companies[company_id] if company_id else self.own_companies[0]
        now = _truncate_to_milliseconds(time.time())
        company.tables[resource].rows.append(Row(record, now, now))

    def make_id(self) -> str:
        """A new opaque id: sometimes digits ("98392"), sometimes hexadecimal ("24f6c184")."""
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
        """Append records, giving each an id, its first status and its two dates."""
        moment = _truncate_to_milliseconds(time.time() if now is None else now)
        text = format_timestamp(moment)
        for record in records:
            key = self.make_id()
            data = {id_field: key, **record, status_field: status}
            data |= {"createdDate": text, "updatedDate": text}
            table.add(key, Row(data, moment, moment))


def update_row(row: Row, fields: Mapping[str, object], *, now: float | None = None) -> None:
    """Set the fields given, keep all others, and mark the row as updated now."""
    row.updated = _truncate_to_milliseconds(time.time() if now is None else now)
    row.search_text = None
    row.data.update(fields)
    row.data["updatedDate"] = format_timestamp(row.updated)


def make_stock_key(item_id: object, location_id: object) -> str:
    """The key of an inventory level: an item has one at each location."""
    return f"{item_id}@{location_id}"


def compute_restock_level(quantity: float, minimum: float) -> str:
    """Below the minimum is "below", everything else "above"."""
    return "below" if quantity < minimum else "above"


def _truncate_to_milliseconds(seconds: float) -> float:
    """The time as it will be printed, so that a filter with the printed time finds the row."""
    return int(seconds * 1000) / 1000
