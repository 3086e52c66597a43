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
    BudgetUnavailableError,
    ConfigurationError,
    NotFoundError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
)


class Verdict(enum.Enum):
    """What an attempt to send a batch amounts to."""

    DONE = "every record is done"
    REFUSED = "something in it is not accepted; some of it may be done"
    DECLINED = "it is not accepted, and nothing says that a record is to blame"
    TOO_LARGE = "there is too much of it"
    ABSENT = "none of it is done"
    IN_DOUBT = "all of it may be done, or none"
    HOPELESS = "no batch will be accepted"


def verdict(error: AutoLeapError | None) -> Verdict:  # noqa: PLR0911  # a table reads best as one
    """Judge the error that sending a batch ended with, or None."""
    if error is None:
        return Verdict.DONE
    if isinstance(error, PermissionDeniedError | ConfigurationError) or _login_refused(error):
        return Verdict.HOPELESS
    unsent = APIConnectionError | BudgetUnavailableError
    if isinstance(error, RateLimitError | AuthenticationError | unsent):
        return Verdict.ABSENT
    if error.status == 413 or (isinstance(error, BadRequestError) and _too_many(error)):
        return Verdict.TOO_LARGE
    if isinstance(error, RejectedError):
        return Verdict.DECLINED
    refused = isinstance(error, BadRequestError | NotFoundError)
    if refused or (isinstance(error, APIError) and (error.status or 500) < 500):
        return Verdict.REFUSED
    return Verdict.IN_DOUBT


def _too_many(error: AutoLeapError) -> bool:
    return "too many" in str(error).casefold()


def _login_refused(error: AutoLeapError) -> bool:
    return isinstance(error, AuthenticationError) and (error.path or "").endswith("/login")


class Step(enum.Enum):
    """What is done next with the rows of a batch."""

    DONE = "done"
    FAIL = "failed, in the server's words"
    LEAVE = "unknown, after all tries"
    HALVE = "halved, and each half sent"
    LOOK = "looked up; what is absent is sent again, halved after a refusal"
    RESEND = "sent again"
    GIVE_UP = "failed, and surely not done"


def step_after(  # noqa: PLR0911  # a table reads best as one
    judged: Verdict, *, creates: bool, alone: bool, again: bool
) -> Step:
    """Decide what is done next.

    Args:
        creates: Whether a repetition could make a second one.
        alone: Whether there is one row only.
        again: Whether there is a try left.
    """
    match judged:
        case Verdict.DONE:
            return Step.DONE
        case Verdict.HOPELESS:
            return Step.GIVE_UP
        case Verdict.ABSENT:
            return Step.RESEND if again else Step.GIVE_UP
        case Verdict.IN_DOUBT if creates:
            return Step.LOOK
        case Verdict.IN_DOUBT:
            return Step.RESEND if again else Step.LEAVE
        case Verdict.DECLINED if alone and creates:
            return Step.LOOK
        case Verdict.DECLINED if alone and again:
            return Step.RESEND
        case _ if alone:
            return Step.FAIL
        case _:
            # A refusal may be partial: the contract promises no atomicity.
            return Step.LOOK if creates else Step.HALVE
