"""A call is cancelled at every point where it waits: nothing is lost and nothing is left behind."""

from __future__ import annotations

import asyncio
import types
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Generator
from contextlib import suppress
from typing import Any, TypeAlias

import anyio
import httpx
import pytest
from attrs import define

from autoleap import AutoLeap, MemoryRateLimiter, RateLimits, ServerError
from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect
from tests.helpers.transports import GatedTransport, cancel_when
from tests.helpers.waiting import HANG, until, until_tasks_ended

pytestmark = pytest.mark.anyio

Work: TypeAlias = Coroutine[Any, Any, object]
Call: TypeAlias = Callable[[AutoLeap, Sandbox], Work]

PLENTY = RateLimits(get=10_000, post=10_000, put=10_000, patch=10_000)


@define
class Steps:
    """Counts the times at which a call waits, in whatever task, and cancels it at one of them."""

    left: int = 0
    cancel: Callable[[], object] = lambda: None

    def passed(self) -> None:
        self.left -= 1
        if self.left == 0:
            self.cancel()


@types.coroutine
def count_waits(work: Any, steps: Steps) -> Generator[Any, Any, Any]:
    """Run some work and count its waits; the result of each wait is passed on to the work."""
    answer, error = None, None
    while True:
        try:
            waiting = work.send(answer) if error is None else work.throw(error)
        except StopIteration as end:
            return end.value
        steps.passed()
        answer, error = None, None
        try:
            answer = yield waiting
        except BaseException as thrown:  # the work decides what becomes of it
            error = thrown


