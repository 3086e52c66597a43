"""Events and counters of a client: frozen records without behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from attrs import frozen


@frozen(kw_only=True)
class AttemptEvent:
    """The end of one attempt: one HTTP request was sent.

    Attributes:
        method, path: HTTP method, and path below the base URL without the query.
        operation: The operation of the contract, such as "getCustomer"; None for a request that
            is none.
        path_template: The path of the operation, such as "/customers/{customerId}". It has no
            ids, so it is a label for metrics.
        attempt: Number of the attempt, from 1.
        status: HTTP status, or None if no response came.
        failure: Class name of the transport error, or None.
        request_id: The server's id of the response, or None.
        waited: Seconds of waiting for a rate limit slot.
        elapsed: Seconds from the start of sending to the end of the response.
    """

    method: str
    path: str
    operation: str | None
    path_template: str | None
    attempt: int
    status: int | None
    failure: str | None
    request_id: str | None
    waited: float
    elapsed: float


@frozen(kw_only=True)
class CallEvent:
    """The end of one call, after all its attempts.

    Attributes:
        method, path: HTTP method, and path below the base URL without the query.
        operation, path_template: The operation of the contract, as in an `AttemptEvent`.
        status: HTTP status of the last response, or None without a response.
        request_id: The server's id of the last response, or None.
        error: Class name of the error that the call raises, or None.
        attempts: Requests sent.
        waited: Seconds of waiting for rate limit slots, in all attempts.
        elapsed: Seconds from start to end, waits included.
    """

    method: str
    path: str
    operation: str | None
    path_template: str | None
    status: int | None
    request_id: str | None
    error: str | None
    attempts: int
    waited: float
    elapsed: float


Event: TypeAlias = AttemptEvent | CallEvent

Hook: TypeAlias = Callable[[Event], None]


@frozen(kw_only=True)
class Stats:
    """Counters of a client since it was made.

    Attributes:
        calls: Calls that ended, with success or not.
        attempts: Requests sent.
        retries: Attempts after the first of their call.
        waits: Attempts that waited for a rate limit slot.
        waited: Seconds of these waits.
        rate_limited: Responses with status 429.
        logins, refreshes: Token pairs from a login, and from a refresh.
    """

    calls: int = 0
    attempts: int = 0
    retries: int = 0
    waits: int = 0
    waited: float = 0.0
    rate_limited: int = 0
    logins: int = 0
    refreshes: int = 0
