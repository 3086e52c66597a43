"""Lists filter, sort and page as the contract says."""

from typing import Any

import httpx
import pytest

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import Open

ENVELOPE = {
    *("content", "pageable", "totalPages", "totalCount", "last", "size", "number", "first"),
    *("sort", "numberOfElements", "empty"),
}


def page(client: httpx.Client, sandbox: Sandbox, path: str, **query: object) -> dict[str, Any]:
    given = {"companyId": sandbox.company_id} | {k: str(v) for k, v in query.items()}
    answer = client.get(path, params=given)
    assert answer.status_code == 200, answer.text
    body: dict[str, Any] = answer.json()
    return body


def rows(
    client: httpx.Client, sandbox: Sandbox, path: str, **query: object
) -> list[dict[str, Any]]:
    content: list[dict[str, Any]] = page(client, sandbox, path, size=100, **query)["content"]
    return content


def test_pages_are_numbered_from_one_and_hold_every_row_once(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    pages = [page(client, sandbox, "/customers", size=10, page=n) for n in (1, 2, 3)]
    seen = [row["customerId"] for body in pages for row in body["content"]]
    assert seen == [row["customerId"] for row in sandbox.store.rows("customers")]
    assert [body["number"] for body in pages] == [1, 2, 3]
    assert [body["first"] for body in pages] == [True, False, False]
    assert [body["last"] for body in pages] == [False, False, True]
    assert [body["numberOfElements"] for body in pages] == [10, 10, 5]
    assert {(body["totalPages"], body["totalCount"], body["size"]) for body in pages} == {
        (3, 25, 10)
    }
    assert set(pages[0]) == ENVELOPE
    assert pages[1]["pageable"]["offset"] == 10
    assert pages[1]["pageable"]["pageNumber"] == 2


def test_past_the_last_page_is_an_empty_last_page(sandbox: Sandbox, client: httpx.Client) -> None:
    body = page(client, sandbox, "/customers", size=10, page=9)
    assert (body["content"], body["last"], body["empty"]) == ([], True, True)
    assert body["totalCount"] == 25


def test_an_empty_list_is_one_empty_last_page(sandbox: Sandbox, client: httpx.Client) -> None:
    body = page(client, sandbox, "/customers", search="no such text")
    assert (body["content"], body["last"], body["first"], body["totalCount"]) == ([], True, True, 0)


def test_a_size_above_100_is_silently_treated_as_100(log_in: Open) -> None:
    with Sandbox(customers=130, limits=None) as sandbox:
        body = page(log_in(sandbox), sandbox, "/customers", size=5000)
    assert (body["size"], body["numberOfElements"], body["totalPages"]) == (100, 100, 2)


def test_default_sizes_differ(sandbox: Sandbox, client: httpx.Client) -> None:
    assert page(client, sandbox, "/payments")["size"] == 10
    assert page(client, sandbox, "/items")["size"] == 100


def test_search_finds_names_addresses_and_phones(sandbox: Sandbox, client: httpx.Client) -> None:
    known: dict[str, Any] = sandbox.store.rows("customers")[4]
    number = known["phones"][0]["number"]
    digits = "".join(filter(str.isdigit, number))
    full_name = f"{known['firstName']} {known['lastName']}"
    for text in (full_name.upper(), "PERSON5@example", number, digits):
        found = [row["customerId"] for row in rows(client, sandbox, "/customers", search=text)]
        assert known["customerId"] in found, text
        assert len(found) < 25, text


def test_a_search_sees_changes(sandbox: Sandbox, client: httpx.Client) -> None:
    key = sandbox.store.rows("customers")[0]["customerId"]
    assert rows(client, sandbox, "/customers", search="Xanthippe") == []
    body = {
        "companyId": sandbox.company_id,
        "customers": [{"customerId": key, "firstName": "Xanthippe"}],
    }
    assert client.put("/customers", json=body).status_code == 200
    found = rows(client, sandbox, "/customers", search="xanthippe")
    assert [row["customerId"] for row in found] == [key]


def test_windows_include_both_bounds(sandbox: Sandbox, client: httpx.Client) -> None:
    stamps = sorted({str(row["updatedDate"]) for row in sandbox.store.rows("customers")})
    start, end = stamps[3], stamps[6]
    found = rows(client, sandbox, "/customers", updatedDateStart=start, updatedDateEnd=end)
    expected = [
        row["customerId"]
        for row in sandbox.store.rows("customers")
        if start <= str(row["updatedDate"]) <= end
    ]
    assert [row["customerId"] for row in found] == expected
    assert expected


def test_a_bare_end_date_takes_in_the_whole_day(sandbox: Sandbox, client: httpx.Client) -> None:
    found = rows(
        client, sandbox, "/payments", paymentDateStart="2025-01-06", paymentDateEnd="2025-01-06"
    )
    days = {row["paymentDate"][:10] for row in found}
    expected = [
        r for r in sandbox.store.rows("payments") if str(r["paymentDate"])[:10] == "2025-01-06"
    ]
    assert days == {"2025-01-06"}
    assert len(found) == len(expected) > 1


def test_a_window_that_ends_before_it_starts_is_empty(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    window = {"updatedDateStart": "2025-02-01", "updatedDateEnd": "2025-01-01"}
    assert rows(client, sandbox, "/vehicles", **window) == []


def test_offsets_other_than_utc_are_understood(sandbox: Sandbox, client: httpx.Client) -> None:
    utc = rows(client, sandbox, "/customers", updatedDateStart="2025-01-06T20:00:00Z")
    east = rows(client, sandbox, "/customers", updatedDateStart="2025-01-06T22:00:00+02:00")
    assert utc == east
    assert 0 < len(utc) < 25


@pytest.mark.parametrize(
    ("path", "query", "resource", "field", "value"),
    [
        ("/items", {"type": "tire"}, "items", "itemType", "tire"),
        ("/items", {"itemNumber": "PA-1000"}, "items", "itemNumber", "PA-1000"),
        ("/itemPricing", {"type": "labor"}, "item_pricing", "itemType", "labor"),
        ("/itemPricing", {"itemNumber": "TI-1001"}, "item_pricing", "itemNumber", "TI-1001"),
        (
            "/inventoryLevels",
            {"restockLevel": "below"},
            "inventory_levels",
            "restockLevel",
            "below",
        ),
        (
            "/inventoryLevels",
            {"restockLevel": "above"},
            "inventory_levels",
            "restockLevel",
            "above",
        ),
        (
            "/appointmentRequests",
            {"status": "declined"},
            "appointment_requests",
            "status",
            "declined",
        ),
        ("/orders", {"repairOrderNumber": "43"}, "repair_orders", "repairOrderNumber", 43),
        ("/orders", {"repairOrderStatusId": 5}, "repair_orders", "workflowStatus", "Posted"),
    ],
)
def test_filters_keep_exactly_the_rows_they_name(
    sandbox: Sandbox,
    client: httpx.Client,
    path: str,
    query: dict[str, object],
    resource: Any,
    field: str,
    value: object,
) -> None:
    expected = [row for row in sandbox.store.rows(resource) if row[field] == value]
    assert rows(client, sandbox, path, **query) == expected
    assert 0 < len(expected) < len(sandbox.store.rows(resource))


def test_restock_levels_compare_the_stock_with_its_minimum(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    below = rows(client, sandbox, "/inventoryLevels", restockLevel="below")
    above = rows(client, sandbox, "/inventoryLevels", restockLevel="above")
    assert all(row["quantityOnHand"] < row["minQuantity"] for row in below)
    assert all(row["quantityOnHand"] >= row["minQuantity"] for row in above)
    assert len(below) + len(above) == 40


def test_finalized_orders_are_those_with_a_date(sandbox: Sandbox, client: httpx.Client) -> None:
    closed = rows(client, sandbox, "/orders", isFinalized="true")
    still_open = rows(client, sandbox, "/orders", isFinalized="false")
    assert closed
    assert all("finalizeDate" in row for row in closed)
    assert not any("finalizeDate" in row for row in still_open)
    assert len(closed) + len(still_open) == 30


def test_every_list_with_locations_can_be_read_location_by_location(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    for path in ("/inventoryLevels", "/appointmentRequests", "/orders", "/payments"):
        parts = [rows(client, sandbox, path, locationId=key) for key in sandbox.location_ids]
        whole = rows(client, sandbox, path)
        assert all(parts), path
        assert sum(map(len, parts)) == len(whole), path
        for key, part in zip(sandbox.location_ids, parts, strict=True):
            assert {row["locationId"] for row in part} == {key}


def test_customers_without_a_preferred_location_belong_to_every_location(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    found = rows(client, sandbox, "/customers", locationId=sandbox.location_id)
    assert {row.get("preferredLocationID") for row in found} == {None, sandbox.location_id}
    owners = {row["customerId"] for row in found}
    vehicles = rows(client, sandbox, "/vehicles", locationId=sandbox.location_id)
    assert {row["customerId"] for row in vehicles} <= owners
    assert 0 < len(vehicles) < 40


def test_vehicles_of_one_customer(sandbox: Sandbox, client: httpx.Client) -> None:
    owner = sandbox.store.rows("vehicles")[0]["customerId"]
    found = rows(client, sandbox, "/vehicles", customerId=owner)
    assert {row["customerId"] for row in found} == {owner}


def test_lists_sort_both_ways_and_keep_creation_order_otherwise(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    created: list[Any] = [row["repairOrderNumber"] for row in sandbox.store.rows("repair_orders")]
    unsorted = rows(client, sandbox, "/orders")
    falling = rows(client, sandbox, "/orders", sort="repairOrderNumber", sortDirection="DESC")
    assert [row["repairOrderNumber"] for row in unsorted] == created
    assert [row["repairOrderNumber"] for row in falling] == sorted(created, reverse=True)
    starts = [
        row["startDateTime"]
        for row in rows(client, sandbox, "/appointmentRequests", sort="startDate")
    ]
    assert starts == sorted(starts)
    names = [
        row["lastName"].casefold() for row in rows(client, sandbox, "/customers", sort="lastName")
    ]
    assert names == sorted(names)


def test_timesheets_need_both_ends_and_keep_to_them(sandbox: Sandbox, client: httpx.Client) -> None:
    found = rows(
        client, sandbox, "/technicians/timesheetLogs", startDate="2025-01-07", endDate="2025-01-07"
    )
    assert {row["clockIn"][:10] for row in found} == {"2025-01-07"}


def test_items_of_all_companies_are_listed_when_none_is_named(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    whole = client.get("/items").json()["totalCount"]
    parts = [
        client.get("/items", params={"companyId": key}).json()["totalCount"]
        for key in sandbox.company_ids
    ]
    assert whole == sum(parts)
    assert all(parts)


def test_one_record_is_read_by_its_key(sandbox: Sandbox, client: httpx.Client) -> None:
    query = {"companyId": sandbox.company_id}
    for path, resource, field in (
        ("/customers", "customers", "customerId"),
        ("/vehicles", "vehicles", "vehicleId"),
        ("/items", "items", "itemId"),
        ("/itemPricing", "item_pricing", "itemId"),
        ("/orders", "repair_orders", "repairOrderNumber"),
    ):
        row = sandbox.store.rows(resource)[3]  # type: ignore[arg-type]
        assert client.get(f"{path}/{row[field]}", params=query).json() == {"content": [row]}
        assert client.get(f"{path}/unknown", params=query).status_code == 404


def test_the_stock_of_an_item_is_one_record_a_location(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    item = sandbox.store.rows("inventory_levels")[0]["itemId"]
    query = {"companyId": sandbox.company_id}
    levels = client.get(f"/inventoryLevels/{item}", params=query).json()["content"]
    assert [row["locationId"] for row in levels] == sandbox.location_ids
    query["locationId"] = sandbox.location_ids[1]
    levels = client.get(f"/inventoryLevels/{item}", params=query).json()["content"]
    assert [row["locationId"] for row in levels] == [sandbox.location_ids[1]]


def test_the_profile_names_own_companies_and_locations_only(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    data = client.get("/partners/profile").json()["data"]
    assert data["partnerId"] == sandbox.partner_id
    assert [company["companyId"] for company in data["companies"]] == sandbox.company_ids
    first = [location["locationId"] for location in data["companies"][0]["locations"]]
    assert first == sandbox.location_ids


def test_odd_records_can_be_put_and_are_listed_as_they_stand(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    odd: dict[str, object] = {"customerId": None, "customerType": "Regular", "tags": "x"}
    sandbox.store.put("customers", odd)
    assert rows(client, sandbox, "/customers")[-1] == odd


@pytest.mark.parametrize(
    "moment", ["2026-12-01t09:00:00z", "2026-12-01T09:00:00.1234567Z", "2026-12-01T10:00:00+01:00"]
)
def test_every_spelling_of_a_date_time_that_is_taken_is_found_again(
    sandbox: Sandbox, client: httpx.Client, moment: str
) -> None:
    body = {"companyId": sandbox.company_id, "startDateTime": moment}
    assert client.post("/appointmentRequests/create", json=body).status_code == 200
    window = {"appointmentStartDate": "2026-12-01T08:59:59Z", "appointmentEndDate": "2026-12-01"}
    (found,) = rows(client, sandbox, "/appointmentRequests", sort="startDate", **window)
    assert found["startDateTime"] == moment
    assert rows(client, sandbox, "/items", updatedDateStart=moment) == []


def test_rows_with_odd_dates_and_numbers_are_in_no_window_and_come_first(
    sandbox: Sandbox, client: httpx.Client
) -> None:
    sandbox.store.put("appointment_requests", {"startDateTime": "23:59:60, or so"})
    sandbox.store.put("vehicles", {"year": "1999"})
    sandbox.store.put("vehicles", {"year": 10**400})
    asked = rows(client, sandbox, "/appointmentRequests", sort="startDate")
    assert asked[0]["startDateTime"] == "23:59:60, or so"
    window = {"appointmentStartDate": "0001-01-01", "appointmentEndDate": "9999-12-31"}
    assert len(rows(client, sandbox, "/appointmentRequests", **window)) == len(asked) - 1
    years = [row["year"] for row in rows(client, sandbox, "/vehicles", sort="year")]
    assert (years[0], years[-1]) == ("1999", 10**400)


def test_a_page_number_of_any_length_is_an_integer(sandbox: Sandbox, client: httpx.Client) -> None:
    far = page(client, sandbox, "/customers", page=10**24, size=10**24)
    assert (far["content"], far["number"], far["last"]) == ([], 10**24, True)


def test_the_same_seed_gives_the_same_data_and_another_one_does_not() -> None:
    def shown(seed: int) -> list[Any]:
        sandbox = Sandbox(seed=seed)
        return [sandbox.partner_id, sandbox.auth_key, sandbox.store.rows("vehicles")]

    assert shown(7) == shown(7)
    assert shown(7) != shown(8)
