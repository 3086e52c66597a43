"""Calls at the moment of a refresh, while the Redis of the token store is away for a short time.

Taken for granted of the server: it revokes the old pair when it hands out the new one.
"""

from __future__ import annotations

import signal
import time

import anyio
import pytest

from autoleap import TokenStoreError
from autoleap.redis import token_store
from autoleap.sandbox import Sandbox
from benchmarks.token_store_outage import (
    Outage,
    Redis,
    expire_session,
    make_client,
    measure,
    running_redis,
)
from tests.helpers.redis_server import PROGRAM

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.skipif(PROGRAM is None, reason="redis-server is not installed"),
]

KILLED = Outage("killed and back", 0.5, Redis.kill, Redis.start)
REFUSED = Outage("refused", 2.0, Redis.kill, Redis.start)


def stop(redis: Redis) -> None:
    redis.send_signal(signal.SIGSTOP)


def go_on(redis: Redis) -> None:
    redis.send_signal(signal.SIGCONT)


HUNG = Outage("hung", 3.0, stop, go_on)


@pytest.mark.parametrize("moment", ["before", "during"])
@pytest.mark.parametrize("outage", [KILLED, REFUSED, HUNG], ids=lambda outage: outage.name)
async def test_no_call_fails_through_a_short_outage(
    outage: Outage, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "TIMEOUT", 0.5)
    result = await measure(outage, moment, 40)
    assert result.errors == {}
    assert result.refreshes + result.logins <= 2


async def test_a_caller_with_a_deadline_does_not_wait_longer(sandbox: Sandbox) -> None:
    with running_redis() as redis:
        async with make_client(sandbox, redis.url) as client:
            await expire_session([client], sandbox, redis.url)
            stop(redis)
            start = time.monotonic()
            with anyio.move_on_after(0.5) as waiting:
                await client.profile()
            waited = time.monotonic() - start
            go_on(redis)
        assert waiting.cancelled_caught
        assert waited < 1.5


async def test_an_outage_without_end_is_an_error_and_no_second_session(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "OUTAGE_TIMEOUT", 0.5)
    with running_redis() as redis:
        async with make_client(sandbox, redis.url) as client:
            await expire_session([client], sandbox, redis.url)
            redis.kill()
            with pytest.raises(TokenStoreError, match="does not respond"):
                await client.profile()
        assert len(sandbox.requests.of("login")) == 1
        assert len(sandbox.requests.of("refreshTokens")) == 0
