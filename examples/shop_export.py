"""Read the export of a shop, two CSV files, and convert its rows to records of the API.

This module does not validate. It passes on a cell that it cannot convert, and the SDK then refuses
the record and names its row, its field and the reason.
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
    """The rows of the two files of an export."""

    customers: list[Row]
    vehicles: list[Row]

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Read `customers.csv` and `vehicles.csv` from a folder."""
        return cls(read_rows(folder / "customers.csv"), read_rows(folder / "vehicles.csv"))

    def list_refs(self) -> list[str]:
        """Return the reference of every row, customers first."""
        customer_refs = [row["customer_ref"] for row in self.customers]
        return customer_refs + [row["vehicle_ref"] for row in self.vehicles]

    def list_vehicles_of(self, customer_ref: str) -> list[Row]:
        """Return the vehicles of one customer."""
        return [row for row in self.vehicles if row["customer_ref"] == customer_ref]


def read_rows(path: Path) -> list[Row]:
    """Read a CSV file with a header. Cells are stripped, and blank lines are skipped.

    Raises:
        ValueError: if a row has more or fewer cells than the header, because its cells may be in
            wrong columns.
    """
    # Spreadsheet programs write a byte order mark, which utf-8-sig removes.
    with path.open(encoding="utf-8-sig", newline="") as file:
        header, *lines = filter(None, csv.reader(file, strict=True))
    return [dict(zip(header, map(str.strip, line), strict=True)) for line in lines]


def find_spreadsheet_row(rows: Sequence[Row], row: Row) -> int:
    """Return the row number in a spreadsheet, where the header is row 1."""
    return rows.index(row) + 2


def make_customer_record(row: Row) -> Record:
    """Convert a row of `customers.csv` to a record for `customers.create`."""
    return drop_empty_fields(
        {
            "customerType": row["type"],
            "firstName": row["first_name"],
            "lastName": row["last_name"],
            "companyName": row["company"],
            "phones": [
                {"number": row[kind], "type": kind} for kind in ("mobile", "landline") if row[kind]
            ],
            "emails": [{"emailAddress": row["email"]}] if row["email"] else [],
            "mainAddress": drop_empty_fields(
                {name: row[name] for name in ("address", "zip", "city", "state", "country")}
            ),
            "taxExempt": parse_yes_or_no(row["tax_exempt"]),
            "reasonForTaxExempt": row["tax_exempt_reason"],
            "tags": make_tag_records(row["tags"]),
            "notes": row["notes"],
            "okForMarketing": parse_yes_or_no(row["ok_for_marketing"]),
        }
    )


def make_vehicle_record(row: Row, customer_id: str) -> Record:
    """Convert a row of `vehicles.csv` to a record for `vehicles.create`."""
    return drop_empty_fields(
        {
            "customerId": customer_id,
            "year": parse_integer(row["year"]),
            "make": row["make"],
            "model": row["model"],
            "engine": row["engine"],
            "color": row["color"],
            "licensePlate": row["license_plate"],
            "state": row["plate_state"],
            "vin": row["vin"],
            "driveType": row["drive_type"],
            "transmission": row["transmission"],
            "mileage": parse_integer(row["mileage"]),
            "mileageUnit": row["mileage_unit"] if row["mileage"] else "",
            "notes": row["notes"],
        }
    )


def make_tag_records(cell: str) -> list[Record]:
    """Convert names that are separated by vertical bars to tags of the API."""
    return [{"name": name.strip()} for name in cell.split("|") if name.strip()]


def drop_empty_fields(record: Record) -> Record:
    """Return a record without its empty fields, so that they are not sent."""
    return {name: value for name, value in record.items() if value not in ("", [], {})}


def parse_yes_or_no(cell: str) -> bool | str:
    """Return a boolean for "yes" and "no", and any other cell unchanged."""
    return {"yes": True, "no": False}.get(cell.lower(), cell)


def parse_integer(cell: str) -> int | str:
    """Return an integer for digits, and any other cell unchanged."""
    return int(cell) if cell.isdecimal() else cell
