"""The import of a shop, step by step: what a program of your own would do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from autoleap import Company, Pager

from .day_out import busiest_day, pick, read_day
from .ledger import Ledger, Model
from .refusals import Refusal, orphans, refused_customers, refused_vehicles
from .report import Check, Screen
from .shop_export import Record, ShopExport, customer_record, tag_records, vehicle_record

M = TypeVar("M", bound=Model)
# AutoLeap's ids by the export's own references.
Ids: TypeAlias = dict[str, str]

FLEET_TAG: Record = {"name": "Fleet account", "color": "FFFF00"}
OLD = 1990


@frozen
class ImportJob:
    """One shop that moves in. What is sent is noted in a ledger, to compare with what is read.

    Args:
        shop: Where it moves to.
        export: What it brings along.
        screen: Shows the steps.
    """

    shop: Company
    export: ShopExport
    screen: Screen
    customers: Ledger = field(factory=lambda: Ledger("customer"), init=False)
    vehicles: Ledger = field(factory=lambda: Ledger("vehicle"), init=False)
    refusals: list[Refusal] = field(factory=list[Refusal], init=False)
    checks: list[Check] = field(factory=list[Check], init=False)

    async def run(self, folder: Path) -> None:
        """Do the whole job; the day that is run out goes to two files in a folder."""
        await self.note_what_is_there()
        customer_ids = await self.create_customers()
        vehicle_ids = await self.create_vehicles(customer_ids)
        self.account_for_every_row(customer_ids, vehicle_ids)
        await self.compare("back", "every field as sent, none missing, none else")
        await self.update_fleets(customer_ids)
        await self.archive_old_vehicles(vehicle_ids)
        await self.compare("again", "only what was updated or archived has changed")
        await self.run_a_day_out(folder)

    async def note_what_is_there(self) -> None:
        """Read what the shop has already, to tell it from what it is about to be sent."""
        customers, vehicles = self.shop.customers.list(), self.shop.vehicles.list()
        self.customers.records |= await self.read(customers, self.customers, "Customers before")
        self.vehicles.records |= await self.read(vehicles, self.vehicles, "Vehicles before")

    async def create_customers(self) -> Ids:
        """Create the customers; returns the ids that AutoLeap gave them."""
        rows = self.export.customers
        records = [customer_record(row) for row in rows]
        with self.screen.step("Create customers", len(records)) as step:
            report = await self.shop.customers.create(
                records, resolve_ids=True, on_progress=step.wrote
            )
            step.wrote(report)
        self.customers.created(records, report.ids)
        self.refusals.extend(refused_customers(self.export, report))
        return {rows[index]["customer_ref"]: key for index, key in report.ids.items()}

    async def create_vehicles(self, customer_ids: Ids) -> Ids:
        """Create the vehicles of the customers that were created; returns their ids."""
        rows = [row for row in self.export.vehicles if row["customer_ref"] in customer_ids]
        records = [vehicle_record(row, customer_ids[row["customer_ref"]]) for row in rows]
        with self.screen.step("Create vehicles", len(records)) as step:
            report = await self.shop.vehicles.create(
                records, resolve_ids=True, on_progress=step.wrote
            )
            step.wrote(report)
        self.vehicles.created(records, report.ids)
        self.refusals.extend(refused_vehicles(self.export, rows, report) + orphans(self.export))
        return {rows[index]["vehicle_ref"]: key for index, key in report.ids.items()}

    def account_for_every_row(self, customer_ids: Ids, vehicle_ids: Ids) -> None:
        """Check that each row of the export was created, or is named with its reason."""
        named = [refusal.ref for refusal in self.refusals]
        held_back = [ref for refusal in self.refusals for ref in refusal.vehicles]
        accounted = Counter([*customer_ids, *vehicle_ids, *named, *held_back])
        rows = Counter(self.export.refs())
        self.check(
            f"{rows.total():,} rows: {len(customer_ids) + len(vehicle_ids):,} created,"
            f" {len(named)} named, {len(held_back)} held back with them, none lost",
            [f"{ref} is not accounted for" for ref in rows - accounted]
            + [f"{ref} is accounted for twice" for ref in accounted - rows],
        )
        self.check(
            f"all {len(named)} rows that were not created are named with field and reason",
            [f"{refusal.ref}: {refusal.reason}" for refusal in self.refusals if not refusal.field],
        )

    async def update_fleets(self, customer_ids: Ids) -> None:
        """Let every fleet buy on account, and add a tag that says so."""
        changes: list[Record] = [
            {
                "customerId": customer_ids[row["customer_ref"]],
                "tags": [*tag_records(row["tags"]), FLEET_TAG],
                "chargeAccount": True,
            }
            for row in self.export.customers
            if row["type"] == "fleet" and row["customer_ref"] in customer_ids
        ]
        with self.screen.step("Update fleets", len(changes)) as step:
            report = await self.shop.customers.update(changes, on_progress=step.wrote)
            step.wrote(report)
        self.customers.updated(changes)

    async def archive_old_vehicles(self, vehicle_ids: Ids) -> None:
        """Archive the vehicles that hardly come back."""
        old = [
            vehicle_ids[row["vehicle_ref"]]
            for row in self.export.vehicles
            if row["vehicle_ref"] in vehicle_ids and row["year"] and int(row["year"]) < OLD
        ]
        with self.screen.step("Archive old vehicles", len(old)) as step:
            report = await self.shop.vehicles.archive(old, on_progress=step.wrote)
            step.wrote(report)
        self.vehicles.archived(old)

    async def run_a_day_out(self, folder: Path) -> None:
        """Write the payments and repair orders of the busiest day to files."""
        with self.screen.step("Run a day out") as step:
            payments = await self.shop.payments.list().collect()
            orders = await self.shop.repair_orders.list().collect()
            day = await read_day(self.shop, busiest_day(payments))
            day.write(folder)
            step.rows = len(day.payments) + len(day.repair_orders)
        problems = day.unlike(folder)
        if day != pick(day.date, payments, orders):
            problems.append("the lists hold others of that day")
        self.check(
            f"{len(day.payments)} payments and {len(day.repair_orders)} invoiced repair orders"
            f" of {day.date} are in files",
            problems,
        )

    async def compare(self, word: str, promise: str) -> None:
        """Read everything, and check it against the ledgers."""
        customers = self.shop.customers.list(prefetch=4)
        await self.compare_list(customers, self.customers, word, promise)
        vehicles = self.shop.vehicles.list(prefetch=4)
        await self.compare_list(vehicles, self.vehicles, word, promise)

    async def compare_list(self, pager: Pager[M], ledger: Ledger, word: str, promise: str) -> None:
        """Read a list, and check it against its ledger."""
        noun = f"{ledger.noun}s"
        found = await self.read(pager, ledger, f"Read {noun} {word}")
        self.check(f"{len(found):,} {noun} read {word}: {promise}", ledger.differences(found))

    async def read(self, pager: Pager[M], ledger: Ledger, title: str) -> dict[str, Record]:
        """Read a list to its end; returns its rows by id, as the ledger keeps them."""
        rows: list[M] = []
        with self.screen.step(title) as step:
            async for page in pager.pages():
                rows += page.items
                step.read(page)
        return ledger.by_id(rows)

    def check(self, promise: str, problems: Sequence[str]) -> None:
        """Note a promise, and what speaks against it."""
        self.checks.append(Check(promise, problems))
