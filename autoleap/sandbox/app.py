"""The ASGI application of the sandbox.

Each request passes these steps in this order: request log, authentication, rate limits, faults,
validation, operation.
"""

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
from autoleap.sandbox.habits import LateWork
from autoleap.sandbox.http_messages import (
    NO_RESPONSE,
    IncomingRequest,
    OutgoingResponse,
    build_error_response,
    build_example_response,
    build_refusal_response,
    build_response,
    read_request,
)
from autoleap.sandbox.list_index import draw_seconds
from autoleap.sandbox.operations import HANDLERS
from autoleap.sandbox.page_habits import number_from_one
from autoleap.sandbox.rate_limits import Clock, SlidingWindow
from autoleap.sandbox.request_log import RequestLog, RequestRecord
from autoleap.sandbox.request_validation import validate_request
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.shown_dates import format_date_header
from autoleap.sandbox.state import RefusedError, SandboxState
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import WRITE_OPERATIONS

_FAULT_RESPONSES = {
    "cut-before": NO_RESPONSE,
    "500": build_error_response(500, "Internal server error"),
    "502-html": OutgoingResponse(
        502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html"
    ),
    "503": build_error_response(503, "Service unavailable"),
    "504": build_error_response(504, "Gateway timeout"),
    "429-no-retry-after": build_error_response(429, "Rate limit exceeded"),
    "success-false": build_error_response(200, "The request could not be completed"),
}
_CONTINUED_FAULTS = ("500", "502-html", "503", "504", "cut-before", "hang-before")
_INVALID_TOKEN = build_error_response(401, "Invalid or expired token")

Execute = Callable[[], OutgoingResponse]
"""Executes the operation of one request."""


