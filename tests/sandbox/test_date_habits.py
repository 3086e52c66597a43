"""The clocks, the zone and the date filters do what the habit says, over real HTTP."""

from email.utils import parsedate_to_datetime
from typing import Any

import pytest

from autoleap.sandbox import DateHabits, Habits, Sandbox
from tests.helpers.habit_calls import (
    START,
    create,
    list_names,
    make_clock,
    make_records,
    read_page,
)
from tests.helpers.sandbox_calls import Open


@pytest.mark.parametrize("ahead", [3.0, 10_800.0, -3.0])
def test_the_date_header_is_ahead(log_in: Open, ahead: float) -> None:
    habits = Habits(dates=DateHabits(header_ahead=ahead))
    with Sandbox(habits=habits, wall_clock=make_clock()) as sandbox:
        header = log_in(sandbox).get("/partners/profile").headers.get_list("Date")
    assert [parsedate_to_datetime(value).timestamp() for value in header] == [int(START + ahead)]


def test_the_date_header_is_missing(log_in: Open) -> None:
    with Sandbox(habits=Habits(dates=DateHabits(header=False))) as sandbox:
        assert "Date" not in log_in(sandbox).get("/partners/profile").headers
    with Sandbox() as sandbox:
        assert len(log_in(sandbox).get("/partners/profile").headers.get_list("Date")) == 1


@pytest.mark.parametrize(
    ("shown", "text"),
    [
        ("utc", "2027-01-15T08:00:00.500Z"),
        ("local", "2027-01-14T23:00:00.500"),
        ("midnight", "2027-01-14T00:00:00.000Z"),
        ("day", "2027-01-14"),
    ],
)
def test_dates_are_shown_in_other_forms_and_stored_true(
    log_in: Open, shown: Any, text: str
) -> None:
    habits = Habits(dates=DateHabits(shown=shown, utc_offset=-9))
    with Sandbox(customers=0, habits=habits, wall_clock=make_clock()) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(1))
        (row,) = read_page(client, sandbox)["content"]
        query = {"companyId": sandbox.company_id}
        by_key = client.get(f"/customers/{row['customerId']}", params=query).json()["content"]
        (stored,) = sandbox.store.stored_rows("customers")
    assert (row["createdDate"], row["updatedDate"]) == (text, text)
    assert by_key == [row]
    assert stored.data["createdDate"] == "2027-01-15T08:00:00.500Z"
    assert stored.created == START


@pytest.mark.parametrize(
    ("dates", "start", "end", "found"),
    [
        (DateHabits(utc_offset=-9), "2027-01-15T08:00:00Z", "2027-01-15T09:00:00Z", True),
        # The local day of the row is the 14th.
        (
            DateHabits(utc_offset=-9, filters="local-day"),
            "2027-01-15T07:59:00Z",
            "2027-01-15T23:00:00Z",
            False,
        ),
        (
            DateHabits(utc_offset=-9, filters="local-day"),
            "2027-01-14T23:59:00Z",
            "2027-01-14T23:59:00Z",
            True,
        ),
        # The row shows 23:00 of the 14th without a zone.
        (
            DateHabits(utc_offset=-9, shown="local", filters="shown"),
            "2027-01-15T07:59:00Z",
            "2027-01-15T09:00:00Z",
            False,
        ),
        (
            DateHabits(utc_offset=-9, shown="local", filters="shown"),
            "2027-01-14T23:00:00Z",
            "2027-01-14T23:01:00Z",
            True,
        ),
        # The row shows midnight of the 15th.
        (
            DateHabits(shown="midnight", filters="shown"),
            "2027-01-15T07:59:00Z",
            "2027-01-15T09:00:00Z",
            False,
        ),
        (
            DateHabits(shown="midnight", filters="shown"),
            "2027-01-15T00:00:00Z",
            "2027-01-15T00:00:00Z",
            True,
        ),
        (DateHabits(shown="day", filters="shown"), "2027-01-15", "2027-01-15", True),
    ],
)
def test_filters_compare_other_times(
    log_in: Open, dates: DateHabits, start: str, end: str, found: bool
) -> None:
    with Sandbox(customers=0, habits=Habits(dates=dates), wall_clock=make_clock()) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(1))
        names = list_names(client, sandbox, updatedDateStart=start, updatedDateEnd=end)
    assert names == (["L0"] if found else [])


def test_a_filter_refuses_what_is_no_date_with_every_habit(log_in: Open) -> None:
    with Sandbox(habits=Habits(dates=DateHabits(filters="local-day"))) as sandbox:
        query = {"companyId": sandbox.company_id, "updatedDateStart": "monday"}
        assert log_in(sandbox).get("/customers", params=query).status_code == 400
