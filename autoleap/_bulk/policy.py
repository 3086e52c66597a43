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
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RateLimiterUnavailableError,
    RejectedError,
)

# Number of times that a batch is sent or looked up without success before its processing ends.
MAX_ATTEMPTS = 12

# Number of lookups before a record is sent again, if the server may still process the request.
MIN_LOOKUPS_WHILE_PROCESSING = 2


class BatchResult(enum.Enum):
    """What the response to a batch, or its error, means for the records of the batch."""

    DONE = "the server stored every record"
    REFUSED = "the server refused a record; it may have stored others"
    REJECTED = "the server refused the batch without naming a reason in a record"
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
    LOOK_UP = "look up each record; send absent records again (in halves after a refusal)"
    RESEND = "send again"
    GIVE_UP = "report as failed; no record was stored"


def classify_error(error: AutoLeapError | None) -> BatchResult:  # noqa: PLR0911  # a decision table
    """Return what the error of a request means for its batch; None is success."""
    if error is None:
        return BatchResult.DONE
    if isinstance(error, PermissionDeniedError | ConfigurationError) or _is_login_refused(error):
        return BatchResult.FATAL
    not_sent = APIConnectionError | RateLimiterUnavailableError
    if isinstance(error, RateLimitError | AuthenticationError | not_sent):
        return BatchResult.NOT_SENT
    if error.status == 413 or (isinstance(error, BadRequestError) and _is_too_large(error)):
        return BatchResult.TOO_LARGE
    if isinstance(error, RejectedError):
        return BatchResult.REJECTED
    refused = isinstance(error, BadRequestError | NotFoundError)
    if refused or (isinstance(error, APIError) and (error.status or 500) < 500):
        return BatchResult.REFUSED
    return BatchResult.UNCERTAIN


def _is_too_large(error: AutoLeapError) -> bool:
    return "too many" in str(error).casefold()


def _is_login_refused(error: AutoLeapError) -> bool:
    return isinstance(error, AuthenticationError) and (error.path or "").endswith("/login")


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
        case BatchResult.UNCERTAIN if creates:
            return NextAction.LOOK_UP
        case BatchResult.UNCERTAIN:
            return NextAction.RESEND if retries_left else NextAction.MARK_UNKNOWN
        case BatchResult.REJECTED if single_record and creates:
            return NextAction.LOOK_UP
        case BatchResult.REJECTED if single_record and retries_left:
            return NextAction.RESEND
        case _ if single_record:
            return NextAction.FAIL
        case _:
            # The contract does not say that a batch is atomic, so a refused batch may be stored
            # in part.
            return NextAction.LOOK_UP if creates else NextAction.HALVE


def choose_absent_action(
    error: AutoLeapError | None, *, single_record: bool, lookups: int, retries_left: bool
) -> NextAction:
    """Choose what to do with created records that a lookup did not find.

    Args:
        error: The error of the request; None if only the journal says that it was sent.
        single_record: Whether only one record is absent.
        lookups: Number of lookups since the request.
        retries_left: Whether the records may be sent again.
    """
    result = classify_error(error)
    if result in {BatchResult.REFUSED, BatchResult.TOO_LARGE}:
        return NextAction.HALVE
    if result is BatchResult.REJECTED and not single_record:
        return NextAction.HALVE
    if _may_still_be_processing(error) and lookups < MIN_LOOKUPS_WHILE_PROCESSING:
        return NextAction.LOOK_UP
    return NextAction.RESEND if retries_left or error is None else NextAction.GIVE_UP


def _may_still_be_processing(error: AutoLeapError | None) -> bool:
    """Check whether the server may still process the request, or its list may lag behind.

    A proxy can respond with 502 or 504 while the server behind it stores the batch.
    """
    return error is None or classify_error(error) is BatchResult.UNCERTAIN
