"""The import of a shop, whole: the first 300 customers of the export, some of them spoilt."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from autoleap import AutoLeap, RateLimits
from autoleap.sandbox import Fault, Sandbox
from examples.job import ImportJob
from examples.report import Screen
from examples.shop_export import Row, ShopExport, read_rows

ROOT = Path(__file__).parents[2]
UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)


@pytest.fixture
def export() -> ShopExport:
    whole = ShopExport.read(ROOT / "examples" / "data")
    customers = whole.customers[:300]
    refs = {row["customer_ref"] for row in customers}
    return ShopExport(customers, [row for row in whole.vehicles if row["customer_ref"] in refs])


def row_of(rows: list[Row], ref: str) -> Row:
    return next(row for row in rows if next(iter(row.values())) == ref)


async def done(sandbox: Sandbox, export: ShopExport, folder: Path) -> ImportJob:
    async with AutoLeap(
        sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url, limits=UNLIMITED
    ) as client:
        screen = Screen(Console(file=io.StringIO(), width=80), lambda: client.stats)
        job = ImportJob(client.company(sandbox.company_id), export, screen)
        await job.run(folder)
    return job


def broken(job: ImportJob) -> list[str]:
    return [problem for check in job.checks for problem in check.problems]


@pytest.mark.anyio
async def test_bad_rows_are_named_and_nothing_else_is_lost(
    export: ShopExport, tmp_path: Path
) -> None:
    row_of(export.customers, "EXT-000002").update(first_name="", last_name="", company="Todd PLC")
    row_of(export.customers, "EXT-000004")["type"] = "commercial"
    row_of(export.customers, "EXT-000300")["ok_for_marketing"] = "maybe"
    row_of(export.vehicles, "VEH-000001")["mileage"] = "about 90,000"
    row_of(export.vehicles, "VEH-000004")["customer_ref"] = "EXT-999999"

    async with Sandbox(limits=None) as sandbox:
        job = await done(sandbox, export, tmp_path)

    assert broken(job) == []
    assert [(one.row, one.ref, one.field) for one in job.refusals] == [
        (3, "EXT-000002", "firstName"),
        (5, "EXT-000004", "customerType"),
        (301, "EXT-000300", "okForMarketing"),
        (2, "VEH-000001", "mileage"),
        (5, "VEH-000004", "customerId"),
    ]
    assert job.refusals[0].vehicles == ["VEH-000002", "VEH-000003"]
    company = sandbox.store.companies[sandbox.company_id]
    held_back = sum(len(one.vehicles) for one in job.refusals)
    assert len(company.tables["customers"].rows) == 25 + 300 - 3
    assert len(company.tables["vehicles"].rows) == 40 + len(export.vehicles) - 2 - held_back
    assert len(read_rows(tmp_path / "payments.csv")) == 24
    assert len((tmp_path / "repair_orders.jsonl").read_text("utf-8").splitlines()) == 8


@pytest.mark.anyio
async def test_rows_whose_answer_was_lost_are_found_again(
    export: ShopExport, tmp_path: Path
) -> None:
    lost = Fault("500-after", operation="createVehicles", times=1)
    async with Sandbox(limits=None, faults=[lost]) as sandbox:
        job = await done(sandbox, export, tmp_path)

    assert broken(job) == []
    assert job.refusals == []


@pytest.mark.anyio
async def test_rows_the_server_never_takes_fail_the_job_by_name(
    export: ShopExport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 2)
    async with Sandbox(limits=None, faults=[Fault("500", operation="createVehicles")]) as sandbox:
        job = await done(sandbox, export, tmp_path)

    assert [one.ref for one in job.refusals] == [row["vehicle_ref"] for row in export.vehicles]
    assert all("500" in one.reason for one in job.refusals)
    assert any(check.problems for check in job.checks)
