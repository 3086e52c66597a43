"""Writes change what they say, tell no ids, and are all or nothing."""

from typing import Any

import httpx
import pytest

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import Open

NOTHING: dict[str, object] = {}
ACKNOWLEDGED: dict[str, object] = {
    "success": True,
    "message": "Request completed successfully",
    "data": NOTHING,
}
GOOD = {"firstName": "Jane", "lastName": "Doe"}


def names(sandbox: Sandbox) -> list[object]:
    return [row["firstName"] for row in sandbox.store.rows("customers")]


def send(
    client: httpx.Client, sandbox: Sandbox, method: str, path: str, **body: object
) -> httpx.Response:
    return client.request(method, path, json={"companyId": sandbox.company_id, **body})


def test_created_customers_are_acknowledged_without_ids_and_listed_last(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    customers = [{"firstName": f"New {n}", "lastName": "Doe"} for n in range(3)]
    answer = send(client, sandbox, "POST", "/customers", customers=customers)
    assert answer.json() == ACKNOWLEDGED
    made = sandbox.store.rows("customers")[-3:]
    assert [row["firstName"] for row in made] == ["New 0", "New 1", "New 2"]
    assert len({row["customerId"] for row in made}) == 3
    assert {row["customerStatus"] for row in made} == {"Active"}


def test_what_was_just_created_is_found_by_the_window_of_its_own_date(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    send(client, sandbox, "POST", "/customers", customers=[GOOD])
    made = sandbox.store.rows("customers")[-1]
    stamp = str(made["createdDate"])
    assert stamp.endswith("Z")
    assert stamp[-5] == "."
    window = {"updatedDateStart": stamp, "updatedDateEnd": stamp}
    answer = client.get("/customers", params={"companyId": sandbox.company_id, **window})
    assert answer.json()["content"] == [made]


def test_an_update_changes_only_what_is_sent(sandbox: Sandbox, client: httpx.Client) -> None:
    before = sandbox.store.rows("customers")[5]
    change = {"customerId": before["customerId"], "notes": "Prefers email."}
    answer = send(client, sandbox, "PUT", "/customers", customers=[change])
    assert answer.json() == ACKNOWLEDGED
    after = sandbox.store.rows("customers")[5]
    assert after.pop("updatedDate") != before.pop("updatedDate")
    assert after == before | {"notes": "Prefers email."}


def test_an_archive_sets_the_status_and_keeps_the_record_listed(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    for path, resource, field, status in (
        ("/customers", "customers", "customerId", "customerStatus"),
        ("/vehicles", "vehicles", "vehicleId", "vehicleStatus"),
        ("/items", "items", "itemId", "status"),
    ):
        before = sandbox.store.rows(resource)  # type: ignore[arg-type]
        body: dict[str, object] = {resource: [{field: before[0][field]}]}
        assert send(client, sandbox, "PATCH", path, **body).json() == ACKNOWLEDGED
        after = sandbox.store.rows(resource)  # type: ignore[arg-type]
        assert (before[0][status], after[0][status]) == ("Active", "Inactive")
        assert len(after) == len(before)
        assert [row[status] for row in after[1:]] == [row[status] for row in before[1:]]


def test_an_item_is_archived_without_naming_its_company(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    row = sandbox.store.rows("items", sandbox.company_ids[1])[0]
    answer = client.patch("/items", json={"items": [{"itemId": row["itemId"]}]})
    assert answer.json() == ACKNOWLEDGED
    assert sandbox.store.rows("items", sandbox.company_ids[1])[0]["status"] == "Inactive"


@pytest.mark.parametrize(
    ("method", "path", "body", "error"),
    [
        ("PUT", "/customers", {"customers": [{"customerId": "?"}]}, "customers[0].customerId: "),
        ("PATCH", "/customers", {"customers": [{"customerId": "?"}]}, "customers[0].customerId: "),
        (
            "POST",
            "/vehicles",
            {"vehicles": [{"customerId": "?"}]},
            "vehicles[0].customerId: ",
        ),
        ("PUT", "/vehicles", {"vehicles": [{"vehicleId": "?"}]}, "vehicles[0].vehicleId: "),
        ("PATCH", "/vehicles", {"vehicles": [{"vehicleId": "?"}]}, "vehicles[0].vehicleId: "),
        ("PATCH", "/items", {"items": [{"itemId": "?"}]}, "items[0].itemId: "),
        ("PATCH", "/items", {"items": [NOTHING]}, "items[0].itemId: is required"),
        (
            "PUT",
            "/inventoryLevels",
            {"items": [{"itemId": "?", "locationId": "?", "quantityOnHand": 1}]},
            "items[0].itemId: ",
        ),
    ],
)
def test_ids_that_do_not_exist_are_refused_by_record(
    sandbox: Sandbox,
    client: httpx.Client,
    method: str,
    path: str,
    body: dict[str, object],
    error: str,
) -> None:
    answer = send(client, sandbox, method, path, **body)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_one_bad_record_keeps_the_whole_batch_out(sandbox: Sandbox, client: httpx.Client) -> None:
    before = names(sandbox)
    answer = send(client, sandbox, "POST", "/customers", customers=[GOOD, {"firstName": "Bad"}])
    assert answer.status_code == 400
    assert names(sandbox) == before


def test_a_partial_sandbox_keeps_the_good_records_and_still_answers_400(log_in: Open) -> None:
    with Sandbox(partial=True, customers=0) as sandbox:
        client = log_in(sandbox)
        customers = [GOOD, {"firstName": "Bad"}, GOOD | {"firstName": "Joe"}]
        answer = send(client, sandbox, "POST", "/customers", customers=customers)
        assert answer.status_code == 400
        assert answer.json()["error"] == "customers[1].lastName: is required"
        assert names(sandbox) == ["Jane", "Joe"]


def test_a_partial_sandbox_keeps_nothing_of_a_request_that_is_wrong_as_a_whole(
    log_in: Open,
) -> None:
    with Sandbox(partial=True, customers=0) as sandbox:
        body: dict[str, Any] = {"customers": [GOOD], "companyID": sandbox.company_id}
        assert log_in(sandbox).post("/customers", json=body).status_code == 400
        assert names(sandbox) == []


def test_a_batch_above_the_limit_is_too_large(log_in: Open) -> None:
    with Sandbox(max_batch=2) as sandbox:
        client = log_in(sandbox)
        answer = send(client, sandbox, "POST", "/customers", customers=[GOOD] * 3)
        assert answer.status_code == 413
        assert answer.json()["success"] is False
        answer = send(client, sandbox, "POST", "/customers", customers=[GOOD] * 2)
        assert answer.status_code == 200


def test_a_vehicle_is_created_for_an_existing_customer(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    owner = sandbox.store.rows("customers")[0]["customerId"]
    vehicle = {"customerId": owner, "make": "Škoda", "year": 2020}
    assert send(client, sandbox, "POST", "/vehicles", vehicles=[vehicle]).json() == ACKNOWLEDGED
    assert sandbox.store.rows("vehicles")[-1].items() >= vehicle.items()


def test_stock_is_set_absolutely_and_its_level_follows(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    before = sandbox.store.rows("inventory_levels")[0]
    item = {"itemId": before["itemId"], "locationId": before["locationId"]}
    for quantity, level in ((0, "below"), (1000, "above")):
        items = [item | {"quantityOnHand": quantity}]
        answer = send(client, sandbox, "PUT", "/inventoryLevels", items=items)
        assert answer.json() == ACKNOWLEDGED
        after = sandbox.store.rows("inventory_levels")[0]
        assert (after["quantityOnHand"], after["restockLevel"]) == (quantity, level)


def test_an_appointment_request_is_listed_as_requested(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    asked = {
        "startDateTime": "2026-05-04T09:00:00Z",
        "endDateTime": "2026-05-04T10:00:00Z",
        "dropOffOption": "waitForIt",
        "customer": {"firstName": "Jane", "lastName": "Doe"},
        "services": [{"serviceId": "s1", "title": "Oil change"}],
    }
    answer = send(client, sandbox, "POST", "/appointmentRequests/create", language="EN", **asked)
    assert answer.json() == ACKNOWLEDGED
    window = {"appointmentStartDate": "2026-05-04", "appointmentEndDate": "2026-05-04"}
    query = {"companyId": sandbox.company_id, **window}
    (row,) = client.get("/appointmentRequests", params=query).json()["content"]
    assert row.items() >= asked.items()
    assert (row["status"], row["locationId"]) == ("requested", sandbox.location_id)


def test_an_appointment_request_needs_readable_dates(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    answer = send(
        client, sandbox, "POST", "/appointmentRequests/create", startDateTime="next monday"
    )
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("startDateTime: ")
