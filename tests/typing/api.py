"""The types a user's editor sees. Only type-checked, never run."""

# pyright: strict, reportUnnecessaryTypeIgnoreComment=true

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from datetime import UTC, date, datetime
from typing import assert_type

from autoleap import (
    AttemptEvent,
    AutoLeap,
    AutoLeapError,
    BulkError,
    BulkProgress,
    BulkReport,
    CallEvent,
    Company,
    Drift,
    MemoryRateLimiter,
    MemoryTokenStore,
    Outcome,
    Page,
    Pager,
    RateLimiter,
    RateLimitError,
    RateLimits,
    RecordError,
    RedisRateLimiter,
    Stats,
    TokenStore,
)
from autoleap.models import (
    Address,
    AppointmentRequest,
    AppointmentRequestCreate,
    Customer,
    CustomerCreateItem,
    CustomerStatus,
    CustomerType,
    CustomerUpdateItem,
    InventoryLevel,
    InventoryLevelUpdateItem,
    Item,
    ItemPrice,
    ItemType,
    Payment,
    Phone,
    Profile,
    RepairOrder,
    RepairOrderStatusId,
    SortDirection,
    TimesheetLog,
    Vehicle,
    VehicleCreateItem,
    VehicleUpdateItem,
)
from autoleap_api_client.api.items import list_items
from autoleap_api_client.models.item_page import ItemPage

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def on_event(event: AttemptEvent | CallEvent) -> None:
    assert_type(event.status, int | None)
    assert_type(event.elapsed, float)
    assert_type(event.operation, str | None)
    assert_type(event.path_template, str | None)


def on_progress(progress: BulkProgress) -> None:
    assert_type(progress.done, int)
    assert_type(progress.total, int | None)


async def clients() -> None:
    store: TokenStore = MemoryTokenStore()
    limiter: RateLimiter = MemoryRateLimiter(RateLimits(get=100, post=None, per=60.0))
    async with AutoLeap("p", "k", token_store=store, rate_limiter=limiter) as shared:
        assert_type(shared, AutoLeap)
        assert_type(shared.with_options(priority="low", timeout=5, max_retries=0), AutoLeap)
    limiter = RedisRateLimiter("redis://localhost", RateLimits(), fallback=RateLimits(get=30))
    async with AutoLeap(timeout=5, max_retries=0, limits=RateLimits(), on_event=on_event) as client:
        assert_type(await client.profile(), Profile)
        assert_type(await client.companies(), Sequence[Company])
        assert_type(client.company("98392", location_id="L-1"), Company)
        assert_type(client.stats, Stats)
        assert_type(client.stats.waited, float)
        assert_type(await list_items.asyncio(client=client.api), ItemPage | None)


async def pagers(shop: Company) -> None:
    pager = shop.customers.list(
        search="doe",
        updated_from=NOW,
        updated_to=date(2026, 2, 1),
        sort_direction="DESC",
        page_size=50,
        prefetch=2,
    )
    assert_type(pager, Pager[Customer])
    async for customer in pager:
        assert_type(customer, Customer)
    async for page in pager.pages(start=2):
        assert_type(page, Page[Customer])
    assert_type(pager.pages(), AsyncIterator[Page[Customer]])
    third = await pager.page(3)
    assert_type(third.items, list[Customer])
    assert_type(third.number, int)
    assert_type(third.total_pages, int | None)
    assert_type(third.total_count, int | None)
    assert_type(third.last, bool)
    assert_type(await pager.collect(limit=500), list[Customer])
    assert_type(await pager.first(), Customer | None)
    assert_type(pager.drift, Drift)
    assert_type(pager.drift.duplicates, int)


async def lists(shop: Company) -> None:
    assert_type(shop.vehicles.list(customer_id="1", updated_from="2026-01-01"), Pager[Vehicle])
    assert_type(shop.items.list(type=ItemType.PART, item_number="P-1"), Pager[Item])
    assert_type(shop.items.list(type="part"), Pager[Item])
    assert_type(shop.inventory_levels.list(restock_level="below"), Pager[InventoryLevel])
    assert_type(shop.item_pricing.list(type="tire"), Pager[ItemPrice])
    requests = shop.appointment_requests.list(starts_from=NOW, created_to=NOW, status="requested")
    assert_type(requests, Pager[AppointmentRequest])
    orders = shop.repair_orders.list(status=2, finalized=False, invoiced_from=NOW, number="43")
    assert_type(orders, Pager[RepairOrder])
    member = RepairOrderStatusId(2)
    assert_type(shop.repair_orders.list(status=member, sort="createdDate"), Pager[RepairOrder])
    paid = shop.payments.list(paid_from=date(2026, 1, 1), sort_direction=SortDirection.ASC)
    assert_type(paid, Pager[Payment])
    assert_type(shop.timesheets.list(date(2026, 1, 1), "2026-01-31"), Pager[TimesheetLog])


