"""What may be tried again, and how long to wait: the whole table, and the bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap._transport import retry_policy
from autoleap._transport.retry_policy import (
    Failure,
    backoff_delay,
    classify_status,
    is_retryable,
    parse_retry_after,
)

NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)
REFRESH = "/partners/generateNewAccessToken"

# Rows as the design names them; + may be sent again, - must not be.
TABLE = """
                GET  PUT  PATCH  DELETE  POST
CONNECT_FAILED    +    +     +       +      +
RATE_LIMITED     +    +     +       +      +
SERVER_ERROR     +    +     +       +      -
NO_RESPONSE      +    +     +       +      -
"""
METHODS, *ROWS = [line.split() for line in TABLE.strip().splitlines()]
CELLS = [
    (Failure[name], method, mark == "+")
    for name, *marks in ROWS
    for method, mark in zip(METHODS, marks, strict=True)
]


def test_the_table_below_names_every_failure() -> None:
    assert {failure for failure, _, _ in CELLS} == set(Failure)


@pytest.mark.parametrize(("failure", "method", "allowed"), CELLS)
def test_a_failure_is_repeated_as_the_table_says(
    failure: Failure, method: str, allowed: bool
) -> None:
    assert is_retryable(failure, method, "/customers") is allowed


@pytest.mark.parametrize("failure", Failure)
def test_a_login_may_always_be_repeated(failure: Failure) -> None:
    assert is_retryable(failure, "POST", "/partners/login")


@pytest.mark.parametrize("failure", [Failure.SERVER_ERROR, Failure.NO_RESPONSE])
def test_a_refresh_whose_answer_is_lost_is_not_repeated(failure: Failure) -> None:
    assert not is_retryable(failure, "POST", REFRESH)


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (429, Failure.RATE_LIMITED),
        (500, Failure.SERVER_ERROR),
        (503, Failure.SERVER_ERROR),
        (599, Failure.SERVER_ERROR),
        *((status, None) for status in (200, 302, 400, 401, 403, 404, 409, 422, 499)),
    ],
)
def test_only_429_and_5xx_are_failures_that_pass(status: int, failure: Failure | None) -> None:
    assert classify_status(status) is failure


@settings(deadline=None)
@given(
    failure=st.sampled_from(Failure),
    attempt=st.integers(1, 200),
    jitter=st.floats(0, 1),
)
def test_back_off_is_never_negative_and_never_above_the_cap(
    failure: Failure, attempt: int, jitter: float
) -> None:
    assert 0 <= backoff_delay(failure, attempt, None, jitter) <= retry_policy.BACKOFF_MAX


@settings(deadline=None)
@given(failure=st.sampled_from(Failure), attempt=st.integers(1, 200))
def test_back_off_spreads_from_nothing_to_a_bound_that_never_falls(
    failure: Failure, attempt: int
) -> None:
    assert backoff_delay(failure, attempt, None, 0.0) == 0
    bound, next_bound = (backoff_delay(failure, n, None, 1.0) for n in (attempt, attempt + 1))
    assert 0 < bound <= next_bound


def test_back_off_starts_higher_after_a_429(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()  # the fixture that all tests share makes both bases equally small
    limited = backoff_delay(Failure.RATE_LIMITED, 1, None, 1.0)
    assert limited > backoff_delay(Failure.SERVER_ERROR, 1, None, 1.0)


@settings(deadline=None)
@given(
    failure=st.sampled_from(Failure),
    attempt=st.integers(1, 200),
    asked=st.floats(0, 1e6),
    jitter=st.floats(0, 1),
)
def test_what_the_server_asks_is_waited_in_full_and_at_most_a_second_more(
    failure: Failure, attempt: int, asked: float, jitter: float
) -> None:
    assert asked <= backoff_delay(failure, attempt, asked, jitter) <= asked + 1


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("0", 0.0),
        ("7", 7.0),
        ("1.5", 1.5),
        ("-3", 0.0),
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90.0),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0.0),
        ("Fri, 01 May 2026 12:01:00 -0000", 60.0),
        (None, None),
        ("", None),
        ("soon", None),
        ("Fri, 99 Nox 2026", None),
    ],
)
def test_retry_after_is_read_in_seconds_or_as_a_date_and_garbage_is_ignored(
    header: str | None, seconds: float | None
) -> None:
    assert parse_retry_after(header, NOW) == seconds


NOW = datetime(2026, 5, 1, 12, 0, tzinfo=UTC)


@pytest.mark.parametrize("attempt", [1023, 1024, 100_000])
def test_back_off_stays_at_the_cap_however_many_attempts_there_were(attempt: int) -> None:
    assert backoff_delay(Failure.SERVER_ERROR, attempt, None, 1.0) == retry_policy.BACKOFF_MAX


@pytest.mark.parametrize(
    "header",
    ["Wed, 21 Oct 2015 07:28:00 +9999999999999", "inf", "nan", "1e999"],
)
def test_a_retry_after_that_tells_no_time_is_ignored(header: str) -> None:
    assert parse_retry_after(header, NOW) is None
