"""Sample repair orders, payments and timesheet logs.

Every record is complete according to the contract's schema.
"""

import random

import attrs

from autoleap.sandbox.dates import format_timestamp
from autoleap.sandbox.rows import Record
from autoleap.sandbox.store import Company, Store

_HOUR = 3600.0
_MINUTE = 60.0
_FIRST_ORDER_NUMBER = 40
_TAX_RATE = 0.035

_STAFF = ("Lee Novak", "Sam Okafor", "Mia Brandt", "Tom Reyes")
_JOBS = ("Oil and filter change", "Front brake service", "Tire rotation", "Battery replacement")
_WORKFLOW = ("Estimate", "WIP", "Complete", "Saved", "Posted", "AR", "Posted", "Deleted")
_ZERO_AMOUNTS = (
    *("subletSales", "subletCost", "otherSales", "otherCost", "tireStorageTotal"),
    *("tireStorageCost", "serviceFeesTotal", "serviceFeesCost", "serviceDiscountsTotal"),
    *("nonTaxableAmount", "passthroughTax"),
)


@attrs.frozen
class SampleOrders:
    """A maker of one company's sample records. `index` counts the records from 0."""

    rng: random.Random
    store: Store
    company: Company

    def make_repair_order(self, index: int, created: float) -> Record:
        """Return a repair order. Amounts are integers, and status "Posted" means finalized."""
        number = _FIRST_ORDER_NUMBER + index
        workflow = _WORKFLOW[index % len(_WORKFLOW)]
        invoiced, closed = workflow in ("Posted", "AR"), workflow == "Posted"
        writer, amounts = self._choose_employee(index), self._make_amounts()
        paid = amounts["totalSales"] + amounts["taxes"] if closed else 0
        return {
            "repairOrderNumber": number,
            "companyId": self.company.id,
            "locationId": self._choose_location(index),
            "repairOrderStatus": _choose_order_status(workflow, invoiced),
            "workflowStatus": workflow,
            "paymentStatus": "Paid" if closed else "Unpaid",
            "customer": self._choose_customer(),
            "serviceWriter": writer,
            "shopNotes": "",
            "recommendationsForCustomer": "",
            **self._choose_vehicle(),
            "estimateDate": format_timestamp(created),
            **(
                {}
                if workflow == "Estimate"
                else {"approveDate": format_timestamp(created + 30 * _MINUTE)}
            ),
            **(self._make_invoice_fields(number, created + 4 * _HOUR) if invoiced else {}),
            **(self._make_finalize_fields(created + 5 * _HOUR) if closed else {}),
            **amounts,
            "amountPaid": paid,
            "taxRate": _TAX_RATE,
            "orderLevelDiscounts": {"id": self.store.make_id(), "name": "None", "total": 0},
            "orderLevelFees": {"id": self.store.make_id(), "name": "None", "total": 0},
            "taxCode": "STD",
            "services": [self._make_service(index, created)],
        }

    def make_payment(self, index: int, created: float) -> Record:
        """Return a payment of a random repair order. Every eighth has a partial refund."""
        numbers = list(self.company.tables["repair_orders"].by_id)
        number = self.rng.choice(numbers) if numbers else str(_FIRST_ORDER_NUMBER)
        total = self.rng.randrange(1_000, 90_000)
        refunded = total // 4 if index % 8 == 7 else 0
        return {
            "locationId": self._choose_location(index),
            "companyId": self.company.id,
            "roNumber": number,
            "paymentDate": format_timestamp(created),
            "totalPaymentAmount": total,
            "totalRefundedAmount": refunded,
            "netPaidAmount": total - refunded,
            "paymentType": "Full",
            "paymentMethod": self.rng.choice(("Cash", "Card", "Check")),
            "paymentHistory": [
                {"action": "Payment", "amount": total, "date": format_timestamp(created)}
            ],
        }

    def make_timesheet_log(self, index: int, created: float) -> Record:
        """Return the working time of one technician."""
        hours = self.rng.randrange(2, 17) / 2
        person = self._choose_employee(index)
        return {
            "technicianId": person["id"],
            "technicianName": person["name"],
            "payrollId": person["payrollId"],
            "locationId": self._choose_location(index),
            "clockIn": format_timestamp(created),
            "clockOut": format_timestamp(created + hours * _HOUR),
            "totalHours": hours,
            "activity": "Work",
        }

    def _choose_location(self, index: int) -> str:
        return self.company.locations[index % len(self.company.locations)].id

    def _choose_employee(self, index: int) -> Record:
        position = index % len(_STAFF)
        return {
            "id": f"emp-{position + 11}",
            "name": _STAFF[position],
            "payrollId": f"P-{1011 + position}",
        }

    def _choose_customer(self) -> Record:
        """Return a random customer. The type begins with a capital letter (contract, quirk 1)."""
        rows = self.company.tables["customers"].rows
        if not rows:
            return {}
        data = self.rng.choice(rows).data
        customer_type = str(data["customerType"]).capitalize()
        names = {name: data[name] for name in ("firstName", "lastName")}
        return {"id": data["customerId"], **names, "customerType": customer_type}

    def _choose_vehicle(self) -> Record:
        rows = self.company.tables["vehicles"].rows
        miles = self.rng.randrange(1_000, 250_000)
        readings: Record = {"milesIn": miles, "milesOut": miles + 4}
        return (
            {"vehicleId": self.rng.choice(rows).data["vehicleId"], **readings} if rows else readings
        )

    def _make_amounts(self) -> dict[str, int]:
        sales = {name: self.rng.randrange(0, 60_000) for name in ("labor", "parts", "tires")}
        amounts = dict.fromkeys(_ZERO_AMOUNTS, 0)
        for name, amount in sales.items():
            amounts |= {f"{name}Sales": amount, f"{name}Cost": amount // 2}
        total = sum(sales.values())
        return amounts | {
            "taxes": round(total * _TAX_RATE),
            "taxableAmount": total,
            "totalSales": total,
            "totalCost": total // 2,
        }

    def _make_invoice_fields(self, number: int, time: float) -> Record:
        employee = self.rng.choice(_STAFF)
        return {
            "invoiceDate": _format_without_milliseconds(time),
            "invoicedBy": employee,
            "invoiceNumber": f"INV-{number}",
        }

    def _make_finalize_fields(self, time: float) -> Record:
        employee = self.rng.choice(_STAFF)
        return {
            "finalizeDate": _format_without_milliseconds(time),
            "finalizeType": "fullyPaid",
            "finalizeBy": employee,
        }

    def _make_service(self, index: int, created: float) -> Record:
        technician = {**self._choose_employee(index + 1), "isPrimaryTech": True}
        return {
            "id": 300 + index,
            "title": self.rng.choice(_JOBS),
            "authorized": True,
            "serviceStatus": "Completed",
            "authorizedDate": format_timestamp(created + 30 * _MINUTE),
            "technician": [technician],
            "note": "",
        }


def _choose_order_status(workflow: str, invoiced: bool) -> str:
    if invoiced:
        return "Invoice"
    return "Estimate" if workflow == "Estimate" else "Repair Order"


def _format_without_milliseconds(time: float) -> str:
    """Return a date-time without milliseconds, as some fields have it (contract, section 2)."""
    return format_timestamp(time)[:-5] + "Z"
