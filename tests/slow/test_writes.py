"""Updates and archives are safe to repeat, and are; batches shrink to what the server takes."""

from __future__ import annotations

import math

import pytest

from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FAULT_KINDS, FaultKind
from tests.conftest import Connect
from tests.helpers import bulk_runs

pytestmark = pytest.mark.anyio

COUNT, BATCH = 200, 50


@pytest.mark.parametrize("kind", FAULT_KINDS)
async def test_updates_arrive_through_every_fault_and_only_the_bad_ids_fail(
    kind: FaultKind, connect: Connect
) -> None:
    async with Sandbox(limits=None, customers=COUNT, vehicles=0) as sandbox:
        ids = bulk_runs.customer_ids(sandbox)[:COUNT]
        changes = [{"customerId": key, "notes": f"note {n}"} for n, key in enumerate(ids)]
        for place in (17, 90, 91):
            changes[place] = {"customerId": "missing", "notes": "lost"}
        sandbox.set_faults(*bulk_runs.make_faults([kind], ["updateCustomers"], times=5))
        async with connect(sandbox, timeout=bulk_runs.timeout_for([kind])) as client:
            shop = client.company(sandbox.company_id)
            report = await shop.customers.update(changes, batch_size=BATCH)
        rows = {row["customerId"]: row for row in sandbox.store.rows("customers")}
    assert [outcome.index for outcome in report.failures] == [17, 90, 91]
    assert (report.done, report.unknown) == (COUNT - 3, 0)
    good = [change for change in changes if change["customerId"] != "missing"]
    assert all(rows[change["customerId"]]["notes"] == change["notes"] for change in good)


@pytest.mark.parametrize("bad", [1, 4])
async def test_finding_the_bad_ids_costs_few_requests(bad: int, connect: Connect) -> None:
    async with Sandbox(limits=None, customers=COUNT, vehicles=0) as sandbox:
        ids = bulk_runs.customer_ids(sandbox)[:COUNT]
        wrong = [7, 55, 120, 199][:bad]
        for place in wrong:
            ids[place] = f"missing {place}"
        async with connect(sandbox) as client:
            report = await client.company(sandbox.company_id).customers.archive(ids, batch_size=100)
        sent = len(sandbox.requests.of("archiveCustomers"))
    assert [outcome.index for outcome in report.failures] == wrong
    assert sent <= COUNT // 100 + 2 * bad * math.ceil(math.log2(100))


async def test_a_server_that_takes_smaller_batches_gets_them_for_the_rest_of_the_run(
    connect: Connect,
) -> None:
    async with Sandbox(limits=None, vehicles=0, max_batch=30) as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 600, bad=0, wrong=0, seed=9)
        async with connect(sandbox) as client:
            shop = client.company(sandbox.company_id)
            report = await shop.vehicles.create(work.records, batch_size=100, concurrency=1)
        sizes = [
            len(record.body["vehicles"])
            for record in sandbox.requests.of("createVehicles")
            if isinstance(record.body, dict)
        ]
    bulk_runs.check_rows(work, sandbox, "vehicles")
    assert report.done == 600
    assert sizes[0] == 100
    assert max(sizes[8:]) <= 30
    assert sum(size > 30 for size in sizes) <= 3


async def test_a_server_that_stays_down_leaves_no_record_without_an_outcome(
    connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 2)
    async with Sandbox(limits=None, vehicles=0) as sandbox:
        work = bulk_runs.make_vehicles(
            bulk_runs.customer_ids(sandbox), 100, bad=0, wrong=0, seed=10
        )
        async with connect(sandbox, max_retries=0) as client:
            await client.login()
            sandbox.set_faults(Fault("503"))
            shop = client.company(sandbox.company_id)
            outcomes = await bulk_runs.collect_outcomes(
                shop.vehicles.create_each(work.records, batch_size=20)
            )
    assert sorted(outcome.index for outcome in outcomes) == list(range(100))
    assert {outcome.status for outcome in outcomes} <= {"failed", "unknown"}
    assert bulk_runs.count_rows(sandbox, "vehicles").total() == 0
