"""What the sandbox answers is what `openapi.yaml` describes."""

from typing import Any, cast

import httpx
import pytest
import yaml
from jsonschema_rs import Draft202012Validator

from autoleap.sandbox import Sandbox
from autoleap.sandbox.contract import load_contract, read_contract_text
from autoleap.sandbox.operations import HANDLERS
from autoleap.sandbox.reads import LIST_OPERATIONS
from autoleap.sandbox.schemas import Schema, forbid_unknown_fields, resolve_ref

DOCUMENT = cast("Schema", yaml.safe_load(read_contract_text()))
SCOPE = {"companyId", "locationId", "size", "page", "sort", "sortDirection"}


def wrong_with(operation_id: str, status: int, body: object) -> list[str]:
    """What the contract finds wrong with an answer; unknown fields are wrong too."""
    paths = cast("dict[str, Any]", DOCUMENT["paths"])
    operation = next(known for known in load_contract().operations if known.id == operation_id)
    described = paths[f"/{'/'.join(operation.segments)}"][operation.method.lower()]
    answer = resolve_ref(DOCUMENT, described["responses"][str(status)])
    content = cast("dict[str, Any]", answer["content"])
    schema = forbid_unknown_fields(DOCUMENT, content["application/json"]["schema"])
    errors = Draft202012Validator(schema, validate_formats=True).iter_errors(body)
    return [f"{error.instance_path}: {error.message}" for error in errors]


def test_every_operation_it_can_do_is_of_the_contract() -> None:
    # A newer contract may have more: they are answered with its examples.
    assert set(HANDLERS) <= {operation.id for operation in load_contract().operations}
    assert len(HANDLERS) == 28


def test_every_filter_of_the_contract_is_known_and_no_other() -> None:
    for operation in load_contract().operations:
        if operation.id in LIST_OPERATIONS:
            assert set(operation.query) - SCOPE == set(LIST_OPERATIONS[operation.id].filters)


@pytest.mark.parametrize(
    ("operation_id", "path"),
    [
        ("getProfile", "/partners/profile"),
        ("listCustomers", "/customers"),
        ("listVehicles", "/vehicles"),
        ("listItems", "/items"),
        ("listInventoryLevels", "/inventoryLevels"),
        ("listItemPricing", "/itemPricing"),
        ("listAppointmentRequests", "/appointmentRequests"),
        ("listRepairOrders", "/orders"),
        ("listPayments", "/payments"),
        ("listTimesheetLogs", "/technicians/timesheetLogs"),
        ("getCustomer", "/customers/{customerId}"),
        ("getVehicle", "/vehicles/{vehicleId}"),
        ("getItem", "/items/{itemId}"),
        ("getInventoryLevel", "/inventoryLevels/{itemId}"),
        ("getItemPricing", "/itemPricing/{itemId}"),
        ("getRepairOrder", "/orders/{repairOrderNumber}"),
    ],
)
def test_reads_answer_as_described(
    sandbox: Sandbox, client: httpx.Client, operation_id: str, path: str
) -> None:
    keys = {
        **sandbox.store.rows("customers")[0],
        **sandbox.store.rows("vehicles")[0],
        **sandbox.store.rows("inventory_levels")[0],
        **sandbox.store.rows("repair_orders")[0],
    }
    query: dict[str, Any] = {}
    if operation_id != "getProfile":
        query["companyId"] = sandbox.company_id
    if operation_id == "listTimesheetLogs":
        query |= {"startDate": "2025-01-01", "endDate": "2025-12-31"}
    answer = client.get(path.format(**keys), params=query)
    assert answer.status_code == 200
    assert wrong_with(operation_id, 200, answer.json()) == []


def test_tokens_acknowledgements_and_errors_answer_as_described(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
    tokens = client.post("/partners/login", json=credentials).json()
    assert wrong_with("login", 200, tokens) == []
    renewed = client.post(
        "/partners/generateNewAccessToken", json={"refreshToken": tokens["data"]["refreshToken"]}
    )
    assert wrong_with("refreshTokens", 200, renewed.json()) == []
    customer = {"firstName": "Jane", "lastName": "Doe"}
    body = {"companyId": sandbox.company_id, "customers": [customer]}
    made = client.post("/customers", json=body)
    assert wrong_with("createCustomers", 200, made.json()) == []
    refused = client.get("/customers")
    assert wrong_with("listCustomers", 400, refused.json()) == []
