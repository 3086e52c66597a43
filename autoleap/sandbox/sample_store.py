"""The companies of a new sandbox, filled with sample data; the same for the same seed.

All of it lies in the first months of 2025, so that "changed since a moment ago" finds only what a
test did.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from autoleap.sandbox.dates import format_timestamp
from autoleap.sandbox.sample_orders import SampleOrders
from autoleap.sandbox.sample_records import SampleRecords
from autoleap.sandbox.store import Company, Location, Record, Resource, Row, Store, make_stock_key

_START = datetime(2025, 1, 6, 8, tzinfo=UTC).timestamp()
_HOUR = 3600.0
_STOCKED_TYPES = ("part", "tire")
_PRICED_TYPES = ("part", "tire", "labor")

MakeRecord = Callable[[int, float], Record]


@attrs.frozen(kw_only=True)
class SampleSizes:
    """How many records of each resource to make."""

    customers: int
    vehicles: int
    items: int
    inventory_levels: int
    appointment_requests: int
    repair_orders: int
    payments: int
    timesheets: int

    def scale_down(self) -> "SampleSizes":
        """The sizes of a smaller company."""
        fields = {name: size // 5 for name, size in attrs.asdict(self).items()}
        return SampleSizes(**fields)


def build_sample_store(rng: random.Random, sizes: SampleSizes) -> Store:
    """Two companies of the partner, the first with two locations, and one of somebody else."""
    store = Store(rng)
    first = _add_company(store, rng, "Harbor Auto Care", ("Downtown", "North"))
    second = _add_company(store, rng, "Example Fleet Service", ("Depot",))
    _add_company(store, rng, "Somebody Else's Garage", ("Main",), foreign=True)
    _fill_company(store, first, sizes, rng)
    _fill_company(store, second, sizes.scale_down(), rng)
    return store


def _add_company(
    store: Store, rng: random.Random, name: str, places: tuple[str, ...], *, foreign: bool = False
) -> Company:
    numbers = rng.sample(range(1000, 10_000), len(places))
    locations = tuple(
        Location(f"SHOP{number}", f"{name} {place}")
        for number, place in zip(numbers, places, strict=True)
    )
    company = Company(store.make_id(), name, locations, foreign)
    store.companies[company.id] = company
    return company


def _fill_company(store: Store, company: Company, sizes: SampleSizes, rng: random.Random) -> None:
    samples, work = SampleRecords(rng, store, company), SampleOrders(rng, store, company)
    dated = _TableFiller(store, company)
    dated.fill("customers", "customerId", sizes.customers, samples.make_customer)
    dated.fill("vehicles", "vehicleId", sizes.vehicles, samples.make_vehicle)
    dated.fill("items", "itemId", sizes.items, samples.make_item)
    dated.fill(
        "appointment_requests",
        "appointmentId",
        sizes.appointment_requests,
        samples.make_appointment_request,
    )
    _add_inventory_levels(company, sizes.inventory_levels, samples)
    _add_prices(company, samples)
    plain = _TableFiller(store, company, dates=())
    plain.fill("repair_orders", None, sizes.repair_orders, work.make_repair_order)
    plain.fill("timesheets", "logId", sizes.timesheets, work.make_timesheet_log)
    paid = _TableFiller(store, company, dates=("lastUpdatedAt",))
    paid.fill("payments", "paymentId", sizes.payments, work.make_payment)


@attrs.frozen
class _TableFiller:
    """Appends samples an hour apart; every third was changed a day after it was made."""

    store: Store
    company: Company
    dates: tuple[str, ...] = ("createdDate", "updatedDate")

    def fill(
        self, resource: Resource, id_field: str | None, count: int, sample: MakeRecord
    ) -> None:
        for index in range(count):
            created = _START + index * _HOUR
            updated = created + 24 * _HOUR if index % 3 == 2 else created
            data = sample(index, created)
            key = str(data["repairOrderNumber"]) if id_field is None else self.store.make_id()
            named: Record = {} if id_field is None else {id_field: key}
            times = {"createdDate": created, "updatedDate": updated, "lastUpdatedAt": updated}
            stamps = {name: format_timestamp(times[name]) for name in self.dates}
            table = self.company.tables[resource]
            table.add(key, Row({**named, **data, **stamps}, created, updated))


def _add_inventory_levels(company: Company, count: int, samples: SampleRecords) -> None:
    """Inventory levels, as many as asked for or as there are stocked items at locations."""
    rows = [row for row in company.tables["items"].rows if row.data["itemType"] in _STOCKED_TYPES]
    pairs = [(row, location) for row in rows for location in company.locations]
    for row, location in pairs[:count]:
        data = samples.make_inventory_level(row.data, location) | {
            "updatedDate": format_timestamp(row.updated)
        }
        key = make_stock_key(row.data["itemId"], location.id)
        company.tables["inventory_levels"].add(key, Row(data, row.created, row.updated))


def _add_prices(company: Company, samples: SampleRecords) -> None:
    for row in company.tables["items"].rows:
        if row.data["itemType"] in _PRICED_TYPES:
            data = samples.make_price(row.data) | {"updatedDate": format_timestamp(row.updated)}
            price = Row(data, row.created, row.updated)
            company.tables["item_pricing"].add(str(row.data["itemId"]), price)
