"""The companies of a new sandbox, filled with sample data; the same for the same seed.

All of it lies in the first months of 2025, so that "changed since a moment ago" finds only what a
test did.
"""

import random
from collections.abc import Callable
from datetime import UTC, datetime

import attrs

from autoleap.sandbox.dates import stamp
from autoleap.sandbox.sample_orders import WorkSamples
from autoleap.sandbox.sample_records import Samples
from autoleap.sandbox.store import Company, Location, Record, Resource, Row, Store, stock_key

_START = datetime(2025, 1, 6, 8, tzinfo=UTC).timestamp()
_HOUR = 3600.0
_STOCKED = ("part", "tire")
_PRICED = ("part", "tire", "labor")

Sample = Callable[[int, float], Record]


@attrs.frozen(kw_only=True)
class Sizes:
    """How many records of each resource to make."""

    customers: int
    vehicles: int
    items: int
    inventory_levels: int
    appointment_requests: int
    repair_orders: int
    payments: int
    timesheets: int

    def a_fifth(self) -> "Sizes":
        """The sizes of a smaller company."""
        fields = {name: size // 5 for name, size in attrs.asdict(self).items()}
        return Sizes(**fields)


def seeded_store(rng: random.Random, sizes: Sizes) -> Store:
    """Two companies of the partner, the first with two locations, and one of somebody else."""
    store = Store(rng)
    first = _company(store, rng, "Harbor Auto Care", ("Downtown", "North"))
    second = _company(store, rng, "Example Fleet Service", ("Depot",))
    _company(store, rng, "Somebody Else's Garage", ("Main",), foreign=True)
    _fill(store, first, sizes, rng)
    _fill(store, second, sizes.a_fifth(), rng)
    return store


def _company(
    store: Store, rng: random.Random, name: str, places: tuple[str, ...], *, foreign: bool = False
) -> Company:
    numbers = rng.sample(range(1000, 10_000), len(places))
    locations = tuple(
        Location(f"SHOP{number}", f"{name} {place}")
        for number, place in zip(numbers, places, strict=True)
    )
    company = Company(store.new_id(), name, locations, foreign)
    store.companies[company.id] = company
    return company


def _fill(store: Store, company: Company, sizes: Sizes, rng: random.Random) -> None:
    samples, work = Samples(rng, store, company), WorkSamples(rng, store, company)
    dated = _Filler(store, company)
    dated.fill("customers", "customerId", sizes.customers, samples.customer)
    dated.fill("vehicles", "vehicleId", sizes.vehicles, samples.vehicle)
    dated.fill("items", "itemId", sizes.items, samples.item)
    dated.fill(
        "appointment_requests",
        "appointmentId",
        sizes.appointment_requests,
        samples.appointment_request,
    )
    _stock(company, sizes.inventory_levels, samples)
    _price(company, samples)
    plain = _Filler(store, company, dates=())
    plain.fill("repair_orders", None, sizes.repair_orders, work.repair_order)
    plain.fill("timesheets", "logId", sizes.timesheets, work.timesheet_log)
    paid = _Filler(store, company, dates=("lastUpdatedAt",))
    paid.fill("payments", "paymentId", sizes.payments, work.payment)


@attrs.frozen
class _Filler:
    """Appends samples an hour apart; every third was changed a day after it was made."""

    store: Store
    company: Company
    dates: tuple[str, ...] = ("createdDate", "updatedDate")

    def fill(self, resource: Resource, id_field: str | None, count: int, sample: Sample) -> None:
        for index in range(count):
            created = _START + index * _HOUR
            updated = created + 24 * _HOUR if index % 3 == 2 else created
            data = sample(index, created)
            key = str(data["repairOrderNumber"]) if id_field is None else self.store.new_id()
            named: Record = {} if id_field is None else {id_field: key}
            times = {"createdDate": created, "updatedDate": updated, "lastUpdatedAt": updated}
            stamps = {name: stamp(times[name]) for name in self.dates}
            table = self.company.tables[resource]
            table.add(key, Row({**named, **data, **stamps}, created, updated))


def _stock(company: Company, count: int, samples: Samples) -> None:
    """Inventory levels, as many as asked for or as there are stocked items at locations."""
    rows = [row for row in company.tables["items"].rows if row.data["itemType"] in _STOCKED]
    pairs = [(row, location) for row in rows for location in company.locations]
    for row, location in pairs[:count]:
        data = samples.inventory_level(row.data, location) | {"updatedDate": stamp(row.updated)}
        key = stock_key(row.data["itemId"], location.id)
        company.tables["inventory_levels"].add(key, Row(data, row.created, row.updated))


def _price(company: Company, samples: Samples) -> None:
    for row in company.tables["items"].rows:
        if row.data["itemType"] in _PRICED:
            data = samples.price(row.data) | {"updatedDate": stamp(row.updated)}
            price = Row(data, row.created, row.updated)
            company.tables["item_pricing"].add(str(row.data["itemId"]), price)
