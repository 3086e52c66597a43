"""`identify_by` and `on_existing`: a second export of a shop is imported without doubles."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from autoleap import Company, ConfigurationError, RecordError
from autoleap.sandbox import Sandbox
from tests.conftest import Connect

pytestmark = pytest.mark.anyio

Json = dict[str, Any]


def make_vehicles(sandbox: Sandbox, numbers: range, **fields: object) -> list[Json]:
    owner = sandbox.store.rows("customers")[0]["customerId"]
    return [{"vin": f"WVW{number:014}", "customerId": owner, **fields} for number in numbers]


def count_vins(sandbox: Sandbox) -> dict[str, int]:
    vins = [str(row["vin"]) for row in sandbox.store.rows("vehicles")]
    return {vin: vins.count(vin) for vin in vins}


async def import_first(sandbox: Sandbox, shop: Company, numbers: range) -> dict[str, str]:
    """Create vehicles, and return their ids by VIN."""
    report = await shop.vehicles.create(make_vehicles(sandbox, numbers), resolve_ids=True)
    report.raise_for_failures()
    records = make_vehicles(sandbox, numbers)
    return {records[index]["vin"]: id_ for index, id_ in report.ids.items()}


@pytest.fixture
def empty() -> Sandbox:
    return Sandbox(vehicles=0)


async def test_a_second_export_creates_only_what_is_new_and_names_the_rest_with_its_id(
    empty: Sandbox, connect: Connect
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        ids = await import_first(sandbox, shop, range(10))
        again = make_vehicles(sandbox, range(5, 15), notes="seen again")
        report = await shop.vehicles.create(again, identify_by=["vin"], on_existing="skip")
        counts = count_vins(sandbox)
    assert (report.existing, report.done) == (5, 5)
    assert {index: report.ids[index] for index in range(5)} == {
        index: ids[again[index]["vin"]] for index in range(5)
    }
    assert len(counts) == 15
    assert set(counts.values()) == {1}


async def test_spelling_does_not_hide_what_is_there(empty: Sandbox, connect: Connect) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        await import_first(sandbox, shop, range(2))
        spelled = make_vehicles(sandbox, range(1))
        spelled[0]["vin"] = f" {spelled[0]['vin'].lower()} "
        report = await shop.vehicles.create(spelled, identify_by=("vin",), on_existing="skip")
    assert (report.existing, report.done) == (1, 0)


async def test_on_existing_update_changes_the_rows_that_are_there(
    empty: Sandbox, connect: Connect
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        ids = await import_first(sandbox, shop, range(4))
        changed = make_vehicles(sandbox, range(2, 6), notes="new tyres")
        report = await shop.vehicles.create(changed, identify_by=["vin"], on_existing="update")
        rows = {str(row["vin"]): row for row in sandbox.store.rows("vehicles")}
    assert report.done == 4
    assert report.ids[0] == ids[changed[0]["vin"]]
    assert len(rows) == 6
    assert [rows[record["vin"]].get("notes") for record in changed] == ["new tyres"] * 4


async def test_by_default_what_is_there_is_created_again(empty: Sandbox, connect: Connect) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        await import_first(sandbox, shop, range(2))
        report = await shop.vehicles.create(make_vehicles(sandbox, range(2)), identify_by=["vin"])
        counts = count_vins(sandbox)
    assert report.done == 2
    assert set(counts.values()) == {2}


async def test_records_that_share_or_lack_what_identifies_them_are_refused_by_row(
    empty: Sandbox, connect: Connect
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        records = make_vehicles(sandbox, range(3))
        records[2]["vin"] = records[0]["vin"].lower()
        records.append({**records[1], "vin": " - "})
        report = await shop.vehicles.create(records, identify_by=["vin"])
        counts = count_vins(sandbox)
    assert [(one.index, type(one.error)) for one in report.failures] == [
        (2, RecordError),
        (3, RecordError),
    ]
    assert "is that of row 0 too" in str(report.failures[0].error)
    assert "vin is blank" in str(report.failures[1].error).replace(":", "")
    assert len(counts) == 2


async def test_several_rows_with_one_identity_are_skipped_without_an_id_and_never_updated(
    empty: Sandbox, connect: Connect
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        await import_first(sandbox, shop, range(1))
        await shop.vehicles.create(make_vehicles(sandbox, range(1)))
        record = make_vehicles(sandbox, range(1), notes="new tyres")
        skipped = await shop.vehicles.create(record, identify_by=["vin"], on_existing="skip")
        refused = await shop.vehicles.create(record, identify_by=["vin"], on_existing="update")
        rows = sandbox.store.rows("vehicles")
    assert (skipped.existing, skipped.ids) == (1, {})
    assert "archive all but one" in str(refused.failures[0].error)
    assert [row.get("notes") for row in rows] == [None, None]


async def test_the_list_of_the_company_is_read_once_for_all_runs_with_a_journal(
    empty: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        await import_first(sandbox, shop, range(250))
        sandbox.forget_requests()
        for _ in range(2):
            report = await shop.vehicles.create(
                make_vehicles(sandbox, range(200, 300)),
                identify_by=["vin"],
                on_existing="skip",
                journal=tmp_path / "journal.sqlite",
            )
        reads = len(sandbox.requests.of("listVehicles"))
        counts = count_vins(sandbox)
    assert (report.existing, report.done) == (50, 50)
    assert set(counts.values()) == {1}
    assert reads == 3


async def test_a_wrong_use_is_refused_before_anything_is_sent(
    empty: Sandbox, connect: Connect
) -> None:
    async with empty as sandbox, connect(sandbox) as client:
        create = cast("Any", client.company(sandbox.company_id).vehicles.create)
        records = make_vehicles(sandbox, range(1))
        for options in (
            {"identify_by": ["chassis"]},
            {"on_existing": "skip"},
            {"identify_by": ["vin"], "on_existing": "merge"},
        ):
            with pytest.raises(ConfigurationError):
                await create(records, **options)
        assert sandbox.requests.of("createVehicles") == []
