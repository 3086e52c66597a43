"""The token pair in Redis: keys, locks that run out, and a Redis that is away."""

from __future__ import annotations

import os
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager

import anyio
import pytest
from cryptography.fernet import Fernet
from redis import Redis

from autoleap import (
    ConfigurationError,
    LockLostError,
    RedisRateLimiter,
    RedisTokenStore,
    Secret,
    TokenStoreError,
)
from autoleap.redis import token_store
from tests.helpers.token_endpoint import ACCESS, KEY, NEWER, PAIR, visible_text

pytestmark = pytest.mark.anyio

PASSWORD = "hunter2-pa55"


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.mark.asyncio_only
async def test_a_pair_that_cannot_be_decrypted_is_none_and_told_in_the_log(
    redis_url: str, redis: Redis, caplog: pytest.LogCaptureFixture
) -> None:
    await RedisTokenStore(redis_url, encryption_key=KEY.decode()).save(PAIR)
    raw = b"".join(redis.dump(key) or b"" for key in redis.scan_iter())
    assert raw
    assert ACCESS.encode() not in raw
    assert await RedisTokenStore(redis_url, encryption_key=Secret(KEY.decode())).load() == PAIR
    for key in (None, Fernet.generate_key()):
        caplog.clear()
        store = RedisTokenStore(redis_url, encryption_key=key)
        assert await store.load() is None
        assert "cannot be read, therefore a login follows" in caplog.text
        assert KEY.decode() not in caplog.text


@pytest.mark.asyncio_only
async def test_a_key_is_replaced_without_a_stop(redis_url: str) -> None:
    old, new = KEY, Fernet.generate_key()

    def store(*keys: bytes) -> RedisTokenStore:
        return RedisTokenStore(redis_url, encryption_key=list(keys))

    # Each step reaches one process before the other.
    for one, other in (([old], [old, new]), ([old, new], [new, old]), ([new, old], [new])):
        for writer, reader in ((one, other), (other, one)):
            await store(*writer).save(PAIR)
            assert await store(*reader).load() == PAIR


@pytest.mark.asyncio_only
async def test_a_pair_vanishes_from_redis_when_it_is_of_no_use_any_more(
    redis_url: str, redis: Redis
) -> None:
    await RedisTokenStore(redis_url).save(PAIR)
    assert 10_700 < int(redis.ttl("autoleap:{autoleap}:pair")) <= 10_800


async def test_names_keep_sessions_apart(redis_url: str) -> None:
    one, other = RedisTokenStore(redis_url, name="one"), RedisTokenStore(redis_url, name="other")
    await one.save(PAIR)
    async with one.lock():
        assert await other.load() is None
        with anyio.fail_after(30):
            async with other.lock():
                pass


@asynccontextmanager
async def run_out(store: RedisTokenStore, redis: Redis) -> AsyncGenerator[None]:
    """Hold a lock for longer than it lasts."""
    async with store.lock():
        redis.delete("autoleap:{autoleap}:lock")
        yield


async def test_a_holder_whose_lock_ran_out_writes_over_nothing_and_releases_nothing(
    redis_url: str, redis: Redis
) -> None:
    slow, next_one = RedisTokenStore(redis_url), RedisTokenStore(redis_url)
    entered, left = anyio.Event(), anyio.Event()

    async def go_on() -> None:
        async with next_one.lock():
            await next_one.save(NEWER)
            entered.set()
            await left.wait()

    async with anyio.create_task_group() as tasks:
        async with run_out(slow, redis):
            tasks.start_soon(go_on)
            await entered.wait()
            for pair in (PAIR, None):
                with pytest.raises(LockLostError, match="ran out"):
                    await slow.save(pair)
        assert redis.exists("autoleap:{autoleap}:lock")
        left.set()
    assert await slow.load() == NEWER
    async with slow.lock():
        await slow.save(PAIR)
    assert await next_one.load() == PAIR


async def test_a_lock_is_kept_alive_while_it_is_held_and_free_in_the_end(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "LOCK_TTL", 3.0)
    async with RedisTokenStore(redis_url).lock():
        before = left = int(redis.pttl("autoleap:{autoleap}:lock"))
        while left <= before:
            before = left
            assert left > 0, "it ran out"
            await anyio.sleep(0.05)
            left = int(redis.pttl("autoleap:{autoleap}:lock"))
    assert not redis.exists("autoleap:{autoleap}:lock")


async def every_use_fails(store: RedisTokenStore) -> list[TokenStoreError]:
    async def lock() -> None:
        async with store.lock():
            pass

    errors: list[TokenStoreError] = []
    for use in (store.load, lambda: store.save(PAIR), lock):
        with anyio.fail_after(60), pytest.raises(TokenStoreError) as caught:
            await use()
        errors.append(caught.value)
    return errors


