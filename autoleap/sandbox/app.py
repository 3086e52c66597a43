"""The application: log, authentication, limits, faults, validation, operation, in this order."""

import math
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

import attrs
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from autoleap.sandbox.connection import abort_connection, send_truncated, wait_for_disconnect
from autoleap.sandbox.contract import Contract, Operation
from autoleap.sandbox.faults import Fault, FaultPlan
from autoleap.sandbox.http_messages import (
    NO_RESPONSE,
    IncomingRequest,
    OutgoingResponse,
    build_error_response,
    build_refusal_response,
    build_response,
    read_request,
)
from autoleap.sandbox.operations import HANDLERS
from autoleap.sandbox.rate_limits import Clock, SlidingWindow
from autoleap.sandbox.request_log import RequestLog, RequestRecord
from autoleap.sandbox.request_validation import validate_request
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import RefusedError, SandboxState
from autoleap.sandbox.violations import Violation

_FAULT_RESPONSES = {
    "cut-before": NO_RESPONSE,
    "500": build_error_response(500, "Internal server error"),
    "502-html": OutgoingResponse(
        502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html"
    ),
    "503": build_error_response(503, "Service unavailable"),
    "429-no-retry-after": build_error_response(429, "Rate limit exceeded"),
    "success-false": build_error_response(200, "The request could not be completed"),
}
_INVALID_TOKEN = build_error_response(401, "Invalid or expired token")


@attrs.define(eq=False)
class App:
    """The ASGI application of a sandbox.

    Attributes:
        spec: the contract.
        world: what the operations work on.
        window: the rate limits.
        log: where every request is noted.
        clock: the time in seconds.
        latency: least and greatest delay of an answer, in seconds.
        rng: where delays are drawn from.
        plan: the faults to play; may be exchanged at any time.
        tells_when: whether a 429 over the limit carries `Retry-After`.
    """

    contract: Contract
    state: SandboxState
    window: SlidingWindow
    log: RequestLog
    clock: Clock
    latency: tuple[float, float]
    rng: random.Random
    fault_plan: FaultPlan
    send_retry_after: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox speaks only HTTP, not {scope['type']}")
        try:
            call = await read_request(Request(scope, receive), self.contract)
        except ClientDisconnect:
            return
        record = _build_record(call, self.clock())
        number = self.log.add(record)
        answer, fault = await self._respond(call, receive)
        if answer.status == 401:
            self.state.counts.unauthorized += 1
        status = None if answer.delivery == "cut" else answer.status
        # Noted before it is sent: who has the answer finds it in the log.
        self.log.replace(
            number,
            attrs.evolve(record, status=status, violations=answer.violations, fault=fault),
        )
        await _send(answer, scope, receive, send)

    async def _respond(
        self, call: IncomingRequest, receive: Receive
    ) -> tuple[OutgoingResponse, str | None]:
        """The answer, and the kind of fault that was played on it."""
        try:
            operation, session = self._admit(call)
        except RefusedError as error:
            return build_refusal_response(error), None
        fault = self.fault_plan.pick(call.method, operation.id)
        if self.latency[1] > 0:
            await wait_for_disconnect(receive, within=self.rng.uniform(*self.latency))
        act = partial(self._execute, call, operation, session)
        if fault is None:
            return act(), None
        self.state.counts.faults += 1
        return await self._execute_with_fault(fault, act, operation, receive), fault.kind

    def _admit(self, call: IncomingRequest) -> tuple[Operation, Session | None]:
        """The operation and session of a request that may go on."""
        if call.operation is None:
            message = f"{call.method} {call.path} is not an operation of the contract"
            raise RefusedError(404, message, (Violation((), message),))
        session = self._authenticate(call) if call.operation.needs_token else None
        wait = self.window.admit(call.method)
        if wait is not None:
            self.state.counts.rate_limited += 1
            retry_after = max(1, math.ceil(wait)) if self.send_retry_after else None
            raise RefusedError(429, "Rate limit exceeded", retry_after=retry_after)
        return call.operation, session

    def _authenticate(self, call: IncomingRequest) -> Session:
        token = call.bearer_token
        if not token:
            raise RefusedError(401, "No token provided")
        session = self.state.sessions.find(token)
        if session is None:
            raise RefusedError(401, "Invalid or expired token")
        return session

    def _execute(
        self, call: IncomingRequest, operation: Operation, session: Session | None
    ) -> OutgoingResponse:
        """Validate the request and carry it out."""
        try:
            task = validate_request(call, operation, session)
            handler = HANDLERS.get(operation.id)
            if handler is not None:
                return build_response(handler(self.state, task))
            if operation.example is not None:
                return build_response(operation.example)
            raise RefusedError(501, f"The sandbox does not know the operation {operation.id}")
        except RefusedError as error:
            return build_refusal_response(error)

    async def _execute_with_fault(
        self,
        fault: Fault,
        act: Callable[[], OutgoingResponse],
        operation: Operation,
        receive: Receive,
    ) -> OutgoingResponse:
        instead = await self._respond_before_execution(fault, operation, receive)
        return instead or await _respond_after_execution(fault, act(), receive)

    async def _respond_before_execution(
        self, fault: Fault, operation: Operation, receive: Receive
    ) -> OutgoingResponse | None:
        """The answer of a fault that keeps the server from acting; None lets it act."""
        match fault.kind:
            case "429":
                return attrs.evolve(
                    _FAULT_RESPONSES["429-no-retry-after"], retry_after=fault.retry_after
                )
            case "hang-before":
                return (
                    NO_RESPONSE
                    if await wait_for_disconnect(receive, within=fault.seconds)
                    else None
                )
            case "revoke-tokens":
                self.state.sessions.revoke_all()
                return _INVALID_TOKEN if operation.needs_token else None
            case "revoke-refresh":
                self.state.sessions.revoke_refresh()
                return None
            case _:
                return _FAULT_RESPONSES.get(fault.kind)


async def _respond_after_execution(
    fault: Fault, answer: OutgoingResponse, receive: Receive
) -> OutgoingResponse:
    """What a fault makes of the answer of a server that has acted."""
    match fault.kind:
        case "cut-after":
            return attrs.evolve(answer, delivery="cut")
        case "hang-after":
            gone = await wait_for_disconnect(receive, within=fault.seconds)
            return attrs.evolve(answer, delivery="cut") if gone else answer
        case "truncated" if answer.status == 200:
            return attrs.evolve(answer, delivery="truncated")
        case "500-after":
            return attrs.evolve(_FAULT_RESPONSES["500"], violations=answer.violations)
        case _:
            return answer


def _build_record(call: IncomingRequest, at: float) -> RequestRecord:
    return RequestRecord(
        at=at,
        time=datetime.now(UTC),
        method=call.method,
        path=call.path,
        query=dict(call.query_pairs),
        body=call.body,
        operation_id=call.operation.id if call.operation else None,
    )


async def _send(answer: OutgoingResponse, scope: Scope, receive: Receive, send: Send) -> None:
    if answer.delivery == "cut":
        await abort_connection(scope, receive)
    elif answer.delivery == "truncated":
        await send_truncated(scope, receive, send, answer)
    else:
        response = Response(answer.content, answer.status, answer.headers)
        await response(scope, receive, send)
