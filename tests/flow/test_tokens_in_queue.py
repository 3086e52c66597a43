"""Tokens of calls that wait for a slot: each attempt has the token that is valid at that time."""

from __future__ import annotations

from contextlib import suppress

import anyio
import httpx
import pytest

from autoleap import AuthenticationError, AutoLeap, AutoLeapError, RateLimits
from autoleap.sandbox import Sandbox
from tests.conftest import Connect
from tests.helpers.every_verb import APPOINTMENT
from tests.helpers.sessions import open_expired_session
from tests.helpers.waiting import HANG

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("access_ttl", [1.1, 1.6])
async def test_calls_that_wait_longer_than_a_token_lives_are_sent_with_a_valid_token(
    access_ttl: float, connect: Connect
) -> None:
    limits = RateLimits(get=20, per=0.5)
    with Sandbox(limits={"GET": 20}, per=0.5, access_ttl=access_ttl) as sandbox:
        async with connect(sandbox, limits=limits) as client:
            await client.profile()
            async with anyio.create_task_group() as tasks:
                for _ in range(80):
                    tasks.start_soon(client.profile)
        reads = sandbox.requests.of("getProfile")
        assert sum(read.status == 200 for read in reads) == 81
        # The token may expire while these are on the wire, and no others.
        assert sum(read.status == 401 for read in reads) <= 20


async def test_a_write_whose_token_expired_in_the_queue_leaves_the_only_slot_to_the_refresh(
    connect: Connect,
) -> None:
    limits = RateLimits(post=1, per=0.3)
    with Sandbox(limits={"POST": 1}, per=0.3, access_ttl=0.5) as sandbox:
        async with connect(sandbox, limits=limits) as client:
            shop = client.company(sandbox.company_id, sandbox.location_id)
            await client.login()
            with anyio.fail_after(HANG):
                async with anyio.create_task_group() as tasks:
                    for _ in range(4):
                        tasks.start_soon(shop.appointment_requests.create, APPOINTMENT)
            assert client.stats.rate_limited == 0
        created = sandbox.requests.of("createAppointmentRequest")
        assert [request.status for request in created].count(200) == 4


class ReplacingTransport(httpx.AsyncHTTPTransport):
    """Fails the first read, and replaces the session before the retry."""

    client: AutoLeap | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "GET" and self.client is not None:
            client, self.client = self.client, None
            await client.login()
            raise httpx.ConnectError("down")
        return await super().handle_async_request(request)


async def test_each_attempt_has_the_token_that_is_valid_when_it_is_sent(
    sandbox: Sandbox, connect: Connect
) -> None:
    transport = ReplacingTransport()
    async with connect(sandbox, http_transport=transport) as client:
        await client.profile()
        sandbox.revoke_access_tokens()
        sandbox.forget_requests()
        transport.client = client
        await client.profile()
    assert [read.status for read in sandbox.requests.of("getProfile")] == [200]


async def test_no_call_queues_when_no_token_can_be_had(sandbox: Sandbox) -> None:
    limits = RateLimits(get=1)
    async with AutoLeap(
        sandbox.partner_id, "wrong", base_url=sandbox.base_url, limits=limits
    ) as client:
        for _ in range(3):
            with pytest.raises(AuthenticationError):
                await client.profile()
        assert client.stats.waited == 0
    assert sandbox.requests.of("getProfile") == []


async def test_tokens_that_expire_at_once_do_not_hold_a_call_back_for_ever(
    connect: Connect,
) -> None:
    with Sandbox(limits=None, access_ttl=0.002) as sandbox:
        async with connect(sandbox) as client:
            with anyio.fail_after(HANG), suppress(AutoLeapError):
                await client.profile()
        assert len(sandbox.requests) <= 20


async def test_an_unused_slot_is_free_at_once(sandbox: Sandbox, connect: Connect) -> None:
    store = await open_expired_session(sandbox, connect)
    async with connect(sandbox, token_store=store, limits=RateLimits(get=1)) as client:
        await client.profile()
        assert client.stats.waits == 0
