"""Import of a shop in steps, as an example for other programs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias, TypeVar

from attrs import field, frozen

from autoleap import Company, Pager

from .day_export import find_busiest_day, read_day, select_day
from .ledger import Ledger, Model
from .refusals import (
    Refusal,
    list_refused_customers,
    list_refused_vehicles,
    list_vehicles_without_customer,
)
from .report import Check, Screen
from .shop_export import (
    Record,
    ShopExport,
    make_customer_record,
    make_tag_records,
    make_vehicle_record,
)

M = TypeVar("M", bound=Model)
# Ids at AutoLeap, by the references of the export.
Ids: TypeAlias = dict[str, str]

FLEET_TAG: Record = {"name": "Fleet account", "color": "FFFF00"}
# Vehicles built before this year are archived.
FIRST_ACTIVE_YEAR = 1990


@frozen
class ImportJob:
    """Import of one shop. A ledger holds the expected rows, to compare them with the server.

    Attributes:
        shop: The company that gets the rows.
        export: The export of the shop.
        screen: Shows the steps.
        customers, vehicles: Expected rows of the server.
        refusals: Rows of the export that were not created.
        checks: Results of the checks.
    """

    shop: Company
    export: ShopExport
    screen: Screen
    customers: Ledger = field(factory=lambda: Ledger("customer"), init=False)
    vehicles: Ledger = field(factory=lambda: Ledger("vehicle"), init=False)
    refusals: list[Refusal] = field(factory=list[Refusal], init=False)
    checks: list[Check] = field(factory=list[Check], init=False)

    async def run(self, folder: Path) -> None:
        """Run all steps, and write two files with one day to a folder."""
        await self.read_existing_rows()
        customer_ids = await self.create_customers()
        vehicle_ids = await self.create_vehicles(customer_ids)
        self.check_every_row(customer_ids, vehicle_ids)
        await self.check_server("back", "all fields are as sent, no row is missing or unexpected")
        await self.update_fleets(customer_ids)
        await self.archive_old_vehicles(vehicle_ids)
        await self.check_server("again", "only the updated and archived rows have changed")
        await self.export_day(folder)

    async def read_existing_rows(self) -> None:
        """Read the rows that the shop has before the import."""
        customers, vehicles = self.shop.customers.list(), self.shop.vehicles.list()
        self.customers.rows |= await self.read_list(customers, self.customers, "Customers before")
        self.vehicles.rows |= await self.read_list(vehicles, self.vehicles, "Vehicles before")

    async def create_customers(self) -> Ids:
        """Create the customers and return their ids."""
        rows = self.export.customers
        records = [make_customer_record(row) for row in rows]
        with self.screen.step("Create customers", len(records)) as step:
            report = await self.shop.customers.create(
                records, resolve_ids=True, on_progress=step.show_progress
            )
            step.show_progress(report)
        self.customers.add_created(records, report.ids)
        self.refusals.extend(list_refused_customers(self.export, report))
        return {rows[index]["customer_ref"]: id_ for index, id_ in report.ids.items()}

    async def create_vehicles(self, customer_ids: Ids) -> Ids:
        """Create the vehicles of the created customers and return their ids."""
        rows = [row for row in self.export.vehicles if row["customer_ref"] in customer_ids]
        records = [make_vehicle_record(row, customer_ids[row["customer_ref"]]) for row in rows]
        with self.screen.step("Create vehicles", len(records)) as step:
            report = await self.shop.vehicles.create(
                records, resolve_ids=True, on_progress=step.show_progress
            )
            step.show_progress(report)
        self.vehicles.add_created(records, report.ids)
        self.refusals.extend(list_refused_vehicles(self.export, rows, report))
        self.refusals.extend(list_vehicles_without_customer(self.export))
        return {rows[index]["vehicle_ref"]: id_ for index, id_ in report.ids.items()}

    def check_every_row(self, customer_ids: Ids, vehicle_ids: Ids) -> None:
        """Check that each row of the export was created or is refused with a reason."""
        refused = [refusal.ref for refusal in self.refusals]
        not_sent = [ref for refusal in self.refusals for ref in refusal.vehicles]
        accounted = Counter([*customer_ids, *vehicle_ids, *refused, *not_sent])
        rows = Counter(self.export.list_refs())
        self.add_check(
            f"{rows.total():,} rows: {len(customer_ids) + len(vehicle_ids):,} created,"
            f" {len(refused)} refused, {len(not_sent)} not sent because of them",
            [f"{ref} is not accounted for" for ref in rows - accounted]
            + [f"{ref} is accounted for twice" for ref in accounted - rows],
        )
        self.add_check(
            f"all {len(refused)} refused rows have a field and a reason",
            [f"{refusal.ref}: {refusal.reason}" for refusal in self.refusals if not refusal.field],
        )

    async def update_fleets(self, customer_ids: Ids) -> None:
        """Allow every fleet to buy on account, and add a tag to it."""
        changes: list[Record] = [
            {
                "customerId": customer_ids[row["customer_ref"]],
                "tags": [*make_tag_records(row["tags"]), FLEET_TAG],
                "chargeAccount": True,
            }
            for row in self.export.customers
            if row["type"] == "fleet" and row["customer_ref"] in customer_ids
        ]
        with self.screen.step("Update fleets", len(changes)) as step:
            report = await self.shop.customers.update(changes, on_progress=step.show_progress)
            step.show_progress(report)
        self.customers.apply_updates(changes)

    async def archive_old_vehicles(self, vehicle_ids: Ids) -> None:
        """Archive old vehicles."""
        old_ids = [
            vehicle_ids[row["vehicle_ref"]]
            for row in self.export.vehicles
            if row["vehicle_ref"] in vehicle_ids
            and row["year"]
            and int(row["year"]) < FIRST_ACTIVE_YEAR
        ]
        with self.screen.step("Archive old vehicles", len(old_ids)) as step:
            report = await self.shop.vehicles.archive(old_ids, on_progress=step.show_progress)
            step.show_progress(report)
        self.vehicles.apply_archive(old_ids)

    async def export_day(self, folder: Path) -> None:
        """Write the payments and repair orders of the busiest day to files."""
        with self.screen.step("Export a day") as step:
            payments = await self.shop.payments.list().collect()
            orders = await self.shop.repair_orders.list().collect()
            day = await read_day(self.shop, find_busiest_day(payments))
            day.write(folder)
            step.rows = len(day.payments) + len(day.repair_orders)
        problems = day.find_differences(folder)
        if day != select_day(day.date, payments, orders):
            problems.append("the complete lists contain other rows of that day")
        self.add_check(
            f"{len(day.payments)} payments and {len(day.repair_orders)} invoiced repair orders"
            f" of {day.date} were exported",
            problems,
        )

    async def check_server(self, word: str, text: str) -> None:
        """Read all rows of the server, and compare them with the expected rows."""
        customers = self.shop.customers.list(prefetch=4)
        await self.check_list(customers, self.customers, word, text)
        vehicles = self.shop.vehicles.list(prefetch=4)
        await self.check_list(vehicles, self.vehicles, word, text)

    async def check_list(self, pager: Pager[M], ledger: Ledger, word: str, text: str) -> None:
        """Read a list, and compare it with the expected rows."""
        noun = f"{ledger.noun}s"
        rows = await self.read_list(pager, ledger, f"Read {noun} {word}")
        self.add_check(f"{len(rows):,} {noun} read {word}: {text}", ledger.find_differences(rows))

    async def read_list(self, pager: Pager[M], ledger: Ledger, title: str) -> dict[str, Record]:
        """Read a list to its end, and return its rows by id."""
        models: list[M] = []
        with self.screen.step(title) as step:
            async for page in pager.pages():
                models += page.items
                step.show_page(page)
        return ledger.index_rows(models)

    def add_check(self, text: str, problems: Sequence[str]) -> None:
        """Add a check, which passes if it has no problems."""
        self.checks.append(Check(text, problems))
