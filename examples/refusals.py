"""Rows of an export that were not created, with the reasons."""

from __future__ import annotations

from collections.abc import Sequence

from attrs import frozen

from autoleap import BulkReport, RecordError

from .shop_export import Row, ShopExport, find_spreadsheet_row


@frozen
class Refusal:
    """A row that was not created.

    Attributes:
        row: Row number in a spreadsheet, where the header is row 1.
        ref: Reference of the row in the export.
        field: The wrong field in the API's spelling; empty if the reason is not a field.
        reason: The reason why the row was not created.
        vehicles: References of the vehicles of a customer, which were not sent.
    """

    row: int
    ref: str
    field: str
    reason: str
    vehicles: Sequence[str] = ()


def list_refused_customers(export: ShopExport, report: BulkReport) -> list[Refusal]:
    """Return the customers without an id in the report, each with its vehicles."""
    return [
        Refusal(
            find_spreadsheet_row(export.customers, row),
            row["customer_ref"],
            *_find_reason(report, index),
            [item["vehicle_ref"] for item in export.list_vehicles_of(row["customer_ref"])],
        )
        for index, row in enumerate(export.customers)
        if index not in report.ids
    ]


def list_refused_vehicles(
    export: ShopExport, sent: Sequence[Row], report: BulkReport
) -> list[Refusal]:
    """Return the vehicles that were sent and have no id in the report."""
    return [
        Refusal(
            find_spreadsheet_row(export.vehicles, row),
            row["vehicle_ref"],
            *_find_reason(report, index),
        )
        for index, row in enumerate(sent)
        if index not in report.ids
    ]


def list_vehicles_without_customer(export: ShopExport) -> list[Refusal]:
    """Return the vehicles whose customer is not in the export."""
    customer_refs = {row["customer_ref"] for row in export.customers}
    return [
        Refusal(
            find_spreadsheet_row(export.vehicles, row),
            row["vehicle_ref"],
            "customerId",
            f"the export has no customer {row['customer_ref']}",
        )
        for row in export.vehicles
        if row["customer_ref"] not in customer_refs
    ]


def _find_reason(report: BulkReport, index: int) -> tuple[str, str]:
    """Return the wrong field, which can be empty, and the reason."""
    for outcome in (*report.failures, *report.unknowns):
        if outcome.index == index:
            if isinstance(outcome.error, RecordError):
                return outcome.error.field, outcome.error.reason
            return "", str(outcome.error)
    return "", "created, but its id is not known, because the row was not found on the server"
