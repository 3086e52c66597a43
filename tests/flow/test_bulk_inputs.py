"""Bulk calls whose input, or whose server, is odd."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from autoleap import BulkProgress, Company
from autoleap.models import CustomerCreateItem
from autoleap.sandbox import Sandbox
from tests.conftest import Connect
from tests.helpers.transports import GatedTransport

pytestmark = pytest.mark.anyio


def people(count: int) -> list[dict[str, Any]]:
    return [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(count)]


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    "bad",
    [
        {None: ["surplus cell"], "firstName": "Ana", "lastName": "Ruiz"},
        {"firstName": "Mu\udcfcller", "lastName": "Ruiz"},
        CustomerCreateItem("Ana", "Ruiz", additional_properties={"rate": float("nan")}),
    ],
    ids=["ragged line", "half a character", "not a number"],
)
async def test_a_record_that_cannot_be_written_as_json_fails_alone(
    bad: Any, sandbox: Sandbox, connect: Connect
) -> None:
    records = people(20)
    records[7] = bad
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).customers.create(records, batch_size=5)
    assert (report.done, [outcome.index for outcome in report.failures]) == (19, [7])


async def test_a_long_run_of_bad_records_lets_others_work_and_can_be_cancelled(
    sandbox: Sandbox, connect: Connect
) -> None:
    read = 0

    def bad_file() -> Iterator[dict[str, str]]:
        nonlocal read
        for _ in range(20_000):
            read += 1
            yield {"firstName": "Ana"}

    async with connect(sandbox) as client:
        create = client.company(sandbox.company_id).customers.create
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(create, bad_file())
            for _ in range(10):
                await anyio.lowlevel.checkpoint()
            tasks.cancel_scope.cancel()
    assert tasks.cancel_scope.cancelled_caught
    assert read < 20_000


async def test_progress_counts_the_batches_that_were_answered(
    sandbox: Sandbox, connect: Connect
) -> None:
    seen: list[tuple[BulkProgress, int]] = []

    def note(progress: BulkProgress) -> None:
        seen.append((progress, len(sandbox.requests.of("createCustomers"))))

    async with connect(sandbox) as client:
        await client.company(sandbox.company_id).customers.create(
            people(60), batch_size=5, concurrency=4, on_progress=note
        )
    assert all(progress.done <= 5 * progress.batches for progress, _ in seen)
    assert all(progress.batches <= arrived for progress, arrived in seen)
    assert seen[-1][0].batches == 12


async def test_a_source_of_records_is_closed_when_the_call_is_cancelled(connect: Connect) -> None:
    closed: list[str] = []

    async def file() -> AsyncIterator[dict[str, Any]]:
        try:
            for record in people(10_000):
                yield record
        finally:
            closed.append("closed")

    with Sandbox(limits=None, latency=0.05) as sandbox:
        async with connect(sandbox) as client:
            source = file()
            with anyio.move_on_after(0.3):
                await client.company(sandbox.company_id).customers.create(source, batch_size=5)
            assert closed == ["closed"]


async def test_a_record_that_says_less_does_not_take_the_row_of_one_that_says_more(
    sandbox: Sandbox, connect: Connect
) -> None:
    # The rows are listed with the fuller one first, as they are when batches overtake each other.
    plain, fuller = people(1)[0], {**people(1)[0], "notes": "Call first"}

    def turn_round() -> None:
        rows = sandbox.store.own_companies[0].tables["customers"].rows
        rows[-2:] = rows[:-3:-1]

    gate = GatedTransport("GET", "/customers")
    async with connect(sandbox, http_transport=gate) as client:
        await client.login()
        shop = client.company(sandbox.company_id)
        seen = await resolved_after(turn_round, gate, shop, [plain, fuller])
    rows = {str(row["customerId"]): row for row in sandbox.store.rows("customers")}
    assert [rows[key].get("notes") for key in seen] == [None, "Call first"]


async def resolved_after(
    turn: Callable[[], None], gate: GatedTransport, shop: Company, records: list[Any]
) -> list[str]:
    """Create records, change the server before their ids are read, and return the ids."""
    ids: list[str] = []

    async def create() -> None:
        report = await shop.customers.create(records, resolve_ids=True)
        ids.extend(report.ids.get(index, "") for index in range(len(records)))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(create)
        await gate.reached.wait()
        turn()
        gate.opened.set()
    return ids


@pytest.mark.parametrize(
    "odd",
    [
        {"firstName": "Ana", "lastName": "Ruiz 0"},
        {"customerId": "x", "firstName": {"given": "Ana"}, "lastName": ["Ruiz 0"]},
    ],
    ids=["no id", "no texts"],
)
async def test_odd_rows_at_the_server_do_not_make_a_create_fail(
    odd: dict[str, Any], sandbox: Sandbox, connect: Connect
) -> None:
    sandbox.store.put("customers", {**odd, "createdDate": "2099-01-01T00:00:00Z"})
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).customers.create(
            people(3), resolve_ids=True
        )
    assert report.done == 3
    assert sorted(report.ids) == [0, 1, 2]
