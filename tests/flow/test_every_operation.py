"""All 28 operations through the facade, over real HTTP."""

from __future__ import annotations

import pytest

from autoleap import AutoLeap, BulkReport, Outcome
from autoleap.sandbox import Sandbox
from autoleap.sandbox.contract import load_contract
from autoleap_api_client.api.items import list_items
from autoleap_api_client.models.item_page import ItemPage
from tests.conftest import Connect
from tests.helpers.every_verb import VERBS, FacadeMethod, Ids

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

OPERATIONS = {operation.id for operation in load_contract().operations}


async def keys(client: AutoLeap, sandbox: Sandbox) -> Ids:
    shop = client.company(sandbox.company_id)
    customer, vehicle = await shop.customers.list().first(), await shop.vehicles.list().first()
    level, order = (
        await shop.inventory_levels.list().first(),
        await shop.repair_orders.list().first(),
    )
    assert customer is not None
    assert vehicle is not None
    assert level is not None
    assert order is not None
    return Ids(
        sandbox.company_id,
        str(level.location_id),
        str(customer.customer_id),
        str(vehicle.vehicle_id),
        str(level.item_id),
        str(order.repair_order_number),
    )


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: str(verb.name))
async def test_every_verb_keeps_the_contract_and_answers_with_its_type(
    verb: FacadeMethod, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        ids = await keys(client, sandbox)
        sandbox.forget_requests()
        result = await verb.call(client, client.company(ids.company), ids)
    assert isinstance(result, verb.gives)
    if isinstance(result, BulkReport):
        assert (result.failed, result.unknown) == (0, 0)
        assert result.done > 0
    if isinstance(result, Outcome):
        assert result.status == "done"
    (record,) = sandbox.requests.of(verb.operation)
    assert record.violations == ()
    assert record.status == 200


async def test_the_walk_and_the_token_refresh_cover_28_operations_of_the_contract() -> None:
    # A newer contract may have more: they are there through `client.api`.
    covered = {verb.operation for verb in VERBS} | {"refreshTokens"}
    assert covered <= OPERATIONS
    assert len(covered) == 28


async def test_a_location_is_sent_wherever_an_operation_takes_one(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        ids = await keys(client, sandbox)
        sandbox.forget_requests()
        here = client.company(sandbox.company_id, sandbox.location_id)
        await here.customers.list().first()
        await here.payments.list().first()
        await here.appointment_requests.create({"startDateTime": "2026-12-01T09:00:00Z"})
        report = await here.inventory_levels.update([{"itemId": ids.item, "quantityOnHand": 3}])
        assert report.done == 1
    listed, paid, asked, stocked = sandbox.requests
    assert listed.query["locationId"] == paid.query["locationId"] == sandbox.location_id
    assert isinstance(asked.body, dict)
    assert asked.body["locationId"] == sandbox.location_id
    assert isinstance(stocked.body, dict)
    assert stocked.body["items"][0]["locationId"] == sandbox.location_id


async def test_a_generated_function_gets_tokens_retries_and_errors_too(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        sandbox.revoke_tokens()
        page = await list_items.asyncio(client=client.api, company_id=sandbox.company_id)
        assert isinstance(page, ItemPage)
        assert client.stats.logins == 1


async def test_size_and_page_are_always_sent(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        await client.company(sandbox.company_id).payments.list().first()
    (record,) = sandbox.requests.of("listPayments")
    assert (record.query["size"], record.query["page"]) == ("100", "1")
