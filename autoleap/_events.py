"""Events and counters that a client reports: frozen records, no behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen


@frozen(kw_only=True)
class AttemptEvent:
    """One request on the wire has ended.

    Attributes:
        method, path: What was asked; the path carries no query.
        attempt: 1 for the first.
        status: HTTP status, or None when no answer came.
        failure: What went wrong below HTTP, in words, or None.
        waited: Seconds spent waiting for the budget.
        elapsed: Seconds from sending to the end of the answer.
    """

    method: str
    path: str
    attempt: int
    status: int | None
    failure: str | None
    waited: float
    elapsed: float


@frozen(kw_only=True)
class CallEvent:
    """One call has ended, after all its attempts.

    Attributes:
        method, path: What was asked; the path carries no query.
        status: Status of the last answer, or None when none came.
        error: Class name of the error the caller sees, or None.
        attempts: Requests sent.
        waited: Seconds spent waiting for the budget, over all attempts.
        elapsed: Seconds from start to end, every wait included.
    """

    method: str
    path: str
    status: int | None
    error: str | None
    attempts: int
    waited: float
    elapsed: float


Event: TypeAlias = AttemptEvent | CallEvent


Hook: TypeAlias = Callable[[Event], None]


@frozen(kw_only=True)
class Stats:
    """What a client has done so far.

    Attributes:
        calls: Calls that ended, well or not.
        attempts: Requests sent.
        retries: Attempts beyond the first of their call.
        waits: Attempts that had to wait for the budget, and `waited` the seconds they did.
        rate_limited: Answers of 429.
        logins, refreshes: Token pairs obtained either way.
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    waits: int = 0
    waited: float = 0.0
    rate_limited: int = 0
    logins: int = 0
    refreshes: int = 0