async def gets(shop: Company) -> None:
    assert_type(await shop.customers.get("1"), Customer)
    assert_type(await shop.vehicles.get("1"), Vehicle)
    assert_type(await shop.items.get("1"), Item)
    assert_type(await shop.inventory_levels.get("1"), Sequence[InventoryLevel])
    assert_type(await shop.item_pricing.get("1"), ItemPrice)
    assert_type(await shop.repair_orders.get("43"), RepairOrder)


def fields(customer: Customer, vehicle: Vehicle, order: RepairOrder) -> None:
    assert_type(customer.customer_id, str | None)
    assert_type(customer.first_name, str | None)
    assert_type(customer.customer_status, CustomerStatus | None)
    assert_type(customer.phones, list[Phone] | None)
    assert_type(customer.main_address, Address | None)
    assert_type(customer.tax_exempt, bool | None)
    assert_type(customer.created_date, datetime | None)
    assert_type(vehicle.year, int | None)
    assert_type(order.repair_order_number, int | None)


async def writes(shop: Company) -> None:
    ana = CustomerCreateItem("Ana", "Ruiz", customer_type=CustomerType.FLEET)
    plain: dict[str, object] = {"firstName": "Ana", "lastName": "Ruiz"}
    report = await shop.customers.create([ana, plain], batch_size=50, resolve_ids=True)
    assert_type(report, BulkReport)
    assert_type(report.done, int)
    assert_type(report.failures, list[Outcome])
    assert_type(report.ids, Mapping[int, str])
    assert_type(report.elapsed, float)
    await shop.customers.create((ana for _ in range(3)), concurrency=2, on_progress=on_progress)
    await shop.customers.create(arriving())
    await shop.customers.update([CustomerUpdateItem(customer_id="1", notes="Call first")])
    assert_type(await shop.customers.archive(["1", "2"], batch_size=10), BulkReport)
    assert_type(await shop.vehicles.create([VehicleCreateItem(make="Kia")]), BulkReport)
    assert_type(await shop.vehicles.update([VehicleUpdateItem(vehicle_id="1")]), BulkReport)
    assert_type(await shop.vehicles.archive(iter(["1"])), BulkReport)
    assert_type(await shop.items.archive(["1"]), BulkReport)
    level = InventoryLevelUpdateItem(item_id="1", location_id="L-1", quantity_on_hand=2.5)
    assert_type(await shop.inventory_levels.update([level]), BulkReport)
    await shop.appointment_requests.create(AppointmentRequestCreate(company_id="1"))
    await shop.appointment_requests.create({"startDateTime": "2026-12-01T09:00:00Z"})


async def streams(shop: Company) -> None:
    assert_type(shop.customers.create_each(arriving()), AsyncGenerator[Outcome, None])
    async for outcome in shop.vehicles.create_each([{"make": "Kia"}], resolve_ids=True):
        assert_type(outcome, Outcome)
        assert_type(outcome.index, int)
        assert_type(outcome.id, str | None)
        assert_type(outcome.error, AutoLeapError | None)
        if outcome.status == "done":
            continue
    async for outcome in shop.customers.update_each([{"customerId": "1"}]):
        assert_type(outcome, Outcome)
    async for outcome in shop.inventory_levels.update_each([], concurrency=1):
        assert_type(outcome, Outcome)
    async for outcome in shop.items.archive_each(["1"]):
        assert_type(outcome, Outcome)


async def arriving() -> AsyncIterator[CustomerCreateItem]:
    yield CustomerCreateItem(first_name="Ana", last_name="Ruiz")


def errors(report: BulkReport) -> None:
    try:
        report.raise_for_failures()
    except BulkError as error:
        assert_type(error.report, BulkReport | None)
    except RateLimitError as error:
        assert_type(error.retry_after, float | None)
    except RecordError as error:
        assert_type(error.index, int | None)
    except AutoLeapError as error:
        assert_type(error.method, str | None)
        assert_type(error.status, int | None)
        assert_type(error.attempts, int)
        assert_type(error.next_page, int | None)


async def mistakes(client: AutoLeap, shop: Company) -> None:
    """What must not pass: both checkers complain of a comment below that is not needed."""
    shop.customers.list(updatedFrom=NOW)  # type: ignore[call-arg]
    shop.customers.list(search=5)  # type: ignore[arg-type]
    shop.timesheets.list(NOW)  # type: ignore[call-arg]
    await shop.customers.get(43)  # type: ignore[arg-type]
    await shop.customers.create([], batchsize=5)  # type: ignore[call-arg]
    await shop.customers.create([], batch_size="5")  # type: ignore[arg-type]
    await shop.customers.update([], resolve_ids=True)  # type: ignore[call-arg]
    await shop.customers.create([VehicleCreateItem()])  # type: ignore[list-item]
    await shop.customers.archive([5])  # type: ignore[list-item]
    client.company(98392)  # type: ignore[arg-type]
    RateLimits(100)  # type: ignore[call-arg]
