"""A day's payments and repair orders, out of AutoLeap and into files."""

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
        """Write payments as CSV and repair orders, which are nested, as lines of JSON.

        Amounts are written as the API gives them: it does not say whether they are cents.
        """
        with (folder / PAYMENTS).open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, PAYMENT_COLUMNS, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(payment.to_dict() for payment in self.payments)
        with (folder / REPAIR_ORDERS).open("w", encoding="utf-8") as file:
            for order in self.repair_orders:
                file.write(json.dumps(order.to_dict(), ensure_ascii=False) + "\n")

    def unlike(self, folder: Path) -> list[str]:
        """What the files in a folder say differently; nothing when they hold this day."""
        with (folder / PAYMENTS).open(encoding="utf-8", newline="") as file:
            paid = [row["paymentId"] for row in csv.DictReader(file)]
        with (folder / REPAIR_ORDERS).open(encoding="utf-8") as file:
            orders = [json.loads(line) for line in file]
        wrong = {
            PAYMENTS: paid != [payment.payment_id for payment in self.payments],
            REPAIR_ORDERS: orders != [order.to_dict() for order in self.repair_orders],
        }
        return [
            f"{name} does not hold what was read" for name, is_wrong in wrong.items() if is_wrong
        ]


async def read_day(shop: Company, day: date) -> Day:
    """Read one day, by the filters of the two lists."""
    payments = shop.payments.list(paid_from=day, paid_to=day)
    orders = shop.repair_orders.list(invoiced_from=day, invoiced_to=day)
    return Day(day, await payments.collect(), await orders.collect())


def pick(day: date, payments: Iterable[Payment], orders: Iterable[RepairOrder]) -> Day:
    """Pick one day out of complete lists: what `read_day` ought to find."""
    return Day(
        day,
        [payment for payment in payments if _on(payment.payment_date, day)],
        [order for order in orders if _on(order.invoice_date, day)],
    )


def busiest_day(payments: Iterable[Payment]) -> date:
    """The day on which most payments were made; the later one of two."""
    days = Counter(payment.payment_date.date() for payment in payments if payment.payment_date)
    return max(days, key=lambda day: (days[day], day))


def _on(moment: datetime | None, day: date) -> bool:
    return moment is not None and moment.date() == day
