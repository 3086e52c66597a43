"""From a request as it arrived to a task an operation can work on."""

from collections import defaultdict
from typing import cast

from autoleap.sandbox.calls import Call
from autoleap.sandbox.spec import Operation
from autoleap.sandbox.store import Record
from autoleap.sandbox.tokens import Session
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.world import Task, invalid
from autoleap.sandbox.writes import BULK_WRITES


def checked(call: Call, operation: Operation, session: Session | None) -> Task:
    """The task a request stands for.

    Raises:
        RefusedError: 400, naming each field that breaks the contract. Violations inside the records
            of a bulk write are handed on instead, for the operation to judge.
    """
    query, wrong = operation.check_query(call.pairs)
    wrong += operation.check_path(call.path_values)
    wrong += _body_violations(call, operation)
    bulk = BULK_WRITES.get(operation.id)
    flawed: dict[int, list[Violation]] = defaultdict(list)
    for violation in wrong:
        match violation.where:
            case (name, int(index), *_) if bulk is not None and name == bulk.records:
                flawed[index].append(violation)
            case _:
                raise invalid(*wrong)
    body = cast("Record", call.body or {})
    return Task(operation.id, call.path_values, query, body, session, flawed)


def _body_violations(call: Call, operation: Operation) -> list[Violation]:
    body = operation.body
    if body is None:
        return [Violation((), "this operation takes no body")] if call.content else []
    if not call.content and not body.required:
        return []
    if body.validator is not None and call.body is None:
        return [Violation((), "the body is not readable JSON")]
    media_type = call.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type not in body.media_types:
        accepted = " or ".join(f'"{name}"' for name in body.media_types)
        return [Violation((), f'the content type is "{media_type}", not {accepted}')]
    return operation.check_body(call.body)
