"""Conversion of times between text and seconds since 1970."""

import re
from datetime import UTC, datetime
from functools import lru_cache

_DAY = 86_400.0
_MILLISECOND = 0.001
_ISO_8601 = re.compile(
    r"\d{4}-\d{2}-\d{2}(?P<time>T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2}))?",
    re.ASCII | re.IGNORECASE,
)


@lru_cache(maxsize=1 << 17)
def parse_timestamp(text: str) -> float:
    """Convert an ISO 8601 date (midnight UTC) or date-time with an offset to seconds since 1970.

    Raises:
        ValueError: The text has neither form.
    """
    match = _ISO_8601.fullmatch(text)
    if match is None:
        raise ValueError(f"{text!r} is neither a date nor a date-time with an offset")
    parsed = datetime.fromisoformat(text.upper())
    return (parsed if match["time"] else parsed.replace(tzinfo=UTC)).timestamp()


def is_date_only(text: str) -> bool:
    """Return whether a valid date or date-time has no time of day."""
    return "T" not in text.upper()


def parse_window_end(text: str) -> float:
    """Return the last second of an inclusive window. A bare date includes its whole day."""
    return (
        parse_timestamp(text) + _DAY - _MILLISECOND if is_date_only(text) else parse_timestamp(text)
    )


def format_timestamp(seconds: float) -> str:
    """Return a date-time in the API's format: UTC with milliseconds and "Z"."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
