"""The token pair's life, against a server that enforces it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import anyio
import httpx
import pytest

from autoleap import AuthenticationError, AutoLeap, MemoryTokenStore, TokenPair
from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect
from tests.helpers.sessions import aged, expired_session
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
        store = await expired_session(sandbox, connect)
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


async def test_cancelling_the_caller_who_started_the_refresh_leaves_the_others_alone(
    connect: Connect,
) -> None:
    with Sandbox(limits=None, latency=0.2) as sandbox:
        store = await expired_session(sandbox, connect)
        async with connect(sandbox, token_store=store) as client:
            met: list[str] = []
            async with anyio.create_task_group() as tasks:
                leader = anyio.CancelScope()

                async def lead() -> None:
                    with leader:
                        await client.profile()
                        met.append("leader")

                tasks.start_soon(lead)
                await anyio.wait_all_tasks_blocked()
                tasks.start_soon(collect, client, met)
                await anyio.sleep(0.1)
                leader.cancel()
            assert leader.cancelled_caught
            assert met == ["ok"] * 20
        assert len(sandbox.requests.of("refreshTokens")) == 1
        assert len(sandbox.requests.of("login")) == 1


async def collect(client: AutoLeap, met: list[str]) -> None:
    met += await call_many(client, 20)


async def test_a_rotated_pair_is_kept_though_every_caller_was_cancelled(connect: Connect) -> None:
    with Sandbox(limits=None, latency=0.2) as sandbox:
        store = await expired_session(sandbox, connect)
        before = await store.load()
        async with connect(sandbox, token_store=store) as client:
            with anyio.move_on_after(0.1):
                await client.profile()
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
    await aged(store, 3600 - 120)  # two minutes to live, less than the time to refresh ahead
    sandbox.set_faults(Fault("hang-before", operation="refreshTokens", seconds=1.0))
    async with connect(sandbox, token_store=store) as client:
        for _ in range(3):  # the first takes up the kept pair
            await client.profile()
        assert client.stats.refreshes == 0
        await until(lambda: bool(sandbox.requests.of("refreshTokens")))
        sandbox.set_faults()


async def test_refused_credentials_are_tried_once_and_told_to_all(sandbox: Sandbox) -> None:
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
