"""What closing a client leaves behind: nothing."""

from __future__ import annotations

import anyio
import httpx
import pytest

from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect
from tests.helpers.sessions import open_expired_session
from tests.helpers.waiting import until, until_tasks_ended

pytestmark = pytest.mark.anyio


class Wire(httpx.AsyncHTTPTransport):
    """Notes whether it was closed, and what was sent after that."""

    def __init__(self) -> None:
        super().__init__()
        self.closed, self.late = False, list[str]()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.closed:
            self.late.append(request.url.path)
            raise httpx.ConnectError("closed")
        return await super().handle_async_request(request)

    async def aclose(self) -> None:
        self.closed = True
        await super().aclose()


async def test_a_client_whose_block_is_cancelled_closes_its_connections(connect: Connect) -> None:
    wire = Wire()
    with Sandbox(limits=None, latency=0.05) as sandbox:
        with anyio.move_on_after(0.2) as scope:
            async with connect(sandbox, http_transport=wire) as client:
                while True:
                    await client.profile()
        assert scope.cancelled_caught
        assert wire.closed


async def test_a_closed_client_sends_nothing_more_though_pages_were_asked_ahead(
    connect: Connect,
) -> None:
    # A retry of a prefetched page would open a new connection that stays open.
    wire = Wire()
    with Sandbox(limits=None, customers=50, latency=0.1) as sandbox:
        before = len(anyio.get_running_tasks())
        async with connect(sandbox, http_transport=wire) as client:
            async for _ in client.company(sandbox.company_id).customers.list(
                page_size=5, prefetch=4
            ):
                break
        await until_tasks_ended(before)
        assert wire.late == []


async def test_a_retry_under_way_when_the_client_is_closed_is_not_made(
    sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("autoleap._transport.retry_policy.BACKOFF_BASE", 0.2)
    wire, met = Wire(), list[str]()
    client = connect(sandbox, http_transport=wire)

    async def call() -> None:
        try:
            await client.profile()
        except Exception as error:
            met.append(type(error).__name__)

    async with anyio.create_task_group() as tasks:
        await client.login()
        sandbox.set_faults(Fault("503"))
        tasks.start_soon(call)
        await until(lambda: bool(sandbox.requests.of("getProfile")))
        await client.aclose()
    assert wire.late == []
    assert met


async def test_a_session_can_be_ended_when_its_access_token_has_expired(connect: Connect) -> None:
    with Sandbox(limits=None) as sandbox:
        store = await open_expired_session(sandbox, connect)
        async with connect(sandbox, token_store=store) as client:
            await client.logout()
        assert sandbox.counts.logouts == 1
