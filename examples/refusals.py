"""The rows of an export that were not created: which, why, and what was held back with them."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from autoleap import AutoLeapError, BulkReport, RecordError

from .shop_export import Row, ShopExport, spreadsheet_row


@frozen
class Refusal:
    """A row that was not created.

    Attributes:
        row: The number that a spreadsheet shows beside it.
        ref: The export's own name for it.
        field: The field at fault, in the API's spelling; empty when it is not a matter of a field.
        reason: What is wrong.
        vehicles: Vehicles that were held back because this is their customer.
    """

    row: int
    ref: str
    field: str
    reason: str
    vehicles: Sequence[str] = ()


def refused_customers(export: ShopExport, report: BulkReport) -> list[Refusal]:
    """The customers that a report has no id for, each with its vehicles."""
    return [
        Refusal(
            spreadsheet_row(export.customers, row),
            row["customer_ref"],
            *_why(report, index),
            [car["vehicle_ref"] for car in export.vehicles_of(row["customer_ref"])],
        )
        for index, row in enumerate(export.customers)
        if index not in report.ids
    ]


def refused_vehicles(export: ShopExport, sent: Sequence[Row], report: BulkReport) -> list[Refusal]:
    """The vehicles that were sent and that a report has no id for."""
    return [
        Refusal(spreadsheet_row(export.vehicles, row), row["vehicle_ref"], *_why(report, index))
        for index, row in enumerate(sent)
        if index not in report.ids
    ]


def orphans(export: ShopExport) -> list[Refusal]:
    """The vehicles whose customer is not in the export at all."""
    known = {row["customer_ref"] for row in export.customers}
    return [
        Refusal(
            spreadsheet_row(export.vehicles, row),
            row["vehicle_ref"],
            "customerId",
            f"the export has no customer {row['customer_ref']}",
        )
        for row in export.vehicles
        if row["customer_ref"] not in known
    ]


def _why(report: BulkReport, index: int) -> tuple[str, str]:
    """The field at fault and the reason, as far as there are."""
    for outcome in (*report.failures, *report.unknowns):
        if outcome.index == index:
            return _told(outcome.error)
    return "", "created, but not found again: its id is not known"


def _told(error: AutoLeapError | None) -> tuple[str, str]:
    if isinstance(error, RecordError):
        return error.field, error.reason
    return "", str(error)
