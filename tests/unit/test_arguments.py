"""Arguments of lists and gets: what is refused, in which words, and how dates are spelled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import ConfigurationError, _arguments
from autoleap.models import ItemType, RepairOrderStatusId, SortDirection

ZONES = st.integers(-12 * 60, 14 * 60).map(lambda minutes: timezone(timedelta(minutes=minutes)))
MOMENTS = st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1), timezones=ZONES)
NAIVE = datetime(2026, 3, 1, 9, 30)


def format_required_datetime(name: str, value: object) -> str:
    """Convert a date that a call cannot do without."""
    return _arguments.require(name, _arguments.format_datetime(name, value))


def test_text_lets_strings_and_none_through() -> None:
    assert [_arguments.check_str("search", value) for value in ("doe", "", None)] == [
        "doe",
        "",
        None,
    ]


@pytest.mark.parametrize("value", [5, b"doe", ["doe"], True])
def test_text_names_the_argument_and_the_type_it_got(value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"search must be a str.*{type(value).__name__}"):
        _arguments.check_str("search", value)


@pytest.mark.parametrize("value", ["98392", "SHOP5678", "24f6c184", "a/b ?#%", " "])
def test_an_identifier_is_opaque(value: str) -> None:
    assert _arguments.check_id("customer_id", value) == value


@pytest.mark.parametrize("value", ["", ".", "..", None, 98392, b"1", ["1"]])
def test_an_identifier_must_be_a_string_that_can_stand_in_a_path(value: object) -> None:
    with pytest.raises(ConfigurationError, match="customer_id must"):
        _arguments.check_id("customer_id", value)


def test_a_flag_is_true_false_or_nothing() -> None:
    values = (True, False, None)
    assert [_arguments.check_bool("finalized", value) for value in values] == list(values)


@pytest.mark.parametrize("value", [1, 0, "true", "", [True]])
def test_a_flag_takes_nothing_that_only_looks_like_one(value: object) -> None:
    with pytest.raises(ConfigurationError, match=f"finalized must be.*{type(value).__name__}"):
        _arguments.check_bool("finalized", value)


def test_a_choice_is_taken_as_its_member_or_as_its_value() -> None:
    assert _arguments.to_enum("type", ItemType.PART, ItemType) is ItemType.PART
    assert _arguments.to_enum("type", "part", ItemType) is ItemType.PART
    assert _arguments.to_enum("status", 2, RepairOrderStatusId) is RepairOrderStatusId(2)
    assert _arguments.to_enum("type", None, ItemType) is None


@pytest.mark.parametrize("value", ["PART", "", "asc", 1, SortDirection.ASC, ["part"]])
def test_a_wrong_choice_names_the_argument_and_all_that_may_be_chosen(value: object) -> None:
    with pytest.raises(ConfigurationError, match="type must be one of") as caught:
        _arguments.to_enum("type", value, ItemType)
    assert all(repr(option.value) in str(caught.value) for option in ItemType)


@pytest.mark.parametrize("value", [1, 50, 100])
def test_a_page_size_the_server_honours_is_taken(value: int) -> None:
    assert _arguments.check_page_size(value) == value


@pytest.mark.parametrize("value", [0, -1, 101, 10.0, "10", None, True])
def test_a_page_size_the_server_would_change_is_refused(value: object) -> None:
    with pytest.raises(ConfigurationError, match="page_size must be"):
        _arguments.check_page_size(value)


@settings(deadline=None)
@given(moment=MOMENTS)
def test_a_window_is_rounded_outward_to_whole_seconds_and_never_by_more(moment: datetime) -> None:
    start = datetime.fromisoformat(str(_arguments.format_datetime("updated_from", moment)))
    end = datetime.fromisoformat(str(_arguments.format_datetime("updated_to", moment)))
    assert start <= moment <= end
    assert moment - start < timedelta(seconds=1)
    assert end - moment < timedelta(seconds=1)
    assert start.microsecond == end.microsecond == 0


@settings(deadline=None)
@given(moment=MOMENTS)
def test_a_datetime_is_sent_in_utc_as_the_contract_spells_it(moment: datetime) -> None:
    spelled = _arguments.format_datetime("updated_from", moment)
    whole = moment.astimezone(UTC).replace(microsecond=0)
    assert spelled == whole.isoformat().replace("+00:00", "Z")


@settings(deadline=None)
@given(moment=MOMENTS, name=st.sampled_from(["updated_from", "updated_to"]))
def test_an_instant_is_the_moment_that_the_string_spells(moment: datetime, name: str) -> None:
    spelled = _arguments.format_datetime(name, moment)
    assert _arguments.to_datetime(name, moment) == datetime.fromisoformat(str(spelled))


@pytest.mark.parametrize("name", ["updated_to", "end"])
def test_both_names_of_an_end_are_rounded_up(name: str) -> None:
    moment = datetime(2026, 3, 1, 9, 30, 0, 1, tzinfo=UTC)
    assert _arguments.format_datetime(name, moment) == "2026-03-01T09:30:01Z"


@pytest.mark.parametrize(
    "spell",
    [_arguments.format_datetime, _arguments.to_datetime, format_required_datetime],
)
def test_a_naive_datetime_is_refused_with_the_remedy(spell: Callable[..., object]) -> None:
    with pytest.raises(ConfigurationError, match=r"paid_from is a naive datetime.*tzinfo"):
        spell("paid_from", NAIVE)


@pytest.mark.parametrize(
    "spell",
    [_arguments.format_datetime, _arguments.to_datetime, format_required_datetime],
)
@pytest.mark.parametrize("value", [5, 1.5, b"2026-01-01", ("2026",), timedelta(1)])
def test_what_is_no_date_is_refused_by_name_and_type(
    spell: Callable[..., object], value: object
) -> None:
    with pytest.raises(ConfigurationError, match=f"paid_from must be.*{type(value).__name__}"):
        spell("paid_from", value)


@pytest.mark.parametrize(
    "spell",
    [_arguments.format_datetime, _arguments.to_datetime, format_required_datetime],
)
@pytest.mark.parametrize("value", ["yesterday", "", "2026-13-01", "01/02/2026", "2026-02-30"])
def test_a_string_that_is_no_iso_date_is_refused(spell: Callable[..., object], value: str) -> None:
    with pytest.raises(ConfigurationError, match=r"paid_from .* is not an ISO 8601 date"):
        spell("paid_from", value)


@pytest.mark.parametrize("value", ["2026-01-31", "2026-01-31T09:00:00Z", "2026-01-31T09:00+02:00"])
def test_an_iso_string_is_sent_as_it_is(value: str) -> None:
    assert _arguments.format_datetime("updated_from", value) == value


def test_a_date_is_sent_as_a_date() -> None:
    assert _arguments.format_datetime("updated_to", date(2026, 1, 31)) == "2026-01-31"


def test_a_date_stands_for_the_whole_day_where_the_contract_wants_a_date_time() -> None:
    day = date(2026, 1, 31)
    assert _arguments.to_datetime("updated_from", day) == datetime(2026, 1, 31, tzinfo=UTC)
    assert _arguments.to_datetime("updated_to", day) == datetime(
        2026, 1, 31, 23, 59, 59, tzinfo=UTC
    )


def test_a_date_time_string_becomes_the_instant_it_names() -> None:
    expected = datetime(2026, 1, 31, 7, tzinfo=UTC)
    assert _arguments.to_datetime("updated_from", "2026-01-31T09:00:00+02:00") == expected


def test_nothing_stays_nothing_except_where_a_date_must_be_given() -> None:
    assert _arguments.format_datetime("paid_from", None) is None
    assert _arguments.to_datetime("paid_from", None) is None
    with pytest.raises(ConfigurationError, match="start is required"):
        format_required_datetime("start", None)


EAST = timezone(timedelta(hours=5))


def test_a_date_string_stands_for_the_whole_day_where_the_contract_wants_a_date_time() -> None:
    start = _arguments.to_datetime("updated_from", "2026-01-31")
    end = _arguments.to_datetime("updated_to", "2026-01-31")
    assert start == datetime(2026, 1, 31, tzinfo=UTC)
    assert end == datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)


@pytest.mark.parametrize("spell", [_arguments.format_datetime, _arguments.to_datetime])
@pytest.mark.parametrize(
    "value", [datetime.max.replace(tzinfo=UTC), datetime.min.replace(tzinfo=EAST)]
)
def test_a_moment_beyond_the_calendar_is_refused_by_name(
    spell: Callable[..., object], value: datetime
) -> None:
    with pytest.raises(ConfigurationError, match="updated_to"):
        spell("updated_to", value)


def test_an_early_year_has_four_digits() -> None:
    earliest = datetime.min.replace(tzinfo=UTC)
    assert _arguments.format_datetime("updated_from", earliest) == "0001-01-01T00:00:00Z"


@pytest.mark.parametrize("value", [True, 1.0])
def test_a_choice_of_numbers_takes_nothing_that_only_equals_one(value: object) -> None:
    with pytest.raises(ConfigurationError, match="status must be one of"):
        _arguments.to_enum("status", value, RepairOrderStatusId)


@pytest.mark.parametrize(
    "spell",
    [_arguments.format_datetime, _arguments.to_datetime, format_required_datetime],
)
def test_a_naive_date_time_string_is_refused_as_a_naive_datetime_is(
    spell: Callable[..., object],
) -> None:
    with pytest.raises(ConfigurationError, match="time zone"):
        spell("paid_from", "2026-01-31T09:00:00")


def test_numbers_lists_and_days_are_checked_by_name() -> None:
    assert _arguments.check_integer("line", 2) == 2
    assert _arguments.check_number("rate", 2) == 2
    assert _arguments.check_integer("line", None) is None
    assert _arguments.to_list("lines", (1, 2), _arguments.check_integer) == [1, 2]
    assert _arguments.to_list("lines", None, _arguments.check_integer) is None
    assert _arguments.to_date("day", "2026-03-01") == date(2026, 3, 1)
    late = datetime(2026, 3, 1, 23, tzinfo=timezone(timedelta(hours=-5)))
    assert _arguments.to_date("day", late) == date(2026, 3, 2)


@pytest.mark.parametrize(
    ("check", "complaint"),
    [
        (lambda: _arguments.check_integer("line", True), "line must be an int, not bool"),
        (lambda: _arguments.check_integer("line", "2"), "line must be an int, not str"),
        (lambda: _arguments.check_number("rate", "2"), "rate must be a number, not str"),
        (lambda: _arguments.to_list("names", "ab", _arguments.check_str), "names must be a list"),
        (lambda: _arguments.to_list("lines", [1, None], _arguments.check_integer), "is required"),
        (lambda: _arguments.require("day", None), "day is required"),
        (lambda: _arguments.to_date("day", 5), "day must be a datetime"),
    ],
)
def test_a_value_of_another_kind_is_refused_by_name(
    check: Callable[[], object], complaint: str
) -> None:
    with pytest.raises(ConfigurationError, match=complaint):
        check()
