"""What the answer to a bulk request means for its records, and what is done next: decisions only.

The table in README.md is written out of these functions.
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


class BatchResult(enum.Enum):
    """What an attempt to send a batch amounts to."""

    DONE = "every record is done"
    REFUSED = "something in it is not accepted; some of it may be done"
    REJECTED = "it is not accepted, and nothing says that a record is to blame"
    TOO_LARGE = "there is too much of it"
    NOT_SENT = "none of it is done"
    UNCERTAIN = "all of it may be done, or none"
    FATAL = "no batch will be accepted"


def classify_error(error: AutoLeapError | None) -> BatchResult:  # noqa: PLR0911  # a table reads best as one
    """Judge the error that sending a batch ended with, or None."""
    if error is None:
        return BatchResult.DONE
    if isinstance(error, PermissionDeniedError | ConfigurationError) or _is_login_refused(error):
        return BatchResult.FATAL
    unsent = APIConnectionError | RateLimiterUnavailableError
    if isinstance(error, RateLimitError | AuthenticationError | unsent):
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


class NextAction(enum.Enum):
    """What is done next with the rows of a batch."""

    DONE = "done"
    FAIL = "failed, in the server's words"
    MARK_UNKNOWN = "unknown, after all tries"
    HALVE = "halved, and each half sent"
    LOOK_UP = "looked up; what is absent is sent again, halved after a refusal"
    RESEND = "sent again"
    GIVE_UP = "failed, and surely not done"


def next_action(  # noqa: PLR0911  # a table reads best as one
    result: BatchResult, *, creates: bool, single_row: bool, retries_left: bool
) -> NextAction:
    """Decide what is done next.

    Args:
        creates: Whether a repetition could make a second one.
        single_row: Whether there is one row only.
        retries_left: Whether there is a try left.
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
        case BatchResult.REJECTED if single_row and creates:
            return NextAction.LOOK_UP
        case BatchResult.REJECTED if single_row and retries_left:
            return NextAction.RESEND
        case _ if single_row:
            return NextAction.FAIL
        case _:
            # A refusal may be partial: the contract promises no atomicity.
            return NextAction.LOOK_UP if creates else NextAction.HALVE
