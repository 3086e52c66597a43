"""Validation of a request against its operation of the contract."""

from collections import defaultdict
from typing import cast

from autoleap.sandbox.contract import Operation
from autoleap.sandbox.http_messages import IncomingRequest
from autoleap.sandbox.rows import Record
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import ValidatedRequest, build_validation_error
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import BULK_WRITES


def validate_request(
    request: IncomingRequest, operation: Operation, session: Session | None
) -> ValidatedRequest:
    """Return the validated request.

    Violations inside the records of a bulk write do not raise. They are stored in the result, and
    the operation decides about them.

    Raises:
        RefusedError: 400, with each field that breaks the contract.
    """
    query, violations = operation.check_query(request.query_pairs)
    violations += operation.check_path(request.path_values)
    violations += _find_body_violations(request, operation)
    bulk = BULK_WRITES.get(operation.id)
    record_violations: dict[int, list[Violation]] = defaultdict(list)
    for violation in violations:
        match violation.path:
            case (name, int(index), *_) if bulk is not None and name == bulk.records:
                record_violations[index].append(violation)
            case _:
                raise build_validation_error(*violations)
    body = cast("Record", request.body or {})
    return ValidatedRequest(
        operation.id, request.path_values, query, body, session, record_violations
    )


def _find_body_violations(request: IncomingRequest, operation: Operation) -> list[Violation]:
    body = operation.body
    if body is None:
        return [Violation((), "this operation takes no body")] if request.content else []
    if not request.content and not body.required:
        return []
    if body.validator is not None and request.body is None:
        return [Violation((), "the body is not valid JSON")]
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in body.media_types:
        accepted = " or ".join(f'"{name}"' for name in body.media_types)
        return [Violation((), f'the content type is "{media_type}", not {accepted}')]
    return operation.check_body(request.body)
