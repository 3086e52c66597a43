"""The companies of a new sandbox with their sample data. Equal seeds give equal data.

All sample data has dates in the first months of 2025. Therefore a filter for recent changes finds
only the changes of a test.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from autoleap.sandbox.dates import format_timestamp
from autoleap.sandbox.rows import Record, Row
from autoleap.sandbox.sample_orders import SampleOrders
from autoleap.sandbox.sample_records import SampleRecords
from autoleap.sandbox.store import Company, Location, Resource, Store, make_stock_key

_START = datetime(2025, 1, 6, 8, tzinfo=UTC).timestamp()
_HOUR = 3600.0
_STOCKED_TYPES = ("part", "tire")
_PRICED_TYPES = ("part", "tire", "labor")

RecordMaker = Callable[[int, float], Record]


@attrs.frozen(kw_only=True)
class SampleSizes:
    """The number of sample records of each resource."""

    customers: int
    vehicles: int
    items: int
    inventory_levels: int
    appointment_requests: int
    repair_orders: int
    payments: int
    timesheets: int

    def scale_down(self) -> "SampleSizes":
        """Return a fifth of each number."""
        fields = {name: size // 5 for name, size in attrs.asdict(self).items()}
        return SampleSizes(**fields)


def build_sample_store(rng: random.Random, sizes: SampleSizes) -> Store:
    """Return a store with two companies of the partner and one of another partner."""
    store = Store(rng)
    first = _add_company(store, rng, "Harbor Auto Care", ("Downtown", "North"))
    second = _add_company(store, rng, "Example Fleet Service", ("Depot",))
    _add_company(store, rng, "Other Partner Garage", ("Main",), foreign=True)
    _fill_company(store, first, sizes, rng)
    _fill_company(store, second, sizes.scale_down(), rng)
    return store


def _add_company(
    store: Store,
    rng: random.Random,
    name: str,
    location_names: tuple[str, ...],
    *,
    foreign: bool = False,
) -> Company:
    numbers = rng.sample(range(1000, 10_000), len(location_names))
    locations = tuple(
        Location(f"SHOP{number}", f"{name} {location_name}")
        for number, location_name in zip(numbers, location_names, strict=True)
    )
    company = Company(store.make_id(), name, locations, foreign)
    store.companies[company.id] = company
    return company


def _fill_company(store: Store, company: Company, sizes: SampleSizes, rng: random.Random) -> None:
    records, orders = SampleRecords(rng, store, company), SampleOrders(rng, store, company)
    with_dates = _TableFiller(store, company)
    with_dates.fill("customers", "customerId", sizes.customers, records.make_customer)
    with_dates.fill("vehicles", "vehicleId", sizes.vehicles, records.make_vehicle)
    with_dates.fill("items", "itemId", sizes.items, records.make_item)
    with_dates.fill(
        "appointment_requests",
        "appointmentId",
        sizes.appointment_requests,
        records.make_appointment_request,
    )
    _add_inventory_levels(company, sizes.inventory_levels, records)
    _add_prices(company, records)
    without_dates = _TableFiller(store, company, dates=())
    without_dates.fill("repair_orders", None, sizes.repair_orders, orders.make_repair_order)
    without_dates.fill("timesheets", "logId", sizes.timesheets, orders.make_timesheet_log)
    with_last_update = _TableFiller(store, company, dates=("lastUpdatedAt",))
    with_last_update.fill("payments", "paymentId", sizes.payments, orders.make_payment)


@attrs.frozen
class _TableFiller:
    """A maker of sample rows. Rows are an hour apart; every third is changed a day later."""

    store: Store
    company: Company
    dates: tuple[str, ...] = ("createdDate", "updatedDate")

    def fill(
        self, resource: Resource, id_field: str | None, count: int, make_record: RecordMaker
    ) -> None:
        for index in range(count):
            created = _START + index * _HOUR
            updated = created + 24 * _HOUR if index % 3 == 2 else created
            data = make_record(index, created)
            key = str(data["repairOrderNumber"]) if id_field is None else self.store.make_id()
            identity: Record = {} if id_field is None else {id_field: key}
            times = {"createdDate": created, "updatedDate": updated, "lastUpdatedAt": updated}
            stamps = {name: format_timestamp(times[name]) for name in self.dates}
            table = self.company.tables[resource]
            table.add(key, Row({**identity, **data, **stamps}, created, updated))


def _add_inventory_levels(company: Company, count: int, records: SampleRecords) -> None:
    """Add up to `count` inventory levels, one for each stocked item and location."""
    rows = [row for row in company.tables["items"].rows if row.data["itemType"] in _STOCKED_TYPES]
    pairs = [(row, location) for row in rows for location in company.locations]
    for row, location in pairs[:count]:
        data = records.make_inventory_level(row.data, location) | {
            "updatedDate": format_timestamp(row.updated)
        }
        key = make_stock_key(row.data["itemId"], location.id)
        company.tables["inventory_levels"].add(key, Row(data, row.created, row.updated))


def _add_prices(company: Company, records: SampleRecords) -> None:
    for row in company.tables["items"].rows:
        if row.data["itemType"] in _PRICED_TYPES:
            data = records.make_price(row.data) | {"updatedDate": format_timestamp(row.updated)}
            price = Row(data, row.created, row.updated)
            company.tables["item_pricing"].add(str(row.data["itemId"]), price)
