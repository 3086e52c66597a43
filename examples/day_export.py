"""Export the payments and repair orders of one day to files."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path

from attrs import frozen

from autoleap import Company
from autoleap.models import Payment, RepairOrder

PAYMENTS, REPAIR_ORDERS = "payments.csv", "repair_orders.jsonl"
PAYMENT_COLUMNS = (
    *("paymentId", "locationId", "roNumber", "paymentDate", "paymentType", "paymentMethod"),
    *("totalPaymentAmount", "totalRefundedAmount", "netPaidAmount", "lastUpdatedAt"),
)


@frozen
class Day:
    """The payments made and the repair orders invoiced on one day."""

    date: date
    payments: list[Payment]
    repair_orders: list[RepairOrder]

    def write(self, folder: Path) -> None:
        """Write the payments as CSV, and the nested repair orders as one line of JSON each.

        Amounts are written as the API sends them, because the contract does not name their unit.
        """
        with (folder / PAYMENTS).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, PAYMENT_COLUMNS, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(payment.to_dict() for payment in self.payments)
        with (folder / REPAIR_ORDERS).open("w", encoding="utf-8") as file:
            for order in self.repair_orders:
                file.write(json.dumps(order.to_dict(), ensure_ascii=False) + "\n")

    def find_differences(self, folder: Path) -> list[str]:
        """Return a message for each file in a folder that does not hold this day."""
        with (folder / PAYMENTS).open(encoding="utf-8", newline="") as file:
            payment_ids = [row["paymentId"] for row in csv.DictReader(file)]
        with (folder / REPAIR_ORDERS).open(encoding="utf-8") as file:
            orders = [json.loads(line) for line in file]
        differs = {
            PAYMENTS: payment_ids != [payment.payment_id for payment in self.payments],
            REPAIR_ORDERS: orders != [order.to_dict() for order in self.repair_orders],
        }
        return [f"{name} does not hold the rows of the API" for name in differs if differs[name]]


async def read_day(shop: Company, day: date) -> Day:
    """Read one day with the filters of the two lists."""
    payments = shop.payments.list(paid_from=day, paid_to=day)
    orders = shop.repair_orders.list(invoiced_from=day, invoiced_to=day)
    return Day(day, await payments.collect(), await orders.collect())


def select_day(day: date, payments: Iterable[Payment], orders: Iterable[RepairOrder]) -> Day:
    """Select one day from complete lists, to compare it with the result of `read_day`."""
    return Day(
        day,
        [payment for payment in payments if _is_on(payment.payment_date, day)],
        [order for order in orders if _is_on(order.invoice_date, day)],
    )


def find_busiest_day(payments: Iterable[Payment]) -> date:
    """Return the day with the most payments, or the latest of several."""
    days = Counter(payment.payment_date.date() for payment in payments if payment.payment_date)
    return max(days, key=lambda day: (days[day], day))


def _is_on(moment: datetime | None, day: date) -> bool:
    return moment is not None and moment.date() == day
