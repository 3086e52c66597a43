"""The token manager and a store that others use: that fails, moves on, or is not ours."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio
import pytest
from attrs import define, evolve, field

from autoleap import (
    APIConnectionError,
    ConfigurationError,
    LockLostError,
    MemoryTokenStore,
    Secret,
    TokenPair,
    TokenStoreError,
)
from autoleap._auth.manager import TokenManager
from autoleap._instrumentation import EventDispatcher
from tests.helpers.token_endpoint import HOUR, FakeTokenEndpoint
from tests.unit.auth.test_manager import errors_of, refusal

pytestmark = pytest.mark.anyio


class StrangeError(Exception):
    """An error of a store that a program defines."""


@define(eq=False)
class Shared(MemoryTokenStore):
    """A store with failures that a test sets, and with pairs that another process saves.

    Attributes:
        fails: What to raise, by the name of what is asked: "load", "save", "lock".
        asked: What was asked.
        loses_lock: How many saves more find that the lock ran out.
        meanwhile: What another process has saved by the time it runs out.
        loses_pair: Whether the store is empty by then.
        saves_when: An event that a save waits for.
    """

    fails: dict[str, Exception] = field(factory=dict[str, Exception])
    asked: list[str] = field(factory=list[str])
    loses_lock: int = 0
    meanwhile: TokenPair | None = None
    loses_pair: bool = False
    saves_when: anyio.Event | None = None

    def __attrs_pre_init__(self) -> None:
        super().__init__()

    def _note(self, what: str) -> None:
        self.asked.append(what)
        if what in self.fails:
            raise self.fails[what]

    async def load(self) -> TokenPair | None:
        self._note("load")
        return await super().load()

    async def save(self, pair: TokenPair | None) -> None:
        self._note("save")
        if self.saves_when is not None:
            await self.saves_when.wait()
        if self.loses_lock:
            self.loses_lock -= 1
            kept = None if self.loses_pair else await super().load()
            await super().save(self.meanwhile or kept)
            raise LockLostError("it ran out")
        await super().save(pair)

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        self._note("lock")
        async with super().lock():
            yield


@pytest.fixture
def endpoint() -> FakeTokenEndpoint:
    return FakeTokenEndpoint()


@pytest.fixture
def store() -> Shared:
    return Shared()


def another_process(
    endpoint: FakeTokenEndpoint, store: Shared, account: str | None = None
) -> TokenManager:
    return TokenManager(store, endpoint, EventDispatcher(), endpoint.clock, account=account)


@pytest.fixture
def manager(endpoint: FakeTokenEndpoint, store: Shared) -> TokenManager:
    return another_process(endpoint, store)


AWAY = TokenStoreError("Redis does not respond")


@pytest.mark.parametrize("error", [AWAY, StrangeError("boom")])
@pytest.mark.parametrize("failing", ["lock", "load"])
async def test_a_store_that_cannot_be_read_fails_all_callers_without_a_login(
    failing: str,
    error: Exception,
    endpoint: FakeTokenEndpoint,
    store: Shared,
    manager: TokenManager,
) -> None:
    store.fails[failing] = error
    met: list[Exception] = []

    async def call() -> None:
        with pytest.raises(type(error)) as caught:
            await manager.get_token()
        met.append(caught.value)

    for _ in range(3):
        async with anyio.create_task_group() as tasks:
            for _ in range(200):
                tasks.start_soon(call)
    assert len(met) == 600
    assert store.asked.count(failing) == 3
    assert endpoint.asked == []
    store.fails.clear()
    assert (await manager.get_token()).reveal() == "access 1"


@pytest.mark.parametrize("error", [AWAY, StrangeError("boom")])
async def test_a_pair_that_the_store_did_not_keep_serves_and_is_saved_later(
    error: Exception, endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.fails["save"] = error
    for _ in range(5):
        assert (await manager.get_token()).reveal() == "access 1"
        await anyio.wait_all_tasks_blocked()
    assert store.asked.count("save") == 1
    store.fails.clear()
    endpoint.now += 5.1
    assert (await manager.get_token()).reveal() == "access 1"
    await anyio.wait_all_tasks_blocked()
    assert (pair := await store.load()) is not None
    assert pair.access.reveal() == "access 1"
    assert endpoint.asked == ["login"]


async def test_a_rotated_pair_that_the_store_did_not_keep_is_not_lost(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    await store.save(endpoint.pair())
    endpoint.now += HOUR
    store.fails["save"] = AWAY
    for _ in range(5):
        assert (await manager.get_token()).reveal() == "access 2"
    endpoint.now += HOUR  # it died while the store was away; its refresh token has not
    store.fails.clear()
    assert (await manager.get_token()).reveal() == "access 3"
    assert endpoint.asked == ["refresh 1", "refresh 2"]


async def test_a_pair_that_the_store_did_not_keep_gives_way_to_the_one_of_another_process(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.fails["save"] = AWAY
    await manager.get_token()
    store.fails.clear()
    await store.save(endpoint.pair())
    endpoint.now += 5.1
    await manager.get_token()
    await anyio.wait_all_tasks_blocked()
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login"]


async def test_a_refused_token_that_the_store_did_not_keep_is_renewed(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.fails["save"] = AWAY
    refused = await manager.get_token()
    assert (await manager.refresh_after_401(refused)).reveal() == "access 2"
    endpoint.now += 5.1
    await manager.get_token()  # it starts to save the pair again
    assert (await manager.refresh_after_401(Secret("access 2"))).reveal() == "access 3"


async def test_an_explicit_login_does_not_return_the_pair_that_the_store_did_not_keep(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.fails["save"] = AWAY
    await manager.get_token()
    await manager.login()
    assert (await manager.get_token()).reveal() == "access 2"


async def test_callers_use_the_new_pair_while_the_store_takes_long_to_save_it(
    endpoint: FakeTokenEndpoint,
    store: Shared,
    manager: TokenManager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("autoleap._auth.manager.SAVE_TIMEOUT", 0.05)
    store.saves_when = anyio.Event()
    with anyio.fail_after(10):
        assert await errors_of(manager.get_token, 20) == []
        assert (await manager.get_token()).reveal() == "access 1"
    assert await store.load() is None
    store.saves_when.set()
    await manager.aclose()
    assert await store.load() is not None
    assert endpoint.asked == ["login"]


async def test_a_call_with_a_slot_takes_the_pair_that_the_store_has_not_saved_yet(
    endpoint: FakeTokenEndpoint,
    store: Shared,
    manager: TokenManager,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("autoleap._auth.manager.SAVE_TIMEOUT", 0.05)
    old = await manager.get_token()
    endpoint.now += HOUR
    store.saves_when = anyio.Event()
    with anyio.fail_after(10):
        assert (await manager.get_token()).reveal() == "access 2"
        assert manager.current_token() == Secret("access 2")
        assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    store.saves_when.set()
    await manager.aclose()
    assert endpoint.asked == ["login", "refresh 1"]


async def test_a_pair_that_expired_while_the_store_was_away_serves_no_caller(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.fails["save"] = AWAY
    await manager.get_token()
    endpoint.now += HOUR
    store.fails["lock"] = AWAY
    with pytest.raises(TokenStoreError):
        await manager.get_token()


async def test_a_store_that_comes_back_empty_gets_the_pair_without_a_login(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    old = await manager.get_token()
    store.loses_lock, store.loses_pair = 1, True
    assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    assert (pair := await store.load()) is not None
    assert pair.access.reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1"]


async def test_a_store_that_is_away_while_the_token_still_serves_is_asked_now_and_then(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR - 200
    store.fails["lock"], store.asked = StrangeError("boom"), []
    for _ in range(50):
        assert (await manager.get_token()).reveal() == "access 1"
        await anyio.wait_all_tasks_blocked()
    endpoint.now += 5.1
    await manager.get_token()
    await anyio.wait_all_tasks_blocked()
    assert store.asked == ["lock", "lock"]


async def test_a_holder_that_lost_its_lock_takes_what_the_next_one_has_stored(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    old = await manager.get_token()
    store.loses_lock, store.meanwhile = 1, evolve(endpoint.pair(), obtained_at=endpoint.now + 1)
    assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    assert (await store.load()) == store.meanwhile
    assert endpoint.asked == ["login", "refresh 1"]


async def test_a_holder_whose_lost_lock_is_free_stores_its_pair_after_all(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    old = await manager.get_token()
    store.loses_lock = 1
    assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    assert (pair := await store.load()) is not None
    assert pair.access.reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1"]


async def test_a_lock_that_is_lost_again_and_again_is_an_error_and_not_a_loop(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    store.loses_lock = 1000
    assert [type(error) for error in await errors_of(manager.get_token, 20)] == [LockLostError] * 20
    store.loses_lock = 0
    assert (await manager.get_token()).reveal() == "access 1"
    assert endpoint.asked == ["login"]


async def test_a_newer_pair_of_another_process_is_taken_ahead_of_the_end_too(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR - 200
    await another_process(endpoint, store).login()
    assert (await manager.get_token()).reveal() == "access 1"
    await anyio.wait_all_tasks_blocked()
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "login"]


async def test_the_killed_holders_pair_is_given_up_for_one_login(
    endpoint: FakeTokenEndpoint, store: Shared
) -> None:
    processes = [another_process(endpoint, store) for _ in range(5)]
    for process in processes:
        await process.get_token()
    # The server has rotated the pair for a process that was killed.
    endpoint.now += HOUR
    endpoint.refresh_fails = refusal()
    async with anyio.create_task_group() as tasks:
        for process in processes:
            tasks.start_soon(process.get_token)
    assert endpoint.asked == ["login", "refresh 1", "login"]


async def test_another_accounts_session_is_neither_used_nor_written_over(
    endpoint: FakeTokenEndpoint, store: Shared
) -> None:
    await another_process(endpoint, store, account="one").get_token()
    theirs = await store.load()
    other = another_process(endpoint, store, account="other")
    for use in (other.get_token, other.login, other.current_refresh_token, other.clear_session):
        with pytest.raises(ConfigurationError, match="session of one, and this client is other"):
            await use()
    assert await store.load() == theirs
    assert endpoint.asked == ["login"]


async def test_another_accounts_session_that_has_ended_is_replaced(
    endpoint: FakeTokenEndpoint, store: Shared
) -> None:
    await another_process(endpoint, store, account="one").get_token()
    endpoint.now += 3 * HOUR
    other = another_process(endpoint, store, account="other")
    assert (await other.get_token()).reveal() == "access 2"
    assert (pair := await store.load()) is not None
    assert pair.account == "other"
    assert endpoint.asked == ["login", "login"]


async def test_a_session_that_names_no_account_is_used(
    endpoint: FakeTokenEndpoint, store: Shared
) -> None:
    await store.save(endpoint.pair())
    assert (
        await another_process(endpoint, store, account="one").get_token()
    ).reveal() == "access 1"


async def test_a_logout_leaves_the_session_that_another_process_has_opened_since(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    await manager.get_token()
    await another_process(endpoint, store).login()
    await manager.clear_session()
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "login"]


async def test_a_process_that_cannot_log_in_finds_the_session_that_another_could_open(
    endpoint: FakeTokenEndpoint, store: Shared, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal(APIConnectionError)
    with pytest.raises(APIConnectionError):
        await manager.get_token()
    endpoint.login_fails = None
    await another_process(endpoint, store).get_token()
    assert (await manager.get_token()).reveal() == "access 1"
