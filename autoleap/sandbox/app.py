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

from autoleap.sandbox.calls import (
    CUT,
    Answer,
    Call,
    answer_with,
    error_answer,
    example_answer,
    read_call,
    refusal,
)
from autoleap.sandbox.checks import checked
from autoleap.sandbox.connection import client_leaves, hang_up, send_half
from autoleap.sandbox.faults import Fault, FaultPlan
from autoleap.sandbox.limits import Clock, SlidingWindow
from autoleap.sandbox.log import RequestLog, RequestRecord
from autoleap.sandbox.operations import HANDLERS
from autoleap.sandbox.spec import Operation, Spec
from autoleap.sandbox.tokens import Session
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.world import RefusedError, World

_CANNED = {
    "cut-before": CUT,
    "500": error_answer(500, "Internal server error"),
    "502-html": Answer(502, b"<html><body><h1>502 Bad Gateway</h1></body></html>", "text/html"),
    "503": error_answer(503, "Service unavailable"),
    "429-no-retry-after": error_answer(429, "Rate limit exceeded"),
    "success-false": error_answer(200, "The request could not be completed"),
}
_DEAD_TOKEN = error_answer(401, "Invalid or expired token")


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

    spec: Spec
    world: World
    window: SlidingWindow
    log: RequestLog
    clock: Clock
    latency: tuple[float, float]
    rng: random.Random
    plan: FaultPlan
    tells_when: bool

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise NotImplementedError(f"the sandbox speaks only HTTP, not {scope['type']}")
        try:
            call = await read_call(Request(scope, receive), self.spec)
        except ClientDisconnect:
            return
        record = _record(call, self.clock())
        number = self.log.add(record)
        answer, fault = await self._answer(call, receive)
        if answer.status == 401:
            self.world.counts.unauthorized += 1
        status = None if answer.ending == "cut" else answer.status
        # Noted before it is sent: who has the answer finds it in the log.
        self.log.replace(
            number,
            attrs.evolve(record, status=status, violations=answer.violations, fault=fault),
        )
        await _deliver(answer, scope, receive, send)

    async def _answer(self, call: Call, receive: Receive) -> tuple[Answer, str | None]:
        """The answer, and the kind of fault that was played on it."""
        try:
            operation, session = self._admitted(call)
        except RefusedError as error:
            return refusal(error), None
        fault = self.plan.pick(call.method, operation.id)
        if self.latency[1] > 0:
            await client_leaves(receive, within=self.rng.uniform(*self.latency))
        act = partial(self._act, call, operation, session)
        if fault is None:
            return act(), None
        self.world.counts.faults += 1
        return await self._with_fault(fault, act, operation, receive), fault.kind

    def _admitted(self, call: Call) -> tuple[Operation, Session | None]:
        """The operation and session of a request that may go on."""
        if call.operation is None:
            message = f"{call.method} {call.path} is not an operation of the contract"
            raise RefusedError(404, message, (Violation((), message),))
        session = self._authenticated(call) if call.operation.needs_token else None
        wait = self.window.admit(call.method)
        if wait is not None:
            self.world.counts.rate_limited += 1
            retry_after = max(1, math.ceil(wait)) if self.tells_when else None
            raise RefusedError(429, "Rate limit exceeded", retry_after=retry_after)
        return call.operation, session

    def _authenticated(self, call: Call) -> Session:
        token = call.bearer_token
        if not token:
            raise RefusedError(401, "No token provided")
        session = self.world.sessions.find(token)
        if session is None:
            raise RefusedError(401, "Invalid or expired token")
        return session

    def _act(self, call: Call, operation: Operation, session: Session | None) -> Answer:
        """Validate the request and carry it out."""
        try:
            task = checked(call, operation, session)
            handler = HANDLERS.get(operation.id)
            if handler is not None:
                return answer_with(handler(self.world, task))
            if operation.example is not None:
                return example_answer(operation.example)
            raise RefusedError(501, f"The sandbox does not know the operation {operation.id}")
        except RefusedError as error:
            return refusal(error)

    async def _with_fault(
        self, fault: Fault, act: Callable[[], Answer], operation: Operation, receive: Receive
    ) -> Answer:
        instead = await self._instead_of_acting(fault, operation, receive)
        return instead or await _after_acting(fault, act(), receive)

    async def _instead_of_acting(
        self, fault: Fault, operation: Operation, receive: Receive
    ) -> Answer | None:
        """The answer of a fault that keeps the server from acting; None lets it act."""
        match fault.kind:
            case "429":
                return attrs.evolve(_CANNED["429-no-retry-after"], retry_after=fault.retry_after)
            case "hang-before":
                return CUT if await client_leaves(receive, within=fault.seconds) else None
            case "revoke-tokens":
                self.world.sessions.revoke_all()
                return _DEAD_TOKEN if operation.needs_token else None
            case "revoke-refresh":
                self.world.sessions.revoke_refresh()
                return None
            case _:
                return _CANNED.get(fault.kind)


async def _after_acting(fault: Fault, answer: Answer, receive: Receive) -> Answer:
    """What a fault makes of the answer of a server that has acted."""
    match fault.kind:
        case "cut-after":
            return attrs.evolve(answer, ending="cut")
        case "hang-after":
            gone = await client_leaves(receive, within=fault.seconds)
            return attrs.evolve(answer, ending="cut") if gone else answer
        case "truncated" if answer.status == 200:
            return attrs.evolve(answer, ending="truncated")
        case "500-after":
            return attrs.evolve(_CANNED["500"], violations=answer.violations)
        case _:
            return answer


def _record(call: Call, at: float) -> RequestRecord:
    return RequestRecord(
        at=at,
        time=datetime.now(UTC),
        method=call.method,
        path=call.path,
        query=dict(call.pairs),
        body=call.body,
        operation_id=call.operation.id if call.operation else None,
    )


async def _deliver(answer: Answer, scope: Scope, receive: Receive, send: Send) -> None:
    if answer.ending == "cut":
        await hang_up(scope, receive)
    elif answer.ending == "truncated":
        await send_half(scope, receive, send, answer)
    else:
        response = Response(answer.content, answer.status, answer.headers)
        await response(scope, receive, send)
