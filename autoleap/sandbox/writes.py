"""The write operations: bulk creates, updates and archives, and appointment requests."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import cast

import attrs

from autoleap.sandbox.refusals import decide_batch
from autoleap.sandbox.rows import Record, Row
from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_acknowledgement,
)
from autoleap.sandbox.store import Company, Resource, compute_restock_level, make_stock_key
from autoleap.sandbox.violations import Violation

Problem = tuple[str, str]
"""A field of a record and the reason of its violation."""
Check = Callable[[Sequence[Company], Record], Problem | None]
RecordWriter = Callable[[SandboxState, Sequence[Company], list[Record]], None]

_FIRST_CODE = 10_120


@attrs.frozen
class BulkWrite:
    """A write of many records.

    Attributes:
        records: Name of the list in the body.
        check: Finds problems that the schema does not find, such as an unknown id.
        write: Writes the valid records.
    """

    records: str
    check: Check
    write: RecordWriter

    def __call__(self, state: SandboxState, request: ValidatedRequest) -> Record:
        """Write all records, unless a refusal applies. Then write the part that it says.

        Raises:
            RefusedError: 413 if there are too many records, otherwise the response of the refusal.
        """
        records = request.read_records(self.records)
        if state.max_batch is not None and len(records) > state.max_batch:
            raise RefusedError(413, f"More than {state.max_batch} records in one request")
        companies = state.find_companies(request.body.get("companyId"))
        violations = self._check_records(companies, records, request.record_violations)
        return write_batch(
            state, self.records, records, violations, partial(self.write, state, companies)
        )

    def _check_records(
        self,
        companies: Sequence[Company],
        records: Sequence[Record],
        record_violations: Mapping[int, list[Violation]],
    ) -> dict[int, list[Violation]]:
        violations = dict(record_violations)
        for index, record in enumerate(records):
            problem = None if index in violations else self.check(companies, record)
            if problem is not None:
                field, reason = problem
                violations[index] = [Violation((self.records, index, field), reason)]
        return violations


def write_batch(
    state: SandboxState,
    name: str,
    records: list[Record],
    violations: Mapping[int, Sequence[Violation]],
    write: Callable[[list[Record]], None],
) -> Record:
    """Write all records of a batch, or the part that a refusal leaves.

    Args:
        state: The state of the sandbox.
        name: Name of the list of records in the body.
        records: The records of the batch.
        violations: The violations of the contract by index of the record.
        write: Writes records.

    Raises:
        RefusedError: A refusal applies. It has the response.
    """
    refusal = state.pick_refusal(records, violations)
    if refusal is None:
        write(records)
        return build_acknowledgement()
    decision = decide_batch(refusal, name, records, violations)
    write([records[index] for index in decision.stored])
    raise RefusedError(refusal.status, decision.message, decision.violations, body=decision.body)


def has_row(companies: Sequence[Company], resource: Resource, key: object) -> bool:
    """Return whether one of the companies has a row with this key."""
    return any(key in company.tables[resource].by_id for company in companies)


def find_row(companies: Sequence[Company], resource: Resource, key: object) -> Row:
    """Return the row with this key. A check has ensured that it exists."""
    tables = (company.tables[resource].by_id for company in companies)
    return next(rows[str(key)] for rows in tables if key in rows)


def accept_record(companies: Sequence[Company], record: Record) -> Problem | None:
    """Accept a record that needs no check beyond the schema."""
    return None


def make_id_check(resource: Resource, id_field: str) -> Check:
    """Return a check that the id of a record exists."""

    def check(companies: Sequence[Company], record: Record) -> Problem | None:
        key = record.get(id_field)
        if not has_row(companies, resource, key):
            return id_field, f'"{key}" does not exist' if key else "is required"
        return None

    return check


def check_owner(companies: Sequence[Company], record: Record) -> Problem | None:
    """Check that the customer of a vehicle exists, if the vehicle has one."""
    return (
        make_id_check("customers", "customerId")(companies, record)
        if "customerId" in record
        else None
    )


def check_vehicle_and_owner(companies: Sequence[Company], record: Record) -> Problem | None:
    """Check that a vehicle and its customer exist."""
    missing = make_id_check("vehicles", "vehicleId")(companies, record)
    return missing or check_owner(companies, record)


def check_stock(companies: Sequence[Company], record: Record) -> Problem | None:
    """Check that the location stocks the item."""
    key = make_stock_key(record["itemId"], record["locationId"])
    if not has_row(companies, "inventory_levels", key):
        return "itemId", f'"{record["itemId"]}" is not stocked at "{record["locationId"]}"'
    return None


def make_create(resource: Resource, id_field: str, status_field: str) -> RecordWriter:
    """Return a writer that appends records with status "Active"."""

    def create(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        table = companies[0].tables[resource]
        state.store.create(table, id_field, status_field, records)

    return create


def make_update(resource: Resource, id_field: str) -> RecordWriter:
    """Return a writer that changes only the fields of the request."""

    def update(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            state.store.update(find_row(companies, resource, record[id_field]), record)

    return update


def make_archive(resource: Resource, id_field: str, status_field: str) -> RecordWriter:
    """Return a writer that sets the status "Inactive". Lists still return these records."""

    def archive(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
        for record in records:
            state.store.update(
                find_row(companies, resource, record[id_field]), {status_field: "Inactive"}
            )

    return archive


def set_stock(state: SandboxState, companies: Sequence[Company], records: list[Record]) -> None:
    """Set the quantities of inventory levels."""
    for record in records:
        key = make_stock_key(record["itemId"], record["locationId"])
        row = find_row(companies, "inventory_levels", key)
        quantity = cast("float", record["quantityOnHand"])
        minimum = cast("float", row.data["minQuantity"])
        level = compute_restock_level(quantity, minimum)
        state.store.update(row, {"quantityOnHand": quantity, "restockLevel": level})


def create_appointment_request(state: SandboxState, request: ValidatedRequest) -> Record:
    """Create one appointment request. The default location is the first of the company."""
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

    def create(records: list[Record]) -> None:
        state.store.create(table, "appointmentId", "status", records, status="requested")

    return write_batch(state, "appointmentRequests", [record], {}, create)


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

WRITE_OPERATIONS = frozenset((*BULK_WRITES, "createAppointmentRequest"))
"""The operations that write records."""
