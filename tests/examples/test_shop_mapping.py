"""What becomes of the cells of a shop's export, mess by mess."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples.shop_export import (
    Row,
    ShopExport,
    find_spreadsheet_row,
    make_customer_record,
    make_vehicle_record,
    read_rows,
)

DATA = Path(__file__).parents[2] / "examples" / "data"


@pytest.fixture(scope="module")
def export() -> ShopExport:
    return ShopExport.read(DATA)


def customer(**cells: str) -> Row:
    columns = (
        *("customer_ref", "type", "first_name", "last_name", "company", "mobile", "landline"),
        *("email", "address", "city", "state", "zip", "country", "tax_exempt"),
        *("tax_exempt_reason", "tags", "notes", "ok_for_marketing"),
    )
    return dict.fromkeys(columns, "") | cells


def vehicle(**cells: str) -> Row:
    columns = (
        *("vehicle_ref", "customer_ref", "year", "make", "model", "engine", "color"),
        *("license_plate", "plate_state", "vin", "drive_type", "transmission"),
        *("mileage", "mileage_unit", "notes"),
    )
    return dict.fromkeys(columns, "") | cells


def leaves(value: object) -> Iterator[object]:
    """Every value in a record that is not itself a container with something in it."""
    if isinstance(value, dict) and value:
        for item in value.values():
            yield from leaves(item)
    elif isinstance(value, list) and value:
        for item in value:
            yield from leaves(item)
    else:
        yield value


def test_an_empty_cell_is_not_sent() -> None:
    assert make_customer_record(customer()) == {}
    assert make_vehicle_record(vehicle(), "C1") == {"customerId": "C1"}


def test_a_business_without_a_persons_name_gets_no_name_made_up() -> None:
    assert make_customer_record(customer(company="Todd PLC")) == {"companyName": "Todd PLC"}


def test_a_type_that_autoleap_does_not_know_is_left_for_the_sdk_to_refuse() -> None:
    assert make_customer_record(customer(type="commercial")) == {"customerType": "commercial"}


def test_each_phone_and_the_e_mail_become_lists() -> None:
    record = make_customer_record(customer(mobile="247.262.4459", landline="+1 838 291 2936"))
    assert record == {
        "phones": [
            {"number": "247.262.4459", "type": "mobile"},
            {"number": "+1 838 291 2936", "type": "landline"},
        ]
    }
    record = make_customer_record(customer(email="andrée.ménard348@example.com"))
    assert record == {"emails": [{"emailAddress": "andrée.ménard348@example.com"}]}


def test_a_landline_alone_is_the_only_phone() -> None:
    assert make_customer_record(customer(landline="4414007818")) == {
        "phones": [{"number": "4414007818", "type": "landline"}]
    }


def test_tags_are_parted_at_the_bar() -> None:
    record = make_customer_record(customer(tags="Fleet| Net30 |"))
    assert record == {"tags": [{"name": "Fleet"}, {"name": "Net30"}]}


@pytest.mark.parametrize(("cell", "sent"), [("yes", True), ("no", False), ("YES", True)])
def test_yes_and_no_become_booleans(cell: str, sent: bool) -> None:
    assert make_customer_record(customer(tax_exempt=cell)) == {"taxExempt": sent}
    assert make_customer_record(customer(ok_for_marketing=cell)) == {"okForMarketing": sent}


def test_neither_yes_nor_no_is_left_for_the_sdk_to_refuse() -> None:
    assert make_customer_record(customer(ok_for_marketing="maybe")) == {"okForMarketing": "maybe"}


def test_any_reason_for_tax_exemption_is_sent_as_it_is() -> None:
    record = make_customer_record(
        customer(tax_exempt="yes", tax_exempt_reason="Federal government")
    )
    assert record == {"taxExempt": True, "reasonForTaxExempt": "Federal government"}


def test_a_zip_keeps_its_leading_zeros() -> None:
    assert make_customer_record(customer(zip="00876")) == {"mainAddress": {"zip": "00876"}}


def test_years_and_miles_become_numbers() -> None:
    record = make_vehicle_record(vehicle(year="1982", mileage="0", mileage_unit="Kilometers"), "C1")
    assert record == {
        "customerId": "C1",
        "year": 1982,
        "mileage": 0,
        "mileageUnit": "Kilometers",
    }


@pytest.mark.parametrize("cell", ["about 90,000", "1_982", "-5", "12.5"])
def test_what_is_no_whole_number_is_left_for_the_sdk_to_refuse(cell: str) -> None:
    assert make_vehicle_record(vehicle(mileage=cell), "C1") == {"customerId": "C1", "mileage": cell}


def test_a_unit_without_a_mileage_is_not_sent() -> None:
    assert make_vehicle_record(vehicle(mileage_unit="Miles"), "C1") == {"customerId": "C1"}


def test_a_vehicle_without_a_model_is_sent_without_one(export: ShopExport) -> None:
    row = next(row for row in export.vehicles if not row["model"])
    assert row["vehicle_ref"] == "VEH-000799"
    assert "model" not in make_vehicle_record(row, "C1")


def test_notes_keep_their_line_breaks(export: ShopExport) -> None:
    notes = [make_customer_record(row).get("notes") for row in export.customers]
    assert "Gate code 4411,\ncall on arrival" in notes


def test_the_whole_export_is_read(export: ShopExport) -> None:
    assert (len(export.customers), len(export.vehicles)) == (5_000, 7_323)
    assert len(set(export.list_refs())) == 12_323


def test_nothing_empty_is_ever_sent(export: ShopExport) -> None:
    records = [make_customer_record(row) for row in export.customers]
    records += [make_vehicle_record(row, "C1") for row in export.vehicles]
    assert not [value for value in leaves(records) if value in (None, "", [], {})]


def test_rows_are_numbered_as_a_spreadsheet_does(export: ShopExport) -> None:
    row = next(row for row in export.customers if row["customer_ref"] == "EXT-001034")
    assert find_spreadsheet_row(export.customers, row) == 1035


def test_cells_are_trimmed_and_quoted_line_breaks_kept(tmp_path: Path) -> None:
    file = tmp_path / "rows.csv"
    file.write_bytes('\ufeffname,notes\r\n Zoë  Ann ,"one,\ntwo"\r\n\r\n'.encode())
    assert read_rows(file) == [{"name": "Zoë  Ann", "notes": "one,\ntwo"}]


@pytest.mark.parametrize("line", ["Ann", "Ann,pays,late"])
def test_a_row_whose_cells_may_have_shifted_stops_the_reading(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rows.csv"
    file.write_text(f"name,notes\n{line}\n", "utf-8")
    with pytest.raises(ValueError, match="zip"):
        read_rows(file)