class Counting(httpx.AsyncHTTPTransport):
    """Sends as usual, by few connections: one that is lost stops the calls that follow."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=3))
        self.steps = Steps()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response: httpx.Response = await count_waits(
            super().handle_async_request(request), self.steps
        )
        assert isinstance(response.stream, httpx.AsyncByteStream)
        response.stream = CountedStream(response.stream, self.steps)
        return response


@define
class CountedStream(httpx.AsyncByteStream):
    """The body of an answer; the waits for it count too."""

    body: httpx.AsyncByteStream
    steps: Steps

    async def __aiter__(self) -> AsyncIterator[bytes]:
        chunks = aiter(self.body)
        with suppress(StopAsyncIteration):
            while True:
                yield await count_waits(anext(chunks), self.steps)

    async def aclose(self) -> None:
        await count_waits(self.body.aclose(), self.steps)


async def cancel_by_scope(step: int, work: Work, steps: Steps) -> bool:
    """Cancel the scope around the work at a step; return whether the work ended before it."""
    # A call that has no time left to try again may give the error it has instead.
    with anyio.CancelScope() as scope, suppress(ServerError):
        steps.left, steps.cancel = step, scope.cancel
        await count_waits(work, steps)
    return not scope.cancel_called


async def cancel_by_task(step: int, work: Work, steps: Steps) -> bool:
    """Cancel the task of the work at a step; return whether the work ended before it."""

    async def run() -> None:
        with suppress(ServerError):
            await count_waits(work, steps)

    task = asyncio.create_task(run())
    steps.left, steps.cancel = step, task.cancel
    await asyncio.wait([task])
    if not task.cancelled():
        task.result()
    return steps.left > 0


Cancel: TypeAlias = Callable[[int, Work, Steps], Awaitable[bool]]


def running_calls(limiter: MemoryRateLimiter) -> dict[str, int]:
    """Return the calls that hold a slot now, by method."""
    return {method: queue._window._running for method, queue in limiter._limiters.items()}


async def profile(client: AutoLeap, sandbox: Sandbox) -> object:
    return await client.profile()


async def collect(client: AutoLeap, sandbox: Sandbox) -> object:
    return await client.company(sandbox.company_id).customers.list(page_size=10).collect()


async def collect_ahead(client: AutoLeap, sandbox: Sandbox) -> object:
    pager = client.company(sandbox.company_id).customers.list(page_size=10, prefetch=2)
    return await pager.collect()


async def create(client: AutoLeap, sandbox: Sandbox) -> object:
    people = [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(6)]
    return await client.company(sandbox.company_id).customers.create(
        people, batch_size=2, concurrency=2, resolve_ids=True
    )


async def refused_token(client: AutoLeap, sandbox: Sandbox) -> object:
    sandbox.revoke_access_tokens()
    return await client.profile()


async def retried(client: AutoLeap, sandbox: Sandbox) -> object:
    sandbox.set_faults(Fault("503", operation="getProfile", times=2))
    return await client.profile()


CALLS: list[Call] = [profile, collect, collect_ahead, create, refused_token, retried]


WAYS = pytest.mark.parametrize(
    ("anyio_backend", "cancelled"),
    [("asyncio", cancel_by_scope), ("trio", cancel_by_scope), ("asyncio", cancel_by_task)],
    ids=["asyncio", "trio", "asyncio-task"],
)


@WAYS
@pytest.mark.parametrize("call", CALLS, ids=lambda call: str(call.__name__))
async def test_a_call_cancelled_anywhere_leaves_a_client_that_works(
    call: Call, cancelled: Cancel, sandbox: Sandbox, connect: Connect
) -> None:
    limiter, wire, step, through = MemoryRateLimiter(PLENTY), Counting(), 0, False
    async with connect(sandbox, rate_limiter=limiter, http_transport=wire) as client:
        await client.login()
        before = len(anyio.get_running_tasks())
        while not through:
            step += 1
            through = await cancelled(step, call(client, sandbox), wire.steps)
            sandbox.set_faults()
            await until_tasks_ended(before)
            assert not any(running_calls(limiter).values()), f"a place is lost at step {step}"
            with anyio.fail_after(HANG):
                assert (await client.profile()).partner_id == sandbox.partner_id
        assert step > 5
        assert client.stats.logins == 1
    assert len(sandbox.requests.of("login")) == 1


@WAYS
async def test_a_first_call_cancelled_anywhere_costs_no_second_login(
    cancelled: Cancel, sandbox: Sandbox, connect: Connect
) -> None:
    step, through = 0, False
    while not through:
        step += 1
        sandbox.forget_requests()
        wire = Counting()
        async with connect(sandbox, http_transport=wire) as client:
            through = await cancelled(step, profile(client, sandbox), wire.steps)
            assert (await client.profile()).partner_id == sandbox.partner_id
        assert len(sandbox.requests.of("login")) == 1
    assert step > 5


async def test_cancelled_callers_do_not_use_up_the_rate_limit(
    sandbox: Sandbox, connect: Connect
) -> None:
    limiter = MemoryRateLimiter(RateLimits(get=3, post=None, per=0.5))
    async with connect(sandbox, rate_limiter=limiter) as client:
        await client.login()
        async with anyio.create_task_group() as tasks:
            for _ in range(20):
                tasks.start_soon(client.profile)
            await until(lambda: len(sandbox.requests.of("getProfile")) >= 3)
            tasks.cancel_scope.cancel()
        assert not any(running_calls(limiter).values())
        assert len(sandbox.requests.of("getProfile")) < 20
        with anyio.fail_after(HANG):
            for _ in range(3):
                await client.profile()


async def test_a_deadline_ends_the_wait_for_a_token_and_the_token_comes_all_the_same(
    sandbox: Sandbox, connect: Connect
) -> None:
    gate = GatedTransport("POST", "/login")
    async with connect(sandbox, http_transport=gate) as client:
        assert await cancel_when(gate.reached, client.profile)
        gate.opened.set()
        await client.profile()
    assert [record.operation_id for record in sandbox.requests] == ["login", "getProfile"]


async def test_one_cancelled_caller_takes_no_other_down(connect: Connect) -> None:
    met: list[str] = []

    async def call(client: AutoLeap) -> None:
        met.append(str((await client.profile()).partner_id))

    async def cancelled(client: AutoLeap) -> None:
        with anyio.move_on_after(0.05):
            await client.profile()

    async def calls(
        client: AutoLeap, work: list[Callable[[AutoLeap], Coroutine[Any, Any, None]]]
    ) -> None:
        async with anyio.create_task_group() as tasks:
            for piece in work:
                tasks.start_soon(piece, client)

    with Sandbox(limits=None, latency=0.15) as sandbox:
        async with connect(sandbox) as client:
            await calls(client, [cancelled, call, cancelled, call, call])
    assert met == [sandbox.partner_id] * 3
    assert len(sandbox.requests.of("login")) == 1
