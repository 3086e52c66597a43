"""What every token store that processes share promises."""

from __future__ import annotations

import pickle
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

import anyio
import anyio.to_thread
import pytest

from autoleap import FileTokenStore, RedisTokenStore, TokenStore, TokenStoreError
from autoleap._auth import locking
from tests.helpers.token_endpoint import ACCESS, KEY, NEWER, PAIR, REFRESH

pytestmark = pytest.mark.anyio

Open = Callable[[], TokenStore]


@pytest.fixture(params=["file", "redis", "redis, encrypted"])
def opened(request: pytest.FixtureRequest, tmp_path: Path) -> Open:
    """Opens the same store, each time as another process would."""
    if request.param == "file":
        return lambda: FileTokenStore(tmp_path / "session.json")
    url: str = request.getfixturevalue("redis_url")
    key = KEY if "encrypted" in request.param else None
    return lambda: RedisTokenStore(url, encryption_key=key)


async def test_what_one_process_saves_another_loads(opened: Open) -> None:
    assert await opened().load() is None
    await opened().save(PAIR)
    assert await opened().load() == PAIR
    await opened().save(NEWER)
    assert await opened().load() == NEWER
    await opened().save(None)
    await opened().save(None)
    assert await opened().load() is None


async def test_tasks_and_stores_exclude_each_other(opened: Open) -> None:
    stores, inside, most = [opened(), opened()], 0, 0

    async def work(store: TokenStore) -> None:
        nonlocal inside, most
        async with store.lock():
            inside += 1
            most = max(most, inside)
            await store.load()
            await store.save(PAIR)
            inside -= 1

    with anyio.fail_after(60):
        async with anyio.create_task_group() as tasks:
            for store in stores * 4:
                tasks.start_soon(work, store)
    assert most == 1


async def test_a_waiter_that_gives_up_leaves_the_lock_to_others(opened: Open) -> None:
    store = opened()
    for other in (store, opened()):
        async with store.lock():
            with anyio.move_on_after(0.15) as waiting:
                async with other.lock():
                    pass
        assert waiting.cancelled_caught
        with anyio.fail_after(30):
            async with other.lock():
                pass


async def test_a_lock_is_free_again_after_an_error_under_it(opened: Open) -> None:
    store = opened()
    with pytest.raises(ZeroDivisionError):
        async with store.lock():
            raise ZeroDivisionError
    with anyio.fail_after(30):
        async with store.lock():
            pass


async def test_waiting_for_a_lock_that_is_never_free_ends_with_the_remedy(
    opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(locking, "LOCK_TIMEOUT", 0.1)
    async with opened().lock():
        with pytest.raises(TokenStoreError, match="end the process that hangs"):
            async with opened().lock():
                pass


async def test_a_store_works_while_the_applications_threads_are_all_busy(opened: Open) -> None:
    # Handlers in threads may be waiting for the very token that the store is asked for.
    limiter, done = anyio.to_thread.current_default_thread_limiter(), threading.Event()
    before, limiter.total_tokens = limiter.total_tokens, 1
    try:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(partial(anyio.to_thread.run_sync, done.wait))
            await anyio.wait_all_tasks_blocked()
            try:
                with anyio.fail_after(30):
                    async with opened().lock():
                        assert await opened().load() is None
            finally:
                done.set()
    finally:
        limiter.total_tokens = before


async def test_a_store_shows_no_token_and_a_pair_is_not_pickled(opened: Open) -> None:
    store = opened()
    await store.save(PAIR)
    pair = await store.load()
    text = f"{store!r} {store} {vars(store)!r} {pair!r}"
    assert ACCESS not in text
    assert REFRESH not in text
    assert KEY.decode() not in text
    with pytest.raises(TypeError, match="Secret"):
        pickle.dumps(pair)
