"""A shop's export as records of the AutoLeap API: pure mapping, two CSV files in, dicts out.

Nothing is judged here. A cell that cannot be converted is passed on as it stands, and the SDK's
own check of records then names its row, its field and the reason.
"""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Self, TypeAlias

from attrs import frozen

Row: TypeAlias = dict[str, str]
Record: TypeAlias = dict[str, object]


@frozen
class ShopExport:
    """The two files of an export, row by row."""

    customers: list[Row]
    vehicles: list[Row]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `customers.csv` and `vehicles.csv` from a folder."""
        return cls(read_rows(folder / "customers.csv"), read_rows(folder / "vehicles.csv"))

    def refs(self) -> list[str]:
        """The shop's own name of every row, customers first."""
        customers = [row["customer_ref"] for row in self.customers]
        return customers + [row["vehicle_ref"] for row in self.vehicles]

    def vehicles_of(self, customer_ref: str) -> list[Row]:
        """The vehicles of one customer."""
        return [row for row in self.vehicles if row["customer_ref"] == customer_ref]


def read_rows(path: Path) -> list[Row]:
    """Read a CSV file with a header, every cell trimmed; blank lines are skipped.

    Raises:
        ValueError: when a row has more or fewer cells than the header: its cells may have shifted.
    """
    # utf-8-sig: spreadsheets like to begin a file with a byte order mark.
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = filter(None, csv.reader(file, strict=True))
    return [dict(zip(header, map(str.strip, line), strict=True)) for line in lines]


def spreadsheet_row(rows: Sequence[Row], row: Row) -> int:
    """The number a spreadsheet shows beside a row: the header is number 1."""
    return rows.index(row) + 2


def customer_record(row: Row) -> Record:
    """A row of `customers.csv` as a record for `customers.create`."""
    return filled(
        {
            "customerType": row["type"],
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "companyName": row["company"],
            "phones": [
                {"number": row[kind], "type": kind} for kind in ("mobile", "landline") if row[kind]
            ],
            "emails": [{"emailAddress": row["email"]}] if row["email"] else [],
            "mainAddress": filled(
                {name: row[name] for name in ("address", "zip", "city", "state", "country")}
            ),
            "taxExempt": yes_or_no(row["tax_exempt"]),
            "reasonForTaxExempt": row["tax_exempt_reason"],
            "tags": tag_records(row["tags"]),
            "notes": row["notes"],
            "okForMarketing": yes_or_no(row["ok_for_marketing"]),
        }
    )


def vehicle_record(row: Row, customer_id: str) -> Record:
    """A row of `vehicles.csv` as a record for `vehicles.create`, linked to its customer."""
    return filled(
        {
            "customerId": customer_id,
            "year": whole_number(row["year"]),
            "make": row["make"],
            "model": row["model"],
            "engine": row["engine"],
            "color": row["color"],
            "licensePlate": row["license_plate"],
            "state": row["plate_state"],
            "vin": row["vin"],
            "driveType": row["drive_type"],
            "transmission": row["transmission"],
            "mileage": whole_number(row["mileage"]),
            "mileageUnit": row["mileage_unit"] if row["mileage"] else "",
            "notes": row["notes"],
        }
    )


def tag_records(cell: str) -> list[Record]:
    """Tags as the API wants them, from names with bars between."""
    return [{"name": name.strip()} for name in cell.split("|") if name.strip()]


def filled(record: Record) -> Record:
    """The record without its empty fields: what the shop does not know is not sent."""
    return {name: value for name, value in record.items() if value not in ("", [], {})}


def yes_or_no(cell: str) -> bool | str:
    """Yes and no as the API wants them; any other cell as it is."""
    return {"yes": True, "no": False}.get(cell.lower(), cell)


def whole_number(cell: str) -> int | str:
    """A number as the API wants it; any other cell as it is."""
    return int(cell) if cell.isdecimal() else cell
