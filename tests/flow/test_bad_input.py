"""Bad arguments are refused by name before anything is sent."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime
from functools import partial
from typing import Any, TypeAlias

import pytest

from autoleap import AutoLeap, AutoLeapError, Company, ConfigurationError, Pager, RecordError
from autoleap.models import CustomerCreateItem
from autoleap.sandbox import Sandbox
from tests.conftest import Connect

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

Call: TypeAlias = Callable[[], Awaitable[object]]
# Wrong arguments are the point of these tests, so no type may stand in their way.
Loose: TypeAlias = Any

NAIVE, DAY = datetime(2026, 3, 1, 9, 30), date(2026, 3, 1)
LISTS = {
    resource: names.split()
    for resource, names in {
        "customers": "search updated_from updated_to sort sort_direction",
        "vehicles": "customer_id search updated_from updated_to sort sort_direction",
        "items": "type item_number updated_from updated_to",
        "inventory_levels": "restock_level",
        "item_pricing": "type item_number updated_from updated_to",
        "appointment_requests": "status starts_from starts_to updated_from updated_to "
        "created_from created_to sort sort_direction",
        "repair_orders": "search number status finalized updated_from updated_to invoiced_from "
        "invoiced_to finalized_from finalized_to sort sort_direction",
        "payments": "paid_from paid_to updated_from updated_to sort sort_direction",
        "timesheets": "",
    }.items()
}
BULK = [
    (resource, verb)
    for resource, verbs in {
        "customers": "create update archive",
        "vehicles": "create update archive",
        "items": "archive",
        "inventory_levels": "update",
    }.items()
    for verb in verbs.split()
]
GETS = {
    "customers": "customer_id",
    "vehicles": "vehicle_id",
    "items": "item_id",
    "inventory_levels": "item_id",
    "item_pricing": "item_id",
    "repair_orders": "number",
}


async def read_first(shop: Company, resource: str, **options: Loose) -> object:
    """Return the first row of a list; the list of timesheets needs two days."""
    days = (DAY, DAY) if resource == "timesheets" else ()
    pager: Pager[object] = getattr(shop, resource).list(*days, **options)
    return await pager.first()


@pytest.fixture
async def shop(sandbox: Sandbox, connect: Connect) -> AsyncIterator[Company]:
    """A company at a server that must not receive any request during the test."""
    async with connect(sandbox) as client:
        yield client.company(sandbox.company_id)
    assert len(sandbox.requests) == 0


async def check_refused(
    call: Call, message: str, kind: type[Exception] = ConfigurationError
) -> None:
    """Check that a call is refused with this message, and that its error counts no attempt."""
    with pytest.raises(kind, match=message) as caught:
        await call()
    if isinstance(caught.value, AutoLeapError):
        assert (caught.value.attempts, caught.value.status) == (0, None)


# The client and its scopes


async def test_a_client_without_credentials_is_not_made(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AUTOLEAP_PARTNER_ID", raising=False)
    monkeypatch.delenv("AUTOLEAP_AUTH_KEY", raising=False)
    with pytest.raises(ConfigurationError, match="AUTOLEAP_PARTNER_ID"):
        AutoLeap(base_url=sandbox.base_url)
    with pytest.raises(ConfigurationError, match="AUTOLEAP_AUTH_KEY"):
        AutoLeap("p", base_url=sandbox.base_url)


async def test_a_client_for_plain_http_elsewhere_is_not_made() -> None:
    with pytest.raises(ConfigurationError, match="use https"):
        AutoLeap("p", "k", base_url="http://sandbox.example/v2")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        (("",), "company_id must not be empty"),
        ((None,), "company_id must be a str, not NoneType"),
        ((98392,), "company_id must be a str, not int"),
        (("1", ""), "location_id must not be empty"),
        (("1", 5), "location_id must be a str, not int"),
    ],
)
async def test_a_scope_wants_ids_that_are_strings_and_not_empty(
    ids: tuple[Loose, ...], message: str, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        with pytest.raises(ConfigurationError, match=message):
            client.company(*ids)
    assert len(sandbox.requests) == 0


async def test_a_closed_client_sends_nothing(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
    calls: list[Callable[[], Awaitable[object]]] = [
        client.profile,
        client.login,
        shop.customers.list().first,
        lambda: shop.customers.get("1"),
        lambda: shop.appointment_requests.create({"language": "EN"}),
    ]
    for call in calls:
        with pytest.raises(ConfigurationError, match="this client is closed"):
            await call()
    report = await shop.customers.create([{"firstName": "Ana", "lastName": "Ruiz"}])
    assert isinstance(report.failures[0].error, ConfigurationError)
    await client.aclose()
    assert len(sandbox.requests) == 0


# Lists and gets


@pytest.mark.parametrize("resource", LISTS)
async def test_an_unknown_filter_is_named(resource: str, shop: Company) -> None:
    await check_refused(
        lambda: read_first(shop, resource, updatedFrom="2026-01-01"), "updatedFrom", TypeError
    )


@pytest.mark.parametrize("resource", LISTS)
async def test_page_size_and_prefetch_are_whole_numbers_within_bounds(
    resource: str, shop: Company
) -> None:
    for size in (0, 101, -1, "5", None, 2.0, True):
        await check_refused(
            partial(read_first, shop, resource, page_size=size), "page_size must be"
        )
    for ahead in (-1, "1", None, 1.5, True):
        await check_refused(partial(read_first, shop, resource, prefetch=ahead), "prefetch must be")


@pytest.mark.parametrize("resource", LISTS)
async def test_a_filter_of_a_wrong_type_is_named(resource: str, shop: Company) -> None:
    for name in LISTS[resource]:
        for value in (["x"], b"x", 1.5):
            await check_refused(
                partial(read_first, shop, resource, **{name: value}),
                f"{name} must be",
            )


@pytest.mark.parametrize("resource", LISTS)
async def test_a_naive_datetime_is_refused_by_every_date_filter(
    resource: str, shop: Company
) -> None:
    for name in LISTS[resource]:
        if name.endswith(("_from", "_to")):
            await check_refused(
                partial(read_first, shop, resource, **{name: NAIVE}),
                f"{name} is a naive datetime",
            )


async def test_timesheets_want_two_days(shop: Company) -> None:
    wrong: list[Loose] = [NAIVE, None, "soon", 5]
    for moment in wrong:
        with pytest.raises(ConfigurationError, match=r"^start "):
            shop.timesheets.list(moment, DAY)
        with pytest.raises(ConfigurationError, match=r"^end "):
            shop.timesheets.list(DAY, moment)


async def test_a_choice_the_api_does_not_have_is_answered_with_those_it_has(shop: Company) -> None:
    cases: list[tuple[str, dict[str, Loose], str]] = [
        ("customers", {"sort_direction": "asc"}, "sort_direction must be one of 'ASC', 'DESC'"),
        ("payments", {"sort": "paymentDate"}, "sort must be one of 'createdDate'"),
        ("repair_orders", {"sort": "number"}, "sort must be one of .*'repairOrderNumber'"),
        ("repair_orders", {"status": 8}, "status must be one of 1, 2, 3, 4, 5, 6, 7"),
        ("repair_orders", {"status": "WIP"}, "status must be one of"),
        ("repair_orders", {"finalized": "yes"}, "finalized must be True or False"),
        ("repair_orders", {"number": 43}, "number must be a str, not int"),
        ("appointment_requests", {"sort": "createdDate"}, "sort must be one of .*'startDate'"),
        ("appointment_requests", {"status": "open"}, "status must be one of .*'requested'"),
        ("items", {"type": "parts"}, "type must be one of .*'part', 'tire'"),
        ("inventory_levels", {"restock_level": "low"}, "restock_level must be one of 'above'"),
    ]
    for resource, options, message in cases:
        await check_refused(partial(read_first, shop, resource, **options), message)


@pytest.mark.parametrize(("resource", "name"), GETS.items())
async def test_a_get_wants_a_key_that_is_a_string_and_not_empty(
    resource: str, name: str, shop: Company
) -> None:
    for key in ("", None, 43, ["43"]):
        await check_refused(partial(getattr(shop, resource).get, key), f"{name} must")


# Writes


@pytest.mark.parametrize(("resource", "verb"), BULK)
async def test_records_that_are_not_several_are_refused(
    resource: str, verb: str, shop: Company
) -> None:
    one = {"firstName": "Ana", "lastName": "Ruiz"}
    for records in ("12345", b"12345", None, 5, one, CustomerCreateItem.from_dict(one)):
        await check_refused(
            partial(getattr(getattr(shop, resource), verb), records),
            f"records must be an iterable.*not {type(records).__name__}",
        )


@pytest.mark.parametrize(("resource", "verb"), BULK)
async def test_a_bad_bulk_option_is_named(resource: str, verb: str, shop: Company) -> None:
    cases: list[tuple[dict[str, Loose], str, type[Exception]]] = [
        ({"batch_size": 0}, "batch_size must be at least 1", ConfigurationError),
        ({"batch_size": "100"}, "batch_size must be an int", ConfigurationError),
        ({"concurrency": 0}, "concurrency must be at least 1", ConfigurationError),
        ({"concurrency": 2.0}, "concurrency must be an int", ConfigurationError),
        ({"on_progress": "print"}, "on_progress must be callable", ConfigurationError),
        ({"batchsize": 5}, "batchsize", TypeError),
    ]
    for options, message, kind in cases:
        await check_refused(
            partial(getattr(getattr(shop, resource), verb), [], **options),
            message,
            kind,
        )


@pytest.mark.parametrize(("resource", "verb"), BULK)
async def test_the_streaming_verbs_refuse_at_once_and_not_when_they_are_read(
    resource: str, verb: str, shop: Company
) -> None:
    each = getattr(getattr(shop, resource), f"{verb}_each")
    with pytest.raises(ConfigurationError, match="records must be"):
        each("12345")
    with pytest.raises(ConfigurationError, match="batch_size must be"):
        each([], batch_size=0)


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"startDateTime": "2026-12-01T09:00:00"}, "startDateTime"),
        ({"startDateTime": NAIVE}, "startDateTime"),
        ({"vehicle": {"year": "2019"}}, "vehicle.year"),
        ({"services": [{"title": "Oil"}, {"id": "S-1"}]}, r"services\[1\].id"),
        ({"companyId": ""}, "companyId"),
        ("tomorrow", "a record must be a model or a dict"),
    ],
)
async def test_a_wrong_appointment_request_is_refused_by_its_field(
    asked: Loose, field: str, shop: Company
) -> None:
    await check_refused(lambda: shop.appointment_requests.create(asked), field, RecordError)


async def test_a_good_call_after_a_refused_one_is_sent(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        await check_refused(lambda: shop.customers.get(""), "customer_id must not be empty")
        await shop.customers.list(updated_from=datetime(2026, 3, 1, tzinfo=UTC)).first()
    assert [record.operation_id for record in sandbox.requests] == ["login", "listCustomers"]