@attrs.define(eq=False)
class App:
    """The ASGI application of a sandbox.

    Attributes:
        contract: The operations that the sandbox serves.
        state: The data that the operations read and change.
        window: The rate limits.
        log: The log of all requests.
        clock: Returns the time in seconds.
        latency: Shortest and longest delay of a response, in seconds.
        rng: Random source of the delays.
        fault_plan: The faults to apply. It may be replaced at any time.
        send_retry_after: Whether a 429 over the rate limit carries `Retry-After`.
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
        """Respond to one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox serves only HTTP, not {scope['type']}")
        try:
            request = await read_request(Request(scope, receive), self.contract)
        except ClientDisconnect:
            return
        record = _build_record(request, self.clock(), self.state.store.clock())
        number = self.log.add(record)
        response, fault = await self._respond(request, receive)
        if response.status == 401:
            self.state.counts.unauthorized += 1
        date = format_date_header(self.state.store.habits.dates, self.state.store.clock())
        response = attrs.evolve(response, date=date)
        status = None if response.delivery == "cut" else response.status
        # A test may read the log as soon as it has the response.
        # Therefore the log is updated before the response is sent.
        self.log.replace(
            number,
            attrs.evolve(record, status=status, violations=response.violations, fault=fault),
        )
        await _send(response, scope, receive, send)

    async def _respond(
        self, request: IncomingRequest, receive: Receive
    ) -> tuple[OutgoingResponse, str | None]:
        """Return the response and the kind of the fault that was applied to it."""
        try:
            operation, session = self._admit(request)
        except RefusedError as error:
            return build_refusal_response(error), None
        fault = self.fault_plan.pick(request.method, operation.id)
        if self.latency[1] > 0:
            await wait_for_disconnect(receive, within=self.rng.uniform(*self.latency))
        execute = partial(self._execute, request, operation, session)
        if fault is None:
            return await self._work(execute, operation, receive), None
        self.state.counts.faults += 1
        return await self._execute_with_fault(fault, execute, operation, receive), fault.kind

    def _admit(self, request: IncomingRequest) -> tuple[Operation, Session | None]:
        """Return the operation and the session of a request that may proceed.

        Raises:
            RefusedError: 404 for an unknown operation, 401 without a valid token, 429 over the
                rate limit.
        """
        if request.operation is None:
            message = f"{request.method} {request.path} is not an operation of the contract"
            raise RefusedError(404, message, (Violation((), message),))
        session = self._authenticate(request) if request.operation.needs_token else None
        wait = self.window.admit(request.method)
        if wait is not None:
            self.state.counts.rate_limited += 1
            retry_after = max(1, math.ceil(wait)) if self.send_retry_after else None
            raise RefusedError(429, "Rate limit exceeded", retry_after=retry_after)
        return request.operation, session

    def _authenticate(self, request: IncomingRequest) -> Session:
        token = request.bearer_token
        if not token:
            raise RefusedError(401, "No token provided")
        session = self.state.sessions.find(token)
        if session is None:
            raise RefusedError(401, "Invalid or expired token")
        return session

    def _execute(
        self, request: IncomingRequest, operation: Operation, session: Session | None
    ) -> OutgoingResponse:
        """Validate the request and execute its operation."""
        with self.state.store.hold():
            return self._execute_now(request, operation, session)

    def _execute_now(
        self, request: IncomingRequest, operation: Operation, session: Session | None
    ) -> OutgoingResponse:
        pages = self.state.store.habits.pages
        request = attrs.evolve(request, query_pairs=number_from_one(pages, request.query_pairs))
        try:
            validated = validate_request(request, operation, session)
            handler = HANDLERS.get(operation.id)
            if handler is not None:
                return build_response(handler(self.state, validated))
            if operation.example is not None:
                return build_example_response(operation.example)
            raise RefusedError(501, f"The sandbox does not support the operation {operation.id}")
        except RefusedError as error:
            return build_refusal_response(error)

    async def _execute_with_fault(
        self,
        fault: Fault,
        execute: Execute,
        operation: Operation,
        receive: Receive,
    ) -> OutgoingResponse:
        """Return the response that the fault leaves to the client."""
        response = await self._respond_before_execution(fault, operation, receive)
        if response is not None:
            if fault.kind in _CONTINUED_FAULTS:
                self._continue_late(execute, operation)
            return response
        response = await self._work(execute, operation, receive)
        return await _apply_fault_after_execution(fault, response, receive)

    def _find_late_work(self, operation: Operation) -> LateWork | None:
        """Return the habit for a write of records, or None."""
        return self.state.store.habits.late_work if operation.id in WRITE_OPERATIONS else None

    def _continue_late(self, execute: Execute, operation: Operation) -> None:
        """Let the write of a failed request take place later, if the habit says so."""
        habit = self._find_late_work(operation)
        store = self.state.store
        if habit is not None and store.habit_rng.random() < habit.probability:
            due = store.clock() + draw_seconds(habit.seconds, store.habit_rng)
            store.late_jobs.add(due, execute)

    async def _work(
        self, execute: Execute, operation: Operation, receive: Receive
    ) -> OutgoingResponse:
        """Execute an operation after the time that the server works on it."""
        habit = self._find_late_work(operation)
        store = self.state.store
        seconds = 0.0 if habit is None else draw_seconds(habit.write_seconds, store.habit_rng)
        due = store.clock() + seconds
        if seconds > 0 and await wait_for_disconnect(receive, within=seconds):
            store.late_jobs.add(due, execute)
            return NO_RESPONSE
        return execute()

    async def _respond_before_execution(
        self, fault: Fault, operation: Operation, receive: Receive
    ) -> OutgoingResponse | None:
        """Return the response of a fault that prevents the operation; None lets it run."""
        match fault.kind:
            case "429":
                return attrs.evolve(
                    _FAULT_RESPONSES["429-no-retry-after"], retry_after=fault.retry_after
                )
            case "hang-before":
                disconnected = await wait_for_disconnect(receive, within=fault.seconds)
                return NO_RESPONSE if disconnected else None
            case "revoke-tokens":
                self.state.sessions.revoke_all()
                return _INVALID_TOKEN if operation.needs_token else None
            case "revoke-refresh":
                self.state.sessions.revoke_refresh()
                return None
            case _:
                return _FAULT_RESPONSES.get(fault.kind)


async def _apply_fault_after_execution(
    fault: Fault, response: OutgoingResponse, receive: Receive
) -> OutgoingResponse:
    """Return the response of an executed operation, changed as the fault requires."""
    match fault.kind:
        case "cut-after":
            return attrs.evolve(response, delivery="cut")
        case "hang-after":
            disconnected = await wait_for_disconnect(receive, within=fault.seconds)
            return attrs.evolve(response, delivery="cut") if disconnected else response
        case "truncated" if response.status == 200:
            return attrs.evolve(response, delivery="truncated")
        case "500-after":
            return attrs.evolve(_FAULT_RESPONSES["500"], violations=response.violations)
        case _:
            return response


def _build_record(request: IncomingRequest, at: float, now: float) -> RequestRecord:
    return RequestRecord(
        at=at,
        time=datetime.fromtimestamp(now, UTC),
        method=request.method,
        path=request.path,
        query=dict(request.query_pairs),
        body=request.body,
        operation_id=request.operation.id if request.operation else None,
    )


async def _send(response: OutgoingResponse, scope: Scope, receive: Receive, send: Send) -> None:
    if response.delivery == "cut":
        await abort_connection(scope, receive)
    elif response.delivery == "truncated":
        await send_truncated(scope, receive, send, response)
    else:
        complete = Response(response.content, response.status, response.headers)
        await complete(scope, receive, send)
