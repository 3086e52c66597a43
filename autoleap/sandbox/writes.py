"""The write operations: bulk creates, updates and archives, and one appointment request."""

from collections.abc import Callable, Mapping, Sequence
from itertools import chain
from typing import cast

import attrs

from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_acknowledgement,
    build_validation_error,
)
from autoleap.sandbox.store import (
    Company,
    Record,
    Resource,
    Row,
    compute_restock_level,
    make_stock_key,
    update_row,
)
from autoleap.sandbox.violations import Violation

Problem = tuple[str, str]
"""A field of a record, and what is wrong with it."""
Check = Callable[[Sequence[Company], Record], Problem | None]
WriteRecords = Callable[[SandboxState, Sequence[Company], list[Record]], None]

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
    write: WriteRecords

    def __call__(self, state: SandboxState, request: ValidatedRequest) -> Record:
        """Write all records, or none and answer 400; a partial sandbox keeps the good ones."""
        records = request.read_records(self.records)
        if state.max_batch is not None and len(records) > state.max_batch:
            raise RefusedError(413, f"More than {state.max_batch} records in one request")
        companies = state.find_companies(request.body.get("companyId"))
        wrong = self._check_records(companies, records, request.record_violations)
        if state.partial or not wrong:
            good = [record for index, record in enumerate(records) if index not in wrong]
            self.write(state, companies, good)
        if wrong:
            raise build_validation_error(
                *chain.from_iterable(wrong[index] for index in sorted(wrong))
            )
        return build_acknowledgement()

    def _check_records(
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


def has_row(companies: Sequence[Company], resource: Resource, key: object) -> bool:
    """Whether one of the companies has a row of this key."""
    return any(key in company.tables[resource].by_id for company in companies)


def find_row(companies: Sequence[Company], resource: Resource, key: object) -> Row:
    """The row of this key; checks come before writes, so that one of the companies has it."""
    tables = (company.tables[resource].by_id for company in companies)
    return next(rows[str(key)] for rows in tables if key in rows)


def accept_record(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check of records that only the schema has a say about."""
    return None


def make_id_check(resource: Resource, id_field: str) -> Check:
    """The check that the record named by the id is there."""

    def check(companies: Sequence[Company], record: Record) -> Problem | None:
        key = record.get(id_field)
        if not has_row(companies, resource, key):
            return id_field, f'there is no "{key}"' if key else "is required"
        return None

    return check


def check_owner(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check that a vehicle's customer, where it names one, is there."""
    return (
        make_id_check("customers", "customerId")(companies, record)
        if "customerId" in record
        else None
    )


def check_vehicle_and_owner(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check of a vehicle's update."""
    missing = make_id_check("vehicles", "vehicleId")(companies, record)
    return missing or check_owner(companies, record)


def check_stock(companies: Sequence[Company], record: Record) -> Problem | None:
    """The check that the item is stocked at the location."""
    key = make_stock_key(record["itemId"], record["locationId"])
    if not has_row(companies, "inventory_levels", key):
        return "itemId", f'"{record["itemId"]}" is not stocked at "{record["locationId"]}"'
    return None


def make_create(resource: Resource, id_field: str, status_field: str) -> WriteRecords:
    """The write that appends the records as active ones."""

    def apply(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        table = companies[0].tables[resource]
        state.store.create(table, id_field, status_field, records)

    return apply


def make_update(resource: Resource, id_field: str) -> WriteRecords:
    """The write that changes only the fields sent."""

    def apply(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            update_row(find_row(companies, resource, record[id_field]), record)

    return apply


def make_archive(resource: Resource, id_field: str, status_field: str) -> WriteRecords:
    """The write that sets records inactive; they stay in the lists."""

    def apply(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            update_row(find_row(companies, resource, record[id_field]), {status_field: "Inactive"})

    return apply


def set_stock(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
    """Set absolute quantities."""
    for record in records:
        key = make_stock_key(record["itemId"], record["locationId"])
        row = find_row(companies, "inventory_levels", key)
        quantity = cast("float", record["quantityOnHand"])
        minimum = cast("float", row.data["minQuantity"])
        level = compute_restock_level(quantity, minimum)
        update_row(row, {"quantityOnHand": quantity, "restockLevel": level})


def create_appointment_request(state: SandboxState, request: ValidatedRequest) -> Record:
    """Take one request for an appointment; without a location it is for the company's first."""
    company = state.find_company(request.body["companyId"])
    state.check_location([company], request.body.get("locationId"))
    table = company.tables["appointment_requests"]
    record: Record = {
        "locationId": company.locations[0].id,
        **{name: value for name, value in request.body.items() if name != "language"},
        "code": str(_FIRST_CODE + len(table.rows)),
        "type": "customer",
        "description": "",
        "declineReason": "",
        "isVehicleDropOff": request.body.get("dropOffOption") == "dropOff",
    }
    state.store.create(table, "appointmentId", "status", [record], status="requested")
    return build_acknowledgement()


BULK_WRITES: Mapping[str, BulkWrite] = {
    "createCustomers": BulkWrite(
        "customers", accept_record, make_create("customers", "customerId", "customerStatus")
    ),
    "updateCustomers": BulkWrite(
        "customers",
        make_id_check("customers", "customerId"),
        make_update("customers", "customerId"),
    ),
    "archiveCustomers": BulkWrite(
        "customers",
        make_id_check("customers", "customerId"),
        make_archive("customers", "customerId", "customerStatus"),
    ),
    "createVehicles": BulkWrite(
        "vehicles", check_owner, make_create("vehicles", "vehicleId", "vehicleStatus")
    ),
    "updateVehicles": BulkWrite(
        "vehicles", check_vehicle_and_owner, make_update("vehicles", "vehicleId")
    ),
    "archiveVehicles": BulkWrite(
        "vehicles",
        make_id_check("vehicles", "vehicleId"),
        make_archive("vehicles", "vehicleId", "vehicleStatus"),
    ),
    "archiveItems": BulkWrite(
        "items", make_id_check("items", "itemId"), make_archive("items", "itemId", "status")
    ),
    "updateInventoryLevels": BulkWrite("items", check_stock, set_stock),
}
