"""The write operations: bulk creates, updates and archives, and one appointment request."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import cast

import attrs

from autoleap.sandbox.state import RefusedError, Task, World, acknowledged, invalid
from autoleap.sandbox.store import (
    Company,
    Record,
    Resource,
    Row,
    change,
    restock_level,
    stock_key,
)
from autoleap.sandbox.violations import Violation

Problem = tuple[str, str]
"""A field of a record, and what is wrong with it."""
Check = Callable[[Sequence[Company], Record], Problem | None]
Apply = Callable[[World, Sequence[Company], list[Record]], None]

_FIRST_CODE = 10_120


@attrs.frozen
class BulkWrite:
    """A write of many records.

    Attributes:
        records: name of the list in the body.
        check: finds what the schema cannot see, such as an id that does not exist.
        apply: writes the good records.
    """

    records: str
    check: Check
    apply: Apply

    def __call__(self, world: World, task: Task) -> Record:
        """Write all records, or none and answer 400; a partial sandbox keeps the good ones."""
        records = task.records(self.records)
        if world.max_batch is not None and len(records) > world.max_batch:
            raise RefusedError(413, f"More than {world.max_batch} records in one request")
        companies = world.companies(task.body.get("companyId"))
        wrong = self._flaws(companies, records, task.flawed)
        if world.partial or not wrong:
            good = [record for index, record in enumerate(records) if index not in wrong]
            self.apply(world, companies, good)
        if wrong:
            raise invalid(*chain.from_iterable(wrong[index] for index in sorted(wrong)))
        return acknowledged()

    def _flaws(
        self,
        companies: Sequence[Company],
        records: Sequence[Record],
        flawed: Mapping[int, list[Violation]],
    ) -> dict[int, list[Violation]]:
        wrong = dict(flawed)
        for index, record in enumerate(records):
            problem = None if index in wrong else self.check(companies, record)
            if problem is not None:
                field, reason = problem
                wrong[index] = [Violation((self.records, index, field), reason)]
        return wrong


def exists(companies: Sequence[Company], resource: Resource, key: object) -> bool:
    """Whether one of the companies has a row of this key."""
    return any(key in company.tables[resource].by_id for company in companies)


def found(companies: Sequence[Company], resource: Resource, key: object) -> Row:
    """The row of this key; checks come before writes, so that one of the companies has it."""
    tables = (company.tables[resource].by_id for company in companies)
    return next(rows[str(key)] for rows in tables if key in rows)


def anything(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check of records that only the schema has a say about."""
    return None


def existing(resource: Resource, id_field: str) -> Check:
    """The check that the record named by the id is there."""

    def check(companies: Sequence[Company], record: Record) -> Problem | None:
        key = record.get(id_field)
        if not exists(companies, resource, key):
            return id_field, f'there is no "{key}"' if key else "is required"
        return None

    return check


def owner_exists(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check that a vehicle's customer, where it names one, is there."""
    return (
        existing("customers", "customerId")(companies, record) if "customerId" in record else None
    )


def vehicle_and_owner_exist(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check of a vehicle's update."""
    missing = existing("vehicles", "vehicleId")(companies, record)
    return missing or owner_exists(companies, record)


def stock_exists(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check that the item is stocked at the location."""
    key = stock_key(record["itemId"], record["locationId"])
    if not exists(companies, "inventory_levels", key):
        return "itemId", f'"{record["itemId"]}" is not stocked at "{record["locationId"]}"'
    return None


def creating(resource: Resource, id_field: str, status_field: str) -> Apply:
    """The write that appends the records as active ones."""

    def apply(world: World, companies: Sequence[Company], records: list[Record]) -> None:
        table = companies[0].tables[resource]
        world.store.create(table, id_field, status_field, records)

    return apply


def updating(resource: Resource, id_field: str) -> Apply:
    """The write that changes only the fields sent."""

    def apply(world: World, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            change(found(companies, resource, record[id_field]), record)

    return apply


def archiving(resource: Resource, id_field: str, status_field: str) -> Apply:
    """The write that sets records inactive; they stay in the lists."""

    def apply(world: World, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            change(found(companies, resource, record[id_field]), {status_field: "Inactive"})

    return apply


def set_stock(world: World, companies: Sequence[Company], records: list[Record]) -> None:
    """Set absolute quantities."""
    for record in records:
        key = stock_key(record["itemId"], record["locationId"])
        row = found(companies, "inventory_levels", key)
        quantity = cast("float", record["quantityOnHand"])
        minimum = cast("float", row.data["minQuantity"])
        level = restock_level(quantity, minimum)
        change(row, {"quantityOnHand": quantity, "restockLevel": level})


def create_appointment_request(world: World, task: Task) -> Record:
    """Take one request for an appointment; without a location it is for the company's first."""
    company = world.company(task.body["companyId"])
    world.check_location([company], task.body.get("locationId"))
    table = company.tables["appointment_requests"]
    record: Record = {
        "locationId": company.locations[0].id,
        **{name: value for name, value in task.body.items() if name != "language"},
        "code": str(_FIRST_CODE + len(table.rows)),
        "type": "customer",
        "description": "",
        "declineReason": "",
        "isVehicleDropOff": task.body.get("dropOffOption") == "dropOff",
    }
    world.store.create(table, "appointmentId", "status", [record], status="requested")
    return acknowledged()


BULK_WRITES: Mapping[str, BulkWrite] = {
    "createCustomers": BulkWrite(
        "customers", anything, creating("customers", "customerId", "customerStatus")
    ),
    "updateCustomers": BulkWrite(
        "customers", existing("customers", "customerId"), updating("customers", "customerId")
    ),
    "archiveCustomers": BulkWrite(
        "customers",
        existing("customers", "customerId"),
        archiving("customers", "customerId", "customerStatus"),
    ),
    "createVehicles": BulkWrite(
        "vehicles", owner_exists, creating("vehicles", "vehicleId", "vehicleStatus")
    ),
    "updateVehicles": BulkWrite(
        "vehicles", vehicle_and_owner_exist, updating("vehicles", "vehicleId")
    ),
    "archiveVehicles": BulkWrite(
        "vehicles",
        existing("vehicles", "vehicleId"),
        archiving("vehicles", "vehicleId", "vehicleStatus"),
    ),
    "archiveItems": BulkWrite(
        "items", existing("items", "itemId"), archiving("items", "itemId", "status")
    ),
    "updateInventoryLevels": BulkWrite("items", stock_exists, set_stock),
}
