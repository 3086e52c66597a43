"""Check the arguments of resource methods before a request is sent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from typing import Any, TypeAlias, TypeVar, cast

from autoleap_api_client.writing import format_date

from ._config import check_int, is_encodable
from .errors import ConfigurationError

E = TypeVar("E", bound=Enum)
T = TypeVar("T")

# The type of every `..._from` and `..._to` filter.
DateInput: TypeAlias = datetime | date | str

MAX_PAGE_SIZE = 100  # Contract: a larger size is silently treated as 100.


def check_str(name: str, value: object) -> str | None:
    """Check an optional string filter."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    return _require_encodable(name, value)


def check_id(name: str, value: object) -> str:
    """Check a key: any string that a path can contain, because ids are opaque."""
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    if not value:
        raise ConfigurationError(f"{name} must not be empty")
    if value in (".", ".."):
        # HTTP clients remove such a segment from a path, encoded or not. The request would then
        # go to another operation.
        raise ConfigurationError(f"{name} must not be {value!r}: a path cannot contain it")
    return _require_encodable(name, value)


def _require_encodable(name: str, value: str) -> str:
    if not is_encodable(value):
        raise ConfigurationError(f"{name} has characters that UTF-8 cannot encode: {value[:50]!a}")
    return value


def check_bool(name: str, value: object) -> bool | None:
    """Check an optional boolean filter."""
    if value is not None and not isinstance(value, bool):
        raise ConfigurationError(f"{name} must be True or False, not {type(value).__name__}")
    return value


def check_integer(name: str, value: object) -> int | None:
    """Check an optional whole number."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int)):
        raise ConfigurationError(f"{name} must be an int, not {type(value).__name__}")
    return value


def check_number(name: str, value: object) -> float | None:
    """Check an optional number."""
    if value is not None and (isinstance(value, bool) or not isinstance(value, int | float)):
        raise ConfigurationError(f"{name} must be a number, not {type(value).__name__}")
    return value


def to_list(name: str, value: object, convert: Callable[[str, object], T | None]) -> list[T] | None:
    """Check an optional filter that takes several values, and convert each of them.

    Args:
        name: The name of the argument.
        value: A sequence of values; a single string is refused.
        convert: Checks and converts one value.
    """
    if value is None:
        return None
    if isinstance(value, str | bytes) or not isinstance(value, Sequence):
        raise ConfigurationError(f"{name} must be a list, not {type(value).__name__}")
    values = cast("Sequence[object]", value)
    return [require(name, convert(name, element)) for element in values]


def keep(name: str, value: object) -> Any:
    """Return a value of a type that has no check here."""
    return value


def require(name: str, value: T | None) -> T:
    """Return a value that a call requires.

    Raises:
        ConfigurationError: when the value is None.
    """
    if value is None:
        raise ConfigurationError(f"{name} is required")
    return value


def to_enum(name: str, value: object, options: type[E]) -> E | None:
    """Convert an optional filter to its enum."""
    if value is None or isinstance(value, options):
        return value
    for option in options:
        if option.value == value and type(value) is type(option.value):
            return option
    allowed = ", ".join(repr(option.value) for option in options)
    raise ConfigurationError(f"{name} must be one of {allowed}, not {value!r}")


def check_page_size(value: object) -> int:
    """Check the number of rows per page."""
    return check_int("page_size", value, maximum=MAX_PAGE_SIZE)


def format_datetime(name: str, value: object) -> str | None:
    """Format a date filter in ISO 8601.

    A datetime becomes whole seconds in UTC. The end of a window is rounded up, its start down, so
    that no row at the edge is missed. A date stays a date. A valid string stays as it is.
    """
    if value is None:
        return None
    if isinstance(value, date):
        return format_date(_to_utc(name, value) if isinstance(value, datetime) else value)
    parsed = _parse(name, value)
    if isinstance(parsed, datetime):
        _require_timezone(name, parsed)
    return cast("str", value)


def to_datetime(name: str, value: object) -> datetime | None:
    """Convert a date filter to a datetime in UTC, where the contract has `format: date-time`.

    A date means its first second, or its last one at the end of a window.
    """
    if value is None:
        return None
    parsed = value if isinstance(value, date) else _parse(name, value)
    if isinstance(parsed, datetime):
        return _to_utc(name, parsed)
    time_of_day = time(23, 59, 59) if name.endswith("_to") else time()
    return datetime.combine(parsed, time_of_day, UTC)


def to_date(name: str, value: object) -> date | None:
    """Convert a filter whose contract names a date without a time; a moment gives its UTC day."""
    if value is None:
        return None
    read = value if isinstance(value, date) else _parse(name, value)
    return _to_utc(name, read).date() if isinstance(read, datetime) else read


def _require_timezone(name: str, value: datetime) -> datetime:
    if value.utcoffset() is None:
        raise ConfigurationError(
            f"{name} is a naive datetime ({value.isoformat()}): give it a time zone, "
            "for example tzinfo=datetime.UTC"
        )
    return value


def _to_utc(name: str, value: datetime) -> datetime:
    """Convert to whole seconds in UTC; round up at the end of a window."""
    rounds_up = value.microsecond > 0 and name.endswith(("_to", "end"))
    try:
        in_utc = _require_timezone(name, value).astimezone(UTC)
        return in_utc.replace(microsecond=0) + timedelta(seconds=1 if rounds_up else 0)
    except OverflowError:
        raise ConfigurationError(
            f"{name} {value.isoformat()} is outside the years 1 to 9999"
        ) from None


def _parse(name: str, value: object) -> datetime | date:
    if not isinstance(value, str):
        raise ConfigurationError(
            f"{name} must be a datetime, a date or an ISO 8601 str, not {type(value).__name__}"
        )
    for date_type in (date, datetime):
        try:
            return date_type.fromisoformat(value)
        except ValueError:
            continue
    raise ConfigurationError(f"{name} {value!r} is not an ISO 8601 date or date-time")
