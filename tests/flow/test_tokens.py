"""The token pair's life, against a server that enforces it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest

from autoleap import AuthenticationError, AutoLeap, MemoryTokenStore, TokenPair
from autoleap.sandbox import Sandbox
from tests.conftest import Connect
from tests.helpers.sessions import age_pair, open_expired_session
from tests.helpers.transports import GatedTransport, cancel_when
from tests.helpers.waiting import until

pytestmark = pytest.mark.anyio


async def call_many(client: AutoLeap, times: int) -> list[str]:
    """Read the profile in many tasks at once; what each met, "ok" or the error's name."""
    met: list[str] = []

    async def call() -> None:
        try:
            await client.profile()
            met.append("ok")
        except Exception as error:  # the test looks at what it is
            met.append(type(error).__name__)

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(call)
    return met


async def test_first_calls_of_200_tasks_share_one_login(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        assert await call_many(client, 200) == ["ok"] * 200
    assert len(sandbox.requests.of("login")) == 1


async def test_200_tasks_on_an_expired_token_share_one_refresh(connect: Connect) -> None:
    with Sandbox(limits=None) as sandbox:
        store = await open_expired_session(sandbox, connect)
        async with connect(sandbox, token_store=store) as client:
            assert await call_many(client, 200) == ["ok"] * 200
            assert client.stats.refreshes == 1
        assert len(sandbox.requests.of("refreshTokens")) == 1
        assert len(sandbox.requests.of("login")) == 1


async def test_200_tasks_refused_with_401_share_one_refresh(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.profile()
        sandbox.revoke_access_tokens()
        assert await call_many(client, 200) == ["ok"] * 200
    assert len(sandbox.requests.of("refreshTokens")) == 1
    assert len(sandbox.requests.of("login")) == 1


async def test_a_dead_refresh_token_leads_to_one_login(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        await client.profile()
        sandbox.revoke_tokens()
        assert await call_many(client, 50) == ["ok"] * 50
    assert len(sandbox.requests.of("login")) == 2


async def test_cancelling_the_caller_that_started_the_refresh_leaves_the_others_alone(
    sandbox: Sandbox, connect: Connect
) -> None:
    store = await open_expired_session(sandbox, connect)
    gate = GatedTransport("POST", "/generateNewAccessToken", after_server=True)
    async with connect(sandbox, token_store=store, http_transport=gate) as client:
        met: list[str] = []
        async with anyio.create_task_group() as tasks:
            leader = anyio.CancelScope()

            async def lead() -> None:
                with leader:
                    await client.profile()
                    met.append("leader")

            tasks.start_soon(lead)
            await gate.reached.wait()
            tasks.start_soon(collect, client, met)
            await anyio.wait_all_tasks_blocked()
            leader.cancel()
            await anyio.wait_all_tasks_blocked()
            gate.opened.set()
        assert leader.cancelled_caught
        assert met == ["ok"] * 20
    assert len(sandbox.requests.of("refreshTokens")) == 1
    assert len(sandbox.requests.of("login")) == 1


async def collect(client: AutoLeap, met: list[str]) -> None:
    met += await call_many(client, 20)


async def test_a_rotated_pair_is_kept_though_every_caller_was_cancelled(
    sandbox: Sandbox, connect: Connect
) -> None:
    store = await open_expired_session(sandbox, connect)
    before = await store.load()
    gate = GatedTransport("POST", "/generateNewAccessToken", after_server=True)
    async with connect(sandbox, token_store=store, http_transport=gate) as client:
        assert await cancel_when(gate.reached, client.profile)
        gate.opened.set()
    after = await store.load()
    assert before is not None
    assert after is not None
    assert after.access != before.access
    assert len(sandbox.requests.of("refreshTokens")) == 1


async def test_a_stale_token_serves_while_the_refresh_is_on_its_way(
    sandbox: Sandbox, connect: Connect
) -> None:
    store = MemoryTokenStore()
    async with connect(sandbox, token_store=store) as client:
        await client.login()
    await age_pair(store, 3600 - 120)  # two minutes to live, less than the time to refresh ahead
    gate = GatedTransport("POST", "/generateNewAccessToken")
    async with connect(sandbox, token_store=store, http_transport=gate) as client:
        for _ in range(3):  # the first takes up the kept pair
            await client.profile()
        await gate.reached.wait()
        await client.profile()
        assert client.stats.refreshes == 0
        gate.opened.set()
        await until(lambda: client.stats.refreshes == 1)


async def test_refused_credentials_are_tried_once_and_fail_every_call(
    sandbox: Sandbox,
) -> None:
    async with AutoLeap(sandbox.partner_id, "wrong", base_url=sandbox.base_url) as client:
        assert await call_many(client, 50) == ["AuthenticationError"] * 50
        with pytest.raises(AuthenticationError, match="check partner_id and auth_key"):
            await client.profile()
    assert len(sandbox.requests.of("login")) == 1


async def test_a_login_that_fails_on_the_way_is_tried_again(
    sandbox: Sandbox, connect: Connect
) -> None:
    failures = iter([httpx.ConnectError("down"), httpx.ReadTimeout("slow")])

    class Flaky(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
            if request.url.path.endswith("/login"):
                for failure in failures:
                    raise failure
            return await super().handle_async_request(request)

    async with connect(sandbox, http_transport=Flaky()) as client:
        assert (await client.profile()).partner_id == sandbox.partner_id
    assert len(sandbox.requests.of("login")) == 1


async def test_clients_that_share_a_store_share_a_session(
    sandbox: Sandbox, connect: Connect
) -> None:
    store = MemoryTokenStore()
    async with (
        connect(sandbox, token_store=store) as first,
        connect(sandbox, token_store=store) as second,
    ):
        await first.profile()
        await second.profile()
        sandbox.revoke_access_tokens()
        await first.profile()
        await second.profile()
        assert first.stats.logins + second.stats.logins == 1
        assert first.stats.refreshes + second.stats.refreshes == 1


async def test_a_pair_is_in_the_store_before_it_is_used(sandbox: Sandbox, connect: Connect) -> None:
    saved: list[str] = []

    class Watched(MemoryTokenStore):
        async def save(self, pair: TokenPair | None) -> None:
            saved.append(f"after {len(sandbox.requests)} requests")
            await super().save(pair)

        @asynccontextmanager
        async def lock(self) -> AsyncIterator[None]:
            async with super().lock():
                yield

    async with connect(sandbox, token_store=Watched()) as client:
        await client.profile()
    assert saved == ["after 1 requests"]
    assert [record.operation_id for record in sandbox.requests] == ["login", "getProfile"]


async def test_closing_leaves_the_session_open_and_logout_ends_it(
    sandbox: Sandbox, connect: Connect
) -> None:
    store = MemoryTokenStore()
    async with connect(sandbox, token_store=store) as client:
        await client.profile()
    async with connect(sandbox, token_store=store) as client:
        await client.profile()
        assert client.stats.logins == 0
        await client.logout()
        assert await store.load() is None
        await client.profile()
        assert client.stats.logins == 1


async def test_login_opens_a_session_before_the_first_call(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        await client.login()
        assert client.stats.logins == 2
        await client.profile()
        assert client.stats.logins == 2
