"""From a request as it arrived to a task an operation can work on."""

from collections import defaultdict
from typing import cast

from autoleap.sandbox.contract import Operation
from autoleap.sandbox.http_messages import IncomingRequest
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import ValidatedRequest, build_validation_error
from autoleap.sandbox.store import Record
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import BULK_WRITES


def validate_request(
    call: IncomingRequest, operation: Operation, session: Session | None
) -> ValidatedRequest:
    """The task a request stands for.

    Raises:
        RefusedError: 400, naming each field that breaks the contract. Violations inside the records
            of a bulk write are handed on instead, for the operation to judge.
    """
    query, wrong = operation.check_query(call.query_pairs)
    wrong += operation.check_path(call.path_values)
    wrong += _find_body_violations(call, operation)
    bulk = BULK_WRITES.get(operation.id)
    flawed: dict[int, list[Violation]] = defaultdict(list)
    for violation in wrong:
        match violation.path:
            case (name, int(index), *_) if bulk is not None and name == bulk.records:
                flawed[index].append(violation)
            case _:
                raise build_validation_error(*wrong)
    body = cast("Record", call.body or {})
    return ValidatedRequest(operation.id, call.path_values, query, body, session, flawed)


def _find_body_violations(call: IncomingRequest, operation: Operation) -> list[Violation]:
    if operation.body is None:
        return [Violation((), "this operation takes no body")] if call.content else []
    if call.body is None:
        return [Violation((), "the body is not readable JSON")]
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        return [Violation((), f'the content type is "{media_type}", not "application/json"')]
    return operation.check_body(call.body)
