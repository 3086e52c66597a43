"""Requests that break the contract are refused by name of the field, and noted."""

from typing import Any

import httpx
import pytest

from autoleap.sandbox import Sandbox

GOOD = {"firstName": "Jane", "lastName": "Doe"}


def create(client: httpx.Client, sandbox: Sandbox, *customers: object) -> httpx.Response:
    body = {"companyId": sandbox.company_id, "customers": list(customers)}
    return client.post("/customers", json=body)


@pytest.mark.parametrize(
    ("customer", "error"),
    [
        (GOOD | {"phones": [{"type": "fax"}]}, 'phones[0].type: "fax" is not one of "mobile"'),
        ({"firstName": "Jane"}, "lastName: is required"),
        (GOOD | {"fristName": "x"}, "fristName: is not a field of the contract"),
        (GOOD | {"mainAddress": {"street": "x"}}, "mainAddress.street: is not a field"),
        (GOOD | {"taxExempt": "yes"}, 'taxExempt: "yes" is not of type "boolean"'),
        (GOOD | {"notes": None}, 'notes: null is not of type "string"'),
    ],
)
def test_a_bad_record_is_named_with_field_and_reason(
    sandbox: Sandbox, client: httpx.Client, customer: object, error: str
) -> None:
    answer = create(client, sandbox, GOOD, GOOD, GOOD, customer)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(f"customers[3].{error}")
    assert sandbox.requests[-1].violations == (answer.json()["error"],)


