"""Pure: no I/O, no clock.

Decide what to do next with a batch: after it was sent, and after its records were looked up.

`codegen.docs.fault_table` writes the fault table of README.md from these functions.
"""

from __future__ import annotations

import enum

from ..errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    ConfigurationError,
    RateLimitError,
    RateLimiterUnavailableError,
    RejectedError,
    ServerError,
)

# Number of times that records are sent without success before they are reported as failed: records
# of a create, whose absence takes time to prove, and others.
MAX_CREATE_ATTEMPTS = 6
MAX_ATTEMPTS = 12

# The same for a single record that gets a 500 from the server while it stores other records, and
# for one that it refuses without a reason. A 502, 503 or 504 is due to the load, not to the record.
MAX_ATTEMPTS_OF_POISON = 3

# Refusals of a single record that are believed: the record is not stored.
BELIEVED_STATUSES = frozenset({400, 404, 422})


class BatchResult(enum.Enum):
    """What the response to a batch, or its error, means for the records of the batch."""

    DONE = "the server stored every record"
    REFUSED = "the server refused a record; it may have stored others"
    REJECTED = "the server did not report a success"
    FORBIDDEN = "the server or a firewall refused the request; it may have stored records"
    TOO_LARGE = "the server refused the size of the batch"
    NOT_SENT = "the server stored no record"
    UNCERTAIN = "the server may have stored all records, some or none"
    FATAL = "the server will refuse every batch"


class NextAction(enum.Enum):
    """What to do next with the records of a batch."""

    DONE = "report as done"
    FAIL = "report as failed"
    MARK_UNKNOWN = "report as unknown"
    HALVE = "send each half"
    LOOK_UP = "look up each record; send again what is proven absent (in halves after a refusal)"
    RESEND = "send again"
    GIVE_UP = "report as failed; no record was stored"


def classify_error(error: AutoLeapError | None) -> BatchResult:  # noqa: PLR0911  # a decision table
    """Return what the error of a request means for its batch; None is success."""
    if error is None:
        return BatchResult.DONE
    if isinstance(error, ConfigurationError) or _is_login_refused(error):
        return BatchResult.FATAL
    not_sent = APIConnectionError | RateLimiterUnavailableError
    if isinstance(error, RateLimitError | AuthenticationError | not_sent):
        return BatchResult.NOT_SENT
    if error.status == 413 or (isinstance(error, BadRequestError) and _is_too_large(error)):
        return BatchResult.TOO_LARGE
    if isinstance(error, RejectedError):
        return BatchResult.REJECTED
    if error.status in BELIEVED_STATUSES:
        return BatchResult.REFUSED
    if isinstance(error, APIError) and 400 <= (error.status or 500) < 500:
        return BatchResult.FORBIDDEN
    return BatchResult.UNCERTAIN


def _is_too_large(error: AutoLeapError) -> bool:
    return "too many" in str(error).casefold()


def _is_login_refused(error: AutoLeapError) -> bool:
    return isinstance(error, AuthenticationError) and (error.path or "").endswith("/login")


def is_complete_refusal(result: BatchResult) -> bool:
    """Return whether the server has ended the request with a refusal, so it works on it no more."""
    return result in {BatchResult.REFUSED, BatchResult.FORBIDDEN, BatchResult.TOO_LARGE}


def choose_next_action(  # noqa: PLR0911  # a decision table
    result: BatchResult, *, creates: bool, single_record: bool, retries_left: bool
) -> NextAction:
    """Choose what to do after a batch was sent.

    Args:
        result: What the response means.
        creates: Whether the operation creates rows, so that sending twice can store twice.
        single_record: Whether the batch holds only one record.
        retries_left: Whether the batch may be sent again.
    """
    match result:
        case BatchResult.DONE:
            return NextAction.DONE
        case BatchResult.FATAL:
            return NextAction.GIVE_UP
        case BatchResult.NOT_SENT:
            return NextAction.RESEND if retries_left else NextAction.GIVE_UP
        case BatchResult.REFUSED | BatchResult.TOO_LARGE if single_record:
            return NextAction.FAIL
        case _ if creates:
            # The contract does not say that a batch is atomic, so it may be stored in part.
            return NextAction.LOOK_UP
        case BatchResult.UNCERTAIN:
            return NextAction.RESEND if retries_left else NextAction.MARK_UNKNOWN
        case _ if not single_record:
            return NextAction.HALVE
        case BatchResult.REJECTED if retries_left:
            return NextAction.RESEND
        case _:
            return NextAction.FAIL


def choose_absent_action(
    error: AutoLeapError | None, *, single_record: bool, attempts: int, others_succeed: bool
) -> NextAction:
    """Choose what to do with created records that are proven absent.

    Args:
        error: The error of the request; None if only the journal says that it was sent.
        single_record: Whether only one record is absent.
        attempts: Number of earlier requests without success.
        others_succeed: Whether the server has acknowledged another request since this one.
    """
    result = classify_error(error)
    if error is not None and result is not BatchResult.UNCERTAIN and not single_record:
        return NextAction.HALVE
    # The second failure of a batch while others succeed: one of its records may cause it.
    if attempts >= 1 and others_succeed and not single_record:
        return NextAction.HALVE
    is_internal = isinstance(error, ServerError) and error.status == 500
    poison = is_internal and others_succeed and single_record
    limit = MAX_ATTEMPTS_OF_POISON if poison else MAX_CREATE_ATTEMPTS
    return NextAction.RESEND if attempts + 1 < limit else NextAction.GIVE_UP
