"""The sandbox rewrites values as the habit says, and keeps what it received."""

import unicodedata
from typing import Any

import pytest

from autoleap.sandbox import Habits, Rewriting, Sandbox
from tests.helpers.habit_calls import create, read_page
from tests.helpers.sandbox_calls import Open

RECORD: dict[str, Any] = {
    "firstName": "anne  marie",
    "lastName": "O'neil & Söhne",
    "notes": "n" * 300,
    "phones": [{"number": "+1 216-555-0123"}, {"number": "555-01"}],
    "emails": [{"emailAddress": "Jane@Example.COM"}, {"emailAddress": "A@example.com"}],
    "mainAddress": {"state": "Ohio"},
    "secondaryAddress": {"state": "NY", "city": "new york"},
}


def store_record(log_in: Open, habit: Rewriting, record: dict[str, Any]) -> dict[str, Any]:
    """Return the row of a list after the creation of a record."""
    with Sandbox(customers=0, habits=Habits(rewriting=habit)) as sandbox:
        client = log_in(sandbox)
        assert create(client, sandbox, [record]).status_code == 200
        (stored,) = sandbox.store.stored_rows("customers")
        (row,) = read_page(client, sandbox)["content"]
    assert stored.received == record
    assert stored.data == row
    return dict(row)


@pytest.mark.parametrize(
    ("names", "first", "last"),
    [
        (("title",), "Anne  Marie", "O'Neil & Söhne"),
        (("upper",), "ANNE  MARIE", "O'NEIL & SÖHNE"),
        (("collapse",), "anne marie", "O'neil & Söhne"),
        (("html",), "anne  marie", "O&#x27;neil &amp; Söhne"),
        (("collapse", "title"), "Anne Marie", "O'Neil & Söhne"),
    ],
)
def test_names_are_rewritten(log_in: Open, names: tuple[Any, ...], first: str, last: str) -> None:
    row = store_record(log_in, Rewriting(names=names), RECORD)
    assert (row["firstName"], row["lastName"]) == (first, last)
    assert row["notes"] == RECORD["notes"]


def test_names_are_normalized(log_in: Open) -> None:
    decomposed = unicodedata.normalize("NFD", "Zoë")
    record = {"firstName": decomposed, "lastName": "ﬁnch"}
    row = store_record(log_in, Rewriting(names=("nfc",)), record)
    assert (row["firstName"], row["lastName"]) == ("Zoë", "ﬁnch")
    row = store_record(log_in, Rewriting(names=("nfkc",)), record)
    assert (row["firstName"], row["lastName"]) == ("Zoë", "finch")


@pytest.mark.parametrize(
    ("phones", "numbers"),
    [
        ("digits", ["12165550123", "55501"]),
        ("formatted", ["(216) 555-0123", "55501"]),
        ("e164", ["+12165550123", "55501"]),
    ],
)
def test_phones_are_rewritten(log_in: Open, phones: Any, numbers: list[str]) -> None:
    row = store_record(log_in, Rewriting(phones=phones), RECORD)
    assert [phone["number"] for phone in row["phones"]] == numbers


def test_emails_states_lists_and_texts_are_rewritten(log_in: Open) -> None:
    habit = Rewriting(emails="lower", states="code", lists="sorted", longest_text=255)
    row = store_record(log_in, habit, RECORD)
    assert [email["emailAddress"] for email in row["emails"]] == [
        "a@example.com",
        "jane@example.com",
    ]
    assert row["mainAddress"] == {"state": "OH"}
    assert row["secondaryAddress"] == {"state": "NY", "city": "new york"}
    assert len(row["notes"]) == 255


def test_states_get_their_names_and_lists_are_reversed(log_in: Open) -> None:
    row = store_record(log_in, Rewriting(states="name", lists="reversed"), RECORD)
    assert row["secondaryAddress"]["state"] == "New York"
    assert row["phones"] == RECORD["phones"][::-1]


def test_fields_are_dropped(log_in: Open) -> None:
    row = store_record(log_in, Rewriting(dropped=("notes", "city")), RECORD)
    assert "notes" not in row
    assert row["secondaryAddress"] == {"state": "NY"}


@pytest.mark.parametrize(("codes", "vin"), [("upper", "1HG-CM826 33A"), ("compact", "1HGCM82633A")])
def test_codes_of_vehicles_are_rewritten(log_in: Open, codes: Any, vin: str) -> None:
    habits = Habits(rewriting=Rewriting(codes=codes))
    with Sandbox(vehicles=0, habits=habits) as sandbox:
        body = {"companyId": sandbox.company_id, "vehicles": [{"vin": "1hg-cm826 33a"}]}
        assert log_in(sandbox).post("/vehicles", json=body).status_code == 200
        assert sandbox.store.rows("vehicles")[0]["vin"] == vin


def test_an_update_is_rewritten_too_and_ids_are_not(log_in: Open) -> None:
    habits = Habits(rewriting=Rewriting(names=("upper",), longest_text=1))
    with Sandbox(customers=1, habits=habits) as sandbox:
        key = sandbox.store.rows("customers")[0]["customerId"]
        change = {"customerId": key, "firstName": "jane"}
        body = {"companyId": sandbox.company_id, "customers": [change]}
        assert log_in(sandbox).put("/customers", json=body).status_code == 200
        (row,) = sandbox.store.rows("customers")
    assert (row["customerId"], row["firstName"]) == (key, "J")