def test_every_bad_record_is_in_the_log_and_the_first_ten_in_the_answer(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    answer = create(client, sandbox, *[{"firstName": "Jane"}] * 12)
    assert answer.json()["error"].count("lastName: is required") == 10
    assert answer.json()["error"].endswith("and 2 more")
    assert len(sandbox.requests[-1].violations) == 12


def test_values_of_open_enums_are_let_through(sandbox: Sandbox, client: httpx.Client) -> None:
    customer = GOOD | {"taxExempt": True, "reasonForTaxExempt": "Something new"}
    assert create(client, sandbox, customer).status_code == 200


def test_text_of_any_script_is_kept_as_it_came(sandbox: Sandbox, client: httpx.Client) -> None:
    name = {"firstName": "Zoë 🚗", "lastName": "O'Łukasz\n二"}
    assert create(client, sandbox, name).status_code == 200
    assert sandbox.store.rows("customers")[-1].items() >= name.items()


def test_an_empty_batch_is_refused(sandbox: Sandbox, client: httpx.Client) -> None:
    answer = create(client, sandbox)
    assert answer.status_code == 400
    assert answer.json()["error"].startswith("customers: ")


@pytest.mark.parametrize(
    ("content", "media_type", "reason"),
    [
        (b"", "application/json", "not valid JSON"),
        (b'{"companyId": ', "application/json", "not valid JSON"),
        (b'{"companyId": NaN}', "application/json", "not valid JSON"),
        (b"\xff\xfe", "application/json", "not valid JSON"),
        (b"[" * 100_000, "application/json", "not valid JSON"),
        (b'{"companyId": ' + b"[" * 500 + b"]" * 500 + b"}", "application/json", "cannot be read"),
        (b"[]", "application/json", 'not of type "object"'),
        (b'{"companyId": "\\ud800"}', "application/json", "not valid JSON"),
        (b"{}", "text/plain", "content type"),
    ],
)
def test_bodies_that_are_not_json_objects_are_refused(
    client: httpx.Client, content: bytes, media_type: str, reason: str
) -> None:
    headers = {"Content-Type": media_type}
    answer = client.post("/customers", content=content, headers=headers)
    assert answer.status_code == 400
    assert reason in answer.json()["error"]


def test_a_body_where_none_belongs_is_refused(sandbox: Sandbox, client: httpx.Client) -> None:
    answer = client.request("GET", "/partners/profile", json={"a": 1})
    assert answer.json()["error"] == "this operation takes no body"


@pytest.mark.parametrize(
    ("path", "query", "error"),
    [
        ("/customers", {"updatedFrom": "2026-01-01"}, "updatedFrom: is not a parameter"),
        ("/customers", {"size": "many"}, 'size: "many" is not of type integer'),
        ("/customers", {"size": "0"}, "size: 0 is less than the minimum of 1"),
        ("/customers", {"page": "0"}, "page: 0 is less than the minimum of 1"),
        ("/customers", {"sortDirection": "asc"}, 'sortDirection: "asc" is not one of "ASC"'),
        ("/customers", {"sort": "shoeSize"}, 'sort: "shoeSize" is not one of'),
        ("/customers", {"updatedDateStart": "tomorrow"}, "updatedDateStart: "),
        ("/customers", {"updatedDateStart": "2026-01-01T00:00:00"}, "updatedDateStart: "),
        ("/customers", {"updatedDateEnd": "2026-02-30"}, "updatedDateEnd: "),
        ("/items", {"updatedDateStart": "2026-01-01"}, "updatedDateStart: "),
        ("/items", {"type": "Part"}, 'type: "Part" is not one of'),
        ("/orders", {"isFinalized": "yes"}, 'isFinalized: "yes" is not of type boolean'),
        ("/orders", {"repairOrderStatusId": "8"}, "repairOrderStatusId: 8 is not one of"),
        ("/technicians/timesheetLogs", {"startDate": "2025-01-01"}, "endDate: is required"),
    ],
)
def test_bad_query_parameters_are_named(
    sandbox: Sandbox, client: httpx.Client, path: str, query: dict[str, str], error: str
) -> None:
    answer = client.get(path, params={"companyId": sandbox.company_id, **query})
    assert answer.status_code == 400
    assert answer.json()["error"].startswith(error)


def test_a_missing_company_is_named(client: httpx.Client) -> None:
    assert client.get("/customers").json()["error"] == "companyId: is required"


def test_a_parameter_given_twice_is_refused(sandbox: Sandbox, client: httpx.Client) -> None:
    query = f"companyId={sandbox.company_id}&size=1&size=2"
    answer = client.get(f"/customers?{query}")
    assert answer.json()["error"] == "size: is given more than once"


def test_an_unknown_company_and_that_of_another_partner_have_different_errors(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    foreign = client.get("/customers", params={"companyId": sandbox.foreign_company_id})
    unknown = client.get("/customers", params={"companyId": "no-such-company"})
    assert (foreign.status_code, unknown.status_code) == (403, 404)
    body = {"companyId": sandbox.foreign_company_id, "customers": [GOOD]}
    assert client.post("/customers", json=body).status_code == 403


def test_an_unknown_location_is_not_found(sandbox: Sandbox, client: httpx.Client) -> None:
    query = {"companyId": sandbox.company_id, "locationId": "SHOP0"}
    assert client.get("/payments", params=query).status_code == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/nope"), ("DELETE", "/customers"), ("GET", "/customers/"), ("GET", "//customers")],
)
def test_paths_and_methods_outside_the_contract_are_not_found(
    sandbox: Sandbox, client: httpx.Client, method: str, path: str
) -> None:
    answer = client.request(method, sandbox.base_url + path)
    assert answer.status_code == 404
    assert answer.json()["success"] is False
    assert sandbox.requests[-1].operation_id is None
    assert sandbox.requests[-1].violations


def test_an_id_with_an_encoded_slash_is_one_id(sandbox: Sandbox, client: httpx.Client) -> None:
    query = {"companyId": sandbox.company_id}
    answer = client.get("/customers/a%2Fb%20c", params=query)
    assert answer.json()["error"] == "No customerId a/b c exists"


def test_a_clean_request_leaves_no_violations(sandbox: Sandbox, client: httpx.Client) -> None:
    query: dict[str, Any] = {"companyId": sandbox.company_id, "size": 5}
    client.get("/customers", params=query)
    record = sandbox.requests[-1]
    assert (record.method, record.path, record.operation_id, record.status) == (
        "GET",
        "/customers",
        "listCustomers",
        200,
    )
    assert record.query == {"companyId": sandbox.company_id, "size": "5"}
    assert record.violations == ()
    assert record.fault is None