async def test_without_redis_every_use_fails_with_the_remedy_and_no_password(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(token_store, "TIMEOUT", 0.1)
    monkeypatch.setattr(token_store, "OUTAGE_TIMEOUT", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # it accepts, and never answers
        for port in (1, silent.getsockname()[1]):
            store = RedisTokenStore(f"redis://someone:{PASSWORD}@127.0.0.1:{port}/3")
            assert repr(store) == f"RedisTokenStore('redis://127.0.0.1:{port}/3', name='autoleap')"
            assert PASSWORD not in repr(vars(store))
            for error in await every_use_fails(store):
                assert f"Redis at redis://127.0.0.1:{port}/3 does not respond" in str(error)
                assert "check that it runs, the url and the network" in str(error)
                assert PASSWORD not in visible_text(error)
                assert ACCESS not in visible_text(error)


@pytest.mark.asyncio_only
async def test_a_wrong_password_is_an_error_at_once_and_without_it(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "OUTAGE_TIMEOUT", 1000.0)
    redis.config_set("requirepass", "the-right-one")
    store = RedisTokenStore(redis_url.replace("//", f"//:{PASSWORD}@"))
    for error in await every_use_fails(store):
        assert "refuses the user or the password" in str(error)
        assert PASSWORD not in visible_text(error)


async def test_a_store_works_again_when_redis_is_back(redis_url: str, redis: Redis) -> None:
    store = RedisTokenStore(redis_url)
    await store.save(PAIR)
    redis.client_kill_filter(_type="normal", skipme=True)
    assert await store.load() == PAIR
    await store.aclose()
    assert await store.load() == PAIR


async def test_a_use_waits_until_redis_is_back(redis_url: str, redis: Redis) -> None:
    store = RedisTokenStore(redis_url)
    await store.save(PAIR)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hang, redis, 0.5)
        await anyio.sleep(0.1)
        assert await store.load() == PAIR


async def test_a_lock_that_a_hung_redis_gives_late_is_not_waited_for(
    redis_url: str, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(token_store, "TIMEOUT", 0.2)
    monkeypatch.setattr(token_store, "LOCK_TTL", 60.0)
    store = RedisTokenStore(redis_url)
    await store.save(PAIR)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(hang, redis, 1.5)
        await anyio.sleep(0.1)
        with anyio.fail_after(20):
            # Redis runs the commands of all attempts when it goes on.
            async with store.lock():
                await store.save(NEWER)
    assert await store.load() == NEWER
    with anyio.fail_after(20):
        async with RedisTokenStore(redis_url).lock():
            pass


async def hang(redis: Redis, seconds: float) -> None:
    """Stop the process of a Redis, and let it go on after some seconds."""
    process = int(redis.info("server")["process_id"])
    os.kill(process, signal.SIGSTOP)
    try:
        await anyio.sleep(seconds)
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.mark.parametrize("package", ["redis", "cryptography.fernet"])
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(ConfigurationError, match=r"pip install 'autoleap\[redis\]'"):
        RedisTokenStore("redis://127.0.0.1", encryption_key=KEY)


@pytest.mark.parametrize(
    "url",
    [
        "",
        f"https://:{PASSWORD}@127.0.0.1",
        f"redis://:{PASSWORD}#1@127.0.0.1:6379",
        f"redis://:{PASSWORD}/1@127.0.0.1:6379",
        f"redis://:{PASSWORD}@127.0.0.1:port",
    ],
)
def test_a_url_that_cannot_be_used_is_refused_without_showing_it(url: str) -> None:
    with pytest.raises(ConfigurationError, match="url must be redis://") as caught:
        RedisTokenStore(url)
    assert PASSWORD not in visible_text(caught.value)


@pytest.mark.parametrize(
    "key",
    ["", b"", "short", KEY[:-2], b"\xff" * 44, [], [KEY, ""], [KEY, KEY[:-2]]],
    ids=range(8),
)
def test_an_encryption_key_that_cannot_be_used_is_refused_without_showing_it(
    key: str | bytes | list[str | bytes],
) -> None:
    with pytest.raises(ConfigurationError, match=r"Fernet\.generate_key") as caught:
        RedisTokenStore("redis://127.0.0.1", encryption_key=key)
    assert KEY[:-2].decode() not in visible_text(caught.value)


def test_an_empty_name_is_refused() -> None:
    with pytest.raises(ConfigurationError, match="name must be a str that is not empty"):
        RedisTokenStore("redis://127.0.0.1", name="")


@pytest.mark.parametrize("option", ["ssl_cert_reqs=none", "ssl_check_hostname=false"])
def test_a_certificate_is_checked_unless_both_places_say_otherwise(option: str) -> None:
    url = "rediss://cache.example.com"
    for kind in (RedisTokenStore, RedisRateLimiter):
        with pytest.raises(ConfigurationError, match="whose certificate is not checked"):
            kind(f"{url}?{option}")
        with pytest.raises(ConfigurationError, match="whose certificate is not checked"):
            kind(url, verify=False)
        kind(f"{url}?{option}", verify=False)
        kind(f"{url}?ssl_cert_reqs=required")


@pytest.mark.parametrize(
    ("url", "encrypted", "warned"),
    [
        ("redis://cache.example.com", False, True),
        ("redis://cache.example.com", True, False),
        ("rediss://cache.example.com", False, False),
        ("redis://localhost:6379", False, False),
        ("unix:///run/redis.sock", False, False),
    ],
)
def test_tokens_that_would_travel_in_the_clear_are_warned_of(
    url: str, encrypted: bool, warned: bool, caplog: pytest.LogCaptureFixture
) -> None:
    RedisTokenStore(url, encryption_key=KEY if encrypted else None)
    assert ("tokens travel unencrypted to redis://cache.example.com" in caplog.text) == warned
