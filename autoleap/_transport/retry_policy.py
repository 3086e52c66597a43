"""Pure: no I/O, no clock. Decides which requests are sent again, and when."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Backoff in seconds: it doubles from its base up to its maximum. After a 429 it starts higher,
# because the server's window lasts a minute.
BACKOFF_BASE = 0.5
BACKOFF_BASE_RATE_LIMITED = 2.0
BACKOFF_MAX = 20.0

# If the server asks for more seconds, the call fails, so that the caller decides how to wait.
MAX_RETRY_AFTER = 120.0

# A repeated login only opens another session. Other POST requests must not be repeated.
RETRYABLE_POST_PATHS = frozenset({"/partners/login"})


class Failure(enum.Enum):
    """The kinds of failed attempts that the retry policy distinguishes."""

    CONNECT_FAILED = "the server was never reached"
    RATE_LIMITED = "429"
    SERVER_ERROR = "5xx"
    NO_RESPONSE = "no response, or an incomplete response"


_ALL_METHODS = frozenset({"GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS"})

# The contract has no idempotency key, so a repeated POST can create a duplicate. PUT and PATCH
# carry absolute values, so a repetition changes nothing.
_IDEMPOTENT = _ALL_METHODS - {"POST"}

RETRYABLE_METHODS: Mapping[Failure, frozenset[str]] = {
    Failure.CONNECT_FAILED: _ALL_METHODS,
    Failure.RATE_LIMITED: _ALL_METHODS,
    Failure.SERVER_ERROR: _IDEMPOTENT,
    Failure.NO_RESPONSE: _IDEMPOTENT,
}


def classify_status(status: int) -> Failure | None:
    """Return the failure of an HTTP status, or None if a retry would change nothing."""
    if status == 429:
        return Failure.RATE_LIMITED
    return Failure.SERVER_ERROR if status >= 500 else None


def is_retryable(failure: Failure, method: str, path: str) -> bool:
    """Return whether a request may be sent again after a failure."""
    return method in RETRYABLE_METHODS[failure] or path in RETRYABLE_POST_PATHS


def backoff_delay(
    failure: Failure, attempt: int, retry_after: float | None, jitter: float
) -> float:
    """Return the seconds to wait before the next attempt.

    Args:
        failure: The failure of the last attempt.
        attempt: Number of attempts so far, at least 1.
        retry_after: Seconds that the server asks to wait, or None.
        jitter: A random number from 0 to 1, so that many clients do not retry at the same time.
            It scales the whole backoff, or adds up to one second to `retry_after`.
    """
    if retry_after is not None:
        return retry_after + jitter * min(1.0, retry_after)
    base = BACKOFF_BASE_RATE_LIMITED if failure is Failure.RATE_LIMITED else BACKOFF_BASE
    # BACKOFF_MAX applies long before attempt 32, and 2.0**1024 overflows a float.
    return jitter * min(BACKOFF_MAX, base * 2.0 ** min(attempt, 32))


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Return the seconds of a Retry-After header, which may be a date; None if it is invalid."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        date = parse_http_date(header)
        return max(0.0, (date - now).total_seconds()) if date is not None else None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_http_date(header: str) -> datetime | None:
    """Return the date of a header, in UTC if it has no time zone; None if it is invalid."""
    try:
        date = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return date if date.tzinfo is not None else date.replace(tzinfo=UTC)
