"""The dates of the server as it shows them and filters by them, as the habit `DateHabits` says."""

import math
from email.utils import formatdate

from autoleap.sandbox.dates import format_timestamp, parse_timestamp, parse_window_end
from autoleap.sandbox.habits import DateHabits
from autoleap.sandbox.rows import Record

_DAY = 86_400.0
_HOUR = 3600.0
_MILLISECOND = 0.001
_SERVER_DATES = ("createdDate", "updatedDate", "lastUpdatedAt")
_SERVER_WINDOWS = frozenset(
    ("createdDateStart", "createdDateEnd", "updatedDateStart", "updatedDateEnd")
)


def format_date_header(habit: DateHabits | None, now: float) -> str | None:
    """Return the value of the header `Date`. None means that this habit does not add it."""
    if habit is None or not habit.header:
        return None
    return formatdate(now + habit.header_ahead, usegmt=True)


def show_dates(habit: DateHabits | None, record: Record) -> Record:
    """Return the record with its dates as the server shows them."""
    if habit is None or habit.shown == "utc":
        return record
    return record | {
        name: _show_date(habit, record[name]) for name in _SERVER_DATES if name in record
    }


def _show_date(habit: DateHabits, value: object) -> object:
    try:
        local = parse_timestamp(str(value)) + habit.utc_offset * _HOUR
    except ValueError:
        return value
    if habit.shown == "local":
        return format_timestamp(local).removesuffix("Z")
    midnight = format_timestamp(_floor_day(local))
    return midnight if habit.shown == "midnight" else midnight[:10]


def move_bound(habit: DateHabits | None, name: str, value: object) -> object:
    """Return the value of a query parameter, moved to compare it with true times.

    Args:
        habit: The habit, or None.
        name: Name of the parameter. Only windows of the server's own dates are moved.
        value: The value of the parameter.

    Raises:
        ValueError: The value is not a date.
    """
    if habit is None or habit.filters == "exact" or name not in _SERVER_WINDOWS:
        return value
    is_end = name.endswith("End")
    text = str(value)
    bound = parse_window_end(text) if is_end else parse_timestamp(text)
    if habit.filters == "local-day":
        start = parse_timestamp(text[:10])
        bound = start + _DAY - _MILLISECOND if is_end else start
    elif habit.shown in ("midnight", "day"):
        bound = _floor_day(bound) + _DAY - _MILLISECOND if is_end else _ceil_day(bound)
    elif habit.shown == "utc":
        return value
    return format_timestamp(bound - habit.utc_offset * _HOUR)


def read_sort_time(habit: DateHabits | None, time: float) -> float:
    """Return a time as sort orders compare it: the local day if dates have no time of day."""
    if habit is None or habit.shown not in ("midnight", "day"):
        return time
    return _floor_day(time + habit.utc_offset * _HOUR)


def _floor_day(seconds: float) -> float:
    return math.floor(seconds / _DAY) * _DAY


def _ceil_day(seconds: float) -> float:
    return math.ceil(seconds / _DAY) * _DAY
