"""Writes the table "what happens after which fault" into README.md, from the code that decides."""

from attrs import frozen

from autoleap import errors
from autoleap._bulk.policy import choose_next_action, classify_error
from autoleap._transport.retry_policy import Failure, classify_status, is_retryable


@frozen
class Fault:
    """Something that goes wrong, as a single call and as a bulk call meet it.

    Attributes:
        name: For the reader.
        failure: What the transport makes of it, or None when it would not try again.
        read_error, write_error: What a single call raises in the end.
    """

    name: str
    failure: Failure | None
    read_error: type[errors.AutoLeapError]
    write_error: type[errors.AutoLeapError]
    status: int | None = None


def answered(status: int, name: str) -> Fault:
    """The fault of an answer with a status that is not a success."""
    kind = errors.status_error_class(status)
    return Fault(name, classify_status(status), kind, kind, status)


FAULTS = [
    Fault(
        "the server is never reached",
        Failure.CONNECT_FAILED,
        errors.APIConnectionError,
        errors.APIConnectionError,
    ),
    answered(429, "429"),
    answered(401, "401, also with a new token"),
    answered(403, "403"),
    answered(400, "400"),
    answered(413, "413, or 400 for too many records"),
    answered(500, "5xx"),
    Fault(
        "the connection is cut, or no answer comes",
        Failure.NO_RESPONSE,
        errors.APITimeoutError,
        errors.OutcomeUnknownError,
    ),
    Fault(
        "200 that cannot be read",
        None,
        errors.ResponseDecodeError,
        errors.ResponseDecodeError,
        200,
    ),
    Fault("200 with success: false", None, errors.RejectedError, errors.RejectedError, 200),
]


def single(fault: Fault, method: str) -> str:
    """What a single call does: try again, or raise at once."""
    error = fault.read_error if method == "GET" else fault.write_error
    again = fault.failure is not None and is_retryable(fault.failure, method, "/")
    return f"again, then {error.__name__}" if again else error.__name__


def bulk(fault: Fault, *, creates: bool) -> str:
    """What a batch of several records does."""
    error = fault.write_error("")
    error.status = fault.status
    return choose_next_action(
        classify_error(error), creates=creates, single_record=False, retries_left=True
    ).value


def table() -> str:
    """The table in Markdown."""
    head = "| fault | GET | PUT, PATCH | POST | bulk create | bulk update, archive |\n"
    rows = [
        " | ".join(
            [
                f"| {fault.name}",
                *(single(fault, method) for method in ("GET", "PUT", "POST")),
                bulk(fault, creates=True),
                f"{bulk(fault, creates=False)} |\n",
            ]
        )
        for fault in FAULTS
    ]
    return head + "| --- " * 6 + "|\n" + "".join(rows)
