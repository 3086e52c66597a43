"""A journal makes an import resumable, after a cancellation too, and serves no other input."""

from __future__ import annotations

import random
import sqlite3
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from typing import Any

import anyio
import pytest

from autoleap import BulkReport, ConfigurationError
from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect
from tests.helpers import bulk_runs
from tests.helpers.bulk_runs import BulkInput

pytestmark = pytest.mark.anyio


@pytest.fixture
def empty() -> Sandbox:
    return Sandbox(limits=None, vehicles=0, latency=0.002)


async def import_all(
    sandbox: Sandbox,
    connect: Connect,
    work: BulkInput,
    journal: Path,
    company: str | None = None,
    **options: Any,
) -> BulkReport:
    async with connect(sandbox, timeout=bulk_runs.LONG_TIMEOUT) as client:
        shop = client.company(company or sandbox.company_id)
        return await shop.vehicles.create(
            work.records, batch_size=20, journal=journal, resolve_ids=True, **options
        )


async def test_an_import_cancelled_at_random_moments_goes_on_and_arrives_exactly_once(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    rng, cancelled = random.Random(7), 0
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 400, bad=3, wrong=2, seed=7)
        for _ in range(12):
            living = bulk_runs.count_tasks()
            with anyio.move_on_after(rng.uniform(0.01, 0.12)) as scope:
                await import_all(sandbox, connect, work, tmp_path / "journal")
            cancelled += scope.cancelled_caught
            assert bulk_runs.count_tasks() <= living + 1  # anyio keeps its worker threads' task
        report = await import_all(sandbox, connect, work, tmp_path / "journal")
    assert cancelled > 2
    bulk_runs.check_rows(work, sandbox, "vehicles")
    assert (report.done, report.failed, report.unknown) == (395, 5, 0)
    assert {outcome.index for outcome in report.failures} == work.bad
    assert len(set(report.ids.values())) == 395


async def test_outcomes_that_were_answered_are_not_lost_when_the_import_is_cancelled(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 100, bad=0, wrong=0, seed=1)
        async with connect(sandbox) as client:
            shop = client.company(sandbox.company_id)
            with anyio.CancelScope() as scope:
                each = shop.vehicles.create_each(
                    work.records, batch_size=10, concurrency=1, journal=tmp_path / "journal"
                )
                async with aclosing(each) as outcomes:
                    async for outcome in outcomes:
                        if outcome.index >= 45:
                            scope.cancel()
                            await anyio.lowlevel.checkpoint()
        there = sum(bulk_runs.count_rows(sandbox, "vehicles").values())
        sandbox.forget_requests()
        report = await import_all(sandbox, connect, work, tmp_path / "journal")
        sent = [body["vehicles"] for body in bodies(sandbox, "createVehicles")]
    assert report.done == 100
    assert 50 <= there < 100
    assert sum(map(len, sent)) <= 100 - 50
    bulk_runs.check_rows(work, sandbox, "vehicles")


def bodies(sandbox: Sandbox, operation: str) -> list[bulk_runs.Json]:
    found = [record.body for record in sandbox.requests.of(operation)]
    return [body for body in found if isinstance(body, dict)]


async def test_a_finished_journal_sends_nothing_and_tells_the_same(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 100, bad=2, wrong=1, seed=2)
        first = await import_all(sandbox, connect, work, tmp_path / "journal")
        sandbox.forget_requests()
        again = await import_all(sandbox, connect, work, tmp_path / "journal")
        assert len(sandbox.requests) == 0
    assert again.ids == first.ids
    assert [(one.index, str(one.error)) for one in again.failures] == [
        (one.index, str(one.error)) for one in first.failures
    ]
    assert [type(one.error) for one in again.failures] == [
        type(one.error) for one in first.failures
    ]


async def test_what_stayed_in_doubt_on_the_way_is_settled_by_the_next_run(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 60, bad=0, wrong=0, seed=3)
        sandbox.set_faults(Fault("503", operation="createVehicles", after=1))
        journal = tmp_path / "journal"
        first = await import_all(sandbox, connect, work, journal, settle_within=0.5)
        sandbox.set_faults()
        second = await import_all(sandbox, connect, work, journal)
    # Nothing is acknowledged after the first batch, so nothing proves that the others are absent.
    assert (first.done, first.failed, first.unknown) == (20, 0, 40)
    assert (second.done, second.failed, second.unknown) == (60, 0, 0)
    bulk_runs.check_rows(work, sandbox, "vehicles")


async def test_what_was_never_sent_is_failed_and_sent_by_the_next_run(
    empty: Sandbox, connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 2)
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 60, bad=0, wrong=0, seed=3)
        sandbox.set_faults(Fault("429-no-retry-after", operation="createVehicles", after=1))
        first = await import_all(sandbox, connect, work, tmp_path / "journal")
        sandbox.set_faults()
        second = await import_all(sandbox, connect, work, tmp_path / "journal")
    assert (first.done, first.failed, first.unknown) == (20, 40, 0)
    assert (second.done, second.failed, second.unknown) == (60, 0, 0)
    bulk_runs.check_rows(work, sandbox, "vehicles")


async def test_a_changed_row_is_refused_with_its_id_and_what_a_new_journal_would_do(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 50, bad=0, wrong=0, seed=4)
        first = await import_all(sandbox, connect, work, tmp_path / "journal")
        sandbox.forget_requests()
        other = BulkInput([dict(record) for record in work.records], set())
        other.records[31]["make"] = "Lada"
        with pytest.raises(ConfigurationError, match="row 31 has changed") as caught:
            await import_all(sandbox, connect, other, tmp_path / "journal")
        assert f"created as {first.ids[31]}; 50 rows of this input" in str(caught.value)
        assert "A new journal would create all rows again" in str(caught.value)
        assert len(sandbox.requests) == 0


async def test_a_journal_of_another_company_or_operation_is_refused(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 20, bad=0, wrong=0, seed=5)
        journal = tmp_path / "journal"
        await import_all(sandbox, connect, work, journal)
        sandbox.forget_requests()
        other = sandbox.company_ids[1]
        with pytest.raises(ConfigurationError, match=f"its company is .*, not '{other}'"):
            await import_all(sandbox, connect, work, journal, company=other)
        async with connect(sandbox) as client:
            shop = client.company(sandbox.company_id)
            with pytest.raises(ConfigurationError, match="its operation is"):
                await shop.customers.create([{"firstName": "A", "lastName": "B"}], journal=journal)
        assert len(sandbox.requests) == 0


async def test_a_file_that_is_no_journal_and_one_in_use_are_refused(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    noise, used = tmp_path / "noise", tmp_path / "used"
    noise.write_text("customer_ref,type\n" * 100, encoding="utf-8")
    async with empty as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 20, bad=0, wrong=0, seed=6)
        with pytest.raises(ConfigurationError, match=r"noise.*not a journal"):
            await import_all(sandbox, connect, work, noise)
        with pytest.raises(ConfigurationError, match="nowhere"):
            await import_all(sandbox, connect, work, tmp_path / "nowhere" / "journal")
        await import_all(sandbox, connect, work, used)
        holder = sqlite3.connect(used, isolation_level=None)
        try:
            holder.execute("begin exclusive")
            with pytest.raises(ConfigurationError, match=r"used.*another process is using it"):
                await import_all(sandbox, connect, work, used)
        finally:
            holder.close()
    assert Counter(record.operation_id for record in sandbox.requests)["createVehicles"] == 1
