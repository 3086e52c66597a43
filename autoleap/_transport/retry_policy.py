"""What may be tried again, and when. Decisions only: nothing here waits or sends."""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# Back-off doubles from its base and never passes CAP seconds. After a 429 it starts higher: the
# account's window lasts a minute. A server that asks for more than LONGEST_WAIT gets its wish by
# an error: how long to sit still is then the caller's decision.
BACKOFF_BASE = 0.5


BACKOFF_BASE_RATE_LIMITED = 2.0


BACKOFF_MAX = 20.0


MAX_RETRY_AFTER = 120.0


# A second login only opens another session, so it is the one POST that may be repeated.
RETRYABLE_POST_PATHS = frozenset({"/partners/login"})


class Failure(enum.Enum):
    """How an attempt went wrong, in the terms that decide about a repetition."""

    CONNECT_FAILED = "the server was never reached"
    RATE_LIMITED = "429"
    SERVER_ERROR = "5xx"
    NO_RESPONSE = "no answer, or half of one"


_ALL_METHODS = frozenset({"GET", "PUT", "PATCH", "POST", "DELETE", "HEAD", "OPTIONS"})


# The contract has no idempotency key: a repeated POST can create a duplicate. PUT and PATCH
# carry absolute values, so a second time changes nothing.
_IDEMPOTENT = frozenset({"GET", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})


RETRYABLE_METHODS: Mapping[Failure, frozenset[str]] = {
    Failure.CONNECT_FAILED: _ALL_METHODS,
    Failure.RATE_LIMITED: _ALL_METHODS,
    Failure.SERVER_ERROR: _IDEMPOTENT,
    Failure.NO_RESPONSE: _IDEMPOTENT,
}


def classify_status(status: int) -> Failure | None:
    """The failure an HTTP status stands for, or None when a repetition would change nothing."""
    if status == 429:
        return Failure.RATE_LIMITED
    return Failure.SERVER_ERROR if status >= 500 else None


def is_retryable(failure: Failure, method: str, path: str) -> bool:
    """Whether a request that failed in this way may be sent again."""
    return method in RETRYABLE_METHODS[failure] or path in RETRYABLE_POST_PATHS


def backoff_delay(failure: Failure, attempt: int, retry_after: float | None, draw: float) -> float:
    """Seconds to wait before sending again.

    Args:
        failure: What went wrong.
        attempt: How many attempts were made, at least 1.
        retry_after: Seconds the server asked for, if it did.
        draw: A random number from 0 to 1. It spreads the whole back-off ("full jitter"), and
            adds up to a second to what the server asked, so that a fleet does not wake at once.
    """
    if retry_after is not None:
        return retry_after + draw * min(1.0, retry_after)
    base = BACKOFF_BASE_RATE_LIMITED if failure is Failure.RATE_LIMITED else BACKOFF_BASE
    # A doubling beyond the cap changes nothing, and a float holds only a thousand of them.
    return draw * min(BACKOFF_MAX, base * 2.0 ** min(attempt, 32))


def parse_retry_after(header: str | None, now: datetime) -> float | None:
    """Read a Retry-After header, in seconds or as a date; None when there is nothing to read."""
    if not header:
        return None
    try:
        seconds = float(header)
    except ValueError:
        when = parse_http_date(header)
        return max(0.0, (when - now).total_seconds()) if when is not None else None
    return max(0.0, seconds) if math.isfinite(seconds) else None


def parse_http_date(header: str) -> datetime | None:
    """Read the date of a header, None when it is none; without a zone it is in UTC."""
    try:
        when = parsedate_to_datetime(header)
    except (ValueError, OverflowError):
        return None
    return when if when.tzinfo is not None else when.replace(tzinfo=UTC)
