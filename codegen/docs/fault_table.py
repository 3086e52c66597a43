"""Build the table of faults and their effects from the code that handles the faults."""

from attrs import frozen

from autoleap import errors
from autoleap._bulk.policy import choose_next_action, classify_error
from autoleap._transport.retry_policy import Failure, classify_status, is_retryable


@frozen
class Fault:
    """A fault, and its effect on a single call and on a bulk call.

    Attributes:
        name: Name of the fault in the table.
        failure: The transport's class of the fault, or None if the transport does not retry.
        read_error, write_error: Errors that a single call raises after its last attempt.
        status: Status of the response, or None without a response.
    """

    name: str
    failure: Failure | None
    read_error: type[errors.AutoLeapError]
    write_error: type[errors.AutoLeapError]
    status: int | None = None


def build_status_fault(status: int, name: str) -> Fault:
    """Return the fault of a response with an error status."""
    kind = errors.status_error_class(status)
    return Fault(name, classify_status(status), kind, kind, status)


FAULTS = [
    Fault(
        "the server is never reached",
        Failure.CONNECT_FAILED,
        errors.APIConnectionError,
        errors.APIConnectionError,
    ),
    build_status_fault(429, "429"),
    build_status_fault(401, "401, also with a new token"),
    build_status_fault(403, "403"),
    build_status_fault(400, "400"),
    build_status_fault(413, "413, or 400 for too many records"),
    build_status_fault(500, "5xx"),
    Fault(
        "the connection is cut, or no response comes",
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


def describe_single_call(fault: Fault, method: str) -> str:
    """Return the effect on a single call: a retry or an error at once."""
    error = fault.read_error if method == "GET" else fault.write_error
    again = fault.failure is not None and is_retryable(fault.failure, method, "/")
    return f"again, then {error.__name__}" if again else error.__name__


def describe_bulk_call(fault: Fault, *, creates: bool) -> str:
    """Return the effect on a batch of several records."""
    error = fault.write_error("")
    error.status = fault.status
    return choose_next_action(
        classify_error(error), creates=creates, single_record=False, retries_left=True
    ).value


def format_table() -> str:
    """Return the table in Markdown."""
    head = "| fault | GET | PUT, PATCH | POST | bulk create | bulk update, archive |\n"
    rows = [
        " | ".join(
            [
                f"| {fault.name}",
                *(describe_single_call(fault, method) for method in ("GET", "PUT", "POST")),
                describe_bulk_call(fault, creates=True),
                f"{describe_bulk_call(fault, creates=False)} |\n",
            ]
        )
        for fault in FAULTS
    ]
    return head + "| --- " * 6 + "|\n" + "".join(rows)
