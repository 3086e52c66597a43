"""A date with one meaning is read; one with none or several is kept as it came."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap_api_client.models import Customer
from autoleap_api_client.reading import parse_datetime

EST = timezone(timedelta(hours=-5))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-11T15:00:00Z", datetime(2025, 3, 11, 15, tzinfo=UTC)),
        ("2025-03-11T15:00:00.123Z", datetime(2025, 3, 11, 15, 0, 0, 123000, tzinfo=UTC)),
        ("2025-03-11T10:00:00.1234567Z", datetime(2025, 3, 11, 10, 0, 0, 123456, tzinfo=UTC)),
        ("2025-03-11T15:00:00+0000", datetime(2025, 3, 11, 15, tzinfo=UTC)),
        ("2025-03-11T10:00:00-05:00", datetime(2025, 3, 11, 10, tzinfo=EST)),
        ("Tue, 11 Mar 2025 15:00:00 GMT", datetime(2025, 3, 11, 15, tzinfo=UTC)),
        ("Mar 11, 2025 3:00 PM -0500", datetime(2025, 3, 11, 15, tzinfo=EST)),
    ],
)
def test_a_date_with_a_zone_keeps_it(text: str, expected: datetime) -> None:
    read = parse_datetime(text)
    assert (read, read.utcoffset()) == (expected, expected.utcoffset())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025-03-11", datetime(2025, 3, 11)),
        ("2025-03-11 10:00", datetime(2025, 3, 11, 10)),
        ("Mar 11, 2025 3:00 PM", datetime(2025, 3, 11, 15)),
        ("11 March 2025", datetime(2025, 3, 11)),
    ],
)
def test_a_date_without_a_zone_is_given_none(text: str, expected: datetime) -> None:
    assert parse_datetime(text) == expected
    assert parse_datetime(text).tzinfo is None


@pytest.mark.parametrize(
    "text",
    [
        "03/11/2025",  # March or November
        "25-03-11",  # 2025 or the 25th
        "March 2025",  # no day
        "10:30",  # no date
        "Tuesday",
        "101010",  # a bare number
        "Mar 11, 2025 3:00 PM PST",  # a name is no zone: there are several of that name
        "99999999999999999999-01-01",  # beyond all calendars
        "soon",
        " ",
        "",
    ],
)
def test_a_date_with_no_meaning_or_several_is_kept_as_it_came(text: str) -> None:
    customer = Customer.from_dict({"createdDate": text})
    assert customer.created_date is None
    assert customer.additional_properties == {"createdDate": text}
    assert customer.to_dict() == {"createdDate": text}


@pytest.mark.parametrize("value", [1741687200, 1.5, True, [], {}], ids=repr)
def test_what_is_no_text_is_no_date(value: object) -> None:
    assert Customer.from_dict({"createdDate": value}).additional_properties == {
        "createdDate": value
    }


@settings(max_examples=300, deadline=None, database=None)
@given(text=st.text() | st.from_regex(r"[0-9A-Za-z:/.,+ -]{1,30}"))
def test_no_text_stops_a_record_from_being_read(text: str) -> None:
    customer = Customer.from_dict({"createdDate": text})
    assert (customer.created_date is None) == ("createdDate" in customer.additional_properties)
