"""openapi.yaml has the documented operations, and says of everything in it where it is from."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autoleap.sandbox.schemas import resolve_ref
from tests.contract.spec import OPERATIONS, SPEC, Json, Operation, every_operation

# The names, methods and paths that AutoLeap's reference has; what is in them may be inferred.
DOCUMENTED = """
login POST /partners/login
refreshTokens POST /partners/generateNewAccessToken
logout POST /partners/logout
getProfile GET /partners/profile
createCustomers POST /customers
listCustomers GET /customers
updateCustomers PUT /customers
archiveCustomers PATCH /customers
getCustomer GET /customers/{customerId}
createVehicles POST /vehicles
listVehicles GET /vehicles
updateVehicles PUT /vehicles
archiveVehicles PATCH /vehicles
getVehicle GET /vehicles/{vehicleId}
listItems GET /items
archiveItems PATCH /items
getItem GET /items/{itemId}
listInventoryLevels GET /inventoryLevels
updateInventoryLevels PUT /inventoryLevels
getInventoryLevel GET /inventoryLevels/{itemId}
listItemPricing GET /itemPricing
getItemPricing GET /itemPricing/{itemId}
createAppointmentRequest POST /appointmentRequests/create
listAppointmentRequests GET /appointmentRequests
listRepairOrders GET /orders
getRepairOrder GET /orders/{roNumber}
listPayments GET /payments
listTimesheetLogs GET /technicians/timesheetLogs
"""
MARKS = ("documented", "inferred")
EVERYWHERE = {"200", "400", "401", "403", "429", "500"}


def test_the_operations_are_the_documented_ones_and_marked_so() -> None:
    listed = {f"{op.id} {op.method.upper()} {op.path}" for op in OPERATIONS}
    assert listed == set(DOCUMENTED.strip().splitlines())
    assert {operation.described["x-provenance"] for operation in OPERATIONS} == {"documented"}


@every_operation
def test_every_part_of_an_operation_says_where_it_is_from(operation: Operation) -> None:
    parts = {
        f"{place} {p['name']}": p
        for place in ("path", "query")
        for p in operation.parameters(place)
    }
    parts |= {s: resolve_ref(SPEC, r) for s, r in operation.raw["responses"].items()}
    if operation.body:
        parts["body"] = operation.described["requestBody"]
    assert [name for name, part in parts.items() if part.get("x-provenance") not in MARKS] == []


@every_operation
def test_an_operation_has_the_documented_statuses_and_404_where_something_is_named(
    operation: Operation,
) -> None:
    named = not operation.path.startswith("/partners/")
    assert operation.raw["responses"].keys() == EVERYWHERE | ({"404"} if named else set())


@pytest.mark.parametrize("name", SPEC["components"]["schemas"])
def test_every_schema_and_property_says_where_it_is_from(name: str) -> None:
    schema = SPEC["components"]["schemas"][name]
    assert schema.get("x-provenance") in MARKS
    assert [
        key for key, field in properties(schema) if field.get("x-provenance") not in MARKS
    ] == []


def properties(schema: Json) -> Iterator[tuple[str, Json]]:
    """The properties of a schema and of its parts."""
    yield from schema.get("properties", {}).items()
    for part in schema.get("allOf", []):
        yield from properties(part)
