"""Which token is handed out, and what is asked of the server for it; the clock is the test's."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from autoleap import (
    APIConnectionError,
    AuthenticationError,
    BadRequestError,
    MemoryTokenStore,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ResponseDecodeError,
    ServerError,
    TokenPair,
)
from autoleap._auth.manager import TokenManager
from autoleap._auth.tokens import ACCESS_TOKEN_TTL, make_token_pair
from autoleap._instrumentation import EventDispatcher
from autoleap.errors import AutoLeapError
from tests.helpers.token_endpoint import HOUR, FakeTokenEndpoint

pytestmark = pytest.mark.anyio


@pytest.fixture
def endpoint() -> FakeTokenEndpoint:
    return FakeTokenEndpoint()


@pytest.fixture
def store() -> MemoryTokenStore:
    return MemoryTokenStore()


@pytest.fixture
def manager(endpoint: FakeTokenEndpoint, store: MemoryTokenStore) -> TokenManager:
    return TokenManager(store, endpoint, EventDispatcher(), endpoint.clock)


def refusal(kind: type[AutoLeapError] = AuthenticationError) -> AutoLeapError:
    error = kind("401: Invalid partner credentials")
    error.method, error.path, error.status, error.attempts = "POST", "/partners/login", 401, 1
    return error


async def errors_of(work: Callable[[], Awaitable[object]], times: int) -> list[BaseException]:
    """What as many callers at once meet."""
    met: list[BaseException] = []

    async def call() -> None:
        try:
            await work()
        except AutoLeapError as error:
            met.append(error)

    async with anyio.create_task_group() as tasks:
        for _ in range(times):
            tasks.start_soon(call)
    return met


@pytest.mark.parametrize(
    "refused", [BadRequestError, AuthenticationError, PermissionDeniedError, RejectedError]
)
async def test_a_refused_refresh_leads_to_one_login(
    refused: type[AutoLeapError], endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR
    endpoint.refresh_fails = refusal(refused)
    assert await errors_of(manager.get_token, 20) == []
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1", "login"]


@pytest.mark.parametrize("lost", [OutcomeUnknownError, ResponseDecodeError, ServerError])
async def test_a_refresh_whose_answer_is_lost_leads_to_a_login(
    lost: type[AutoLeapError], endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR
    endpoint.refresh_fails = lost("no answer")
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1", "login"]


@pytest.mark.parametrize("passing", [RateLimitError, APIConnectionError])
async def test_a_refresh_that_did_not_happen_keeps_the_session_for_the_next_try(
    passing: type[AutoLeapError], endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR
    endpoint.refresh_fails = passing("not now")
    with pytest.raises(passing):
        await manager.get_token()
    endpoint.refresh_fails = None
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1", "refresh 1"]


async def test_a_refresh_token_that_is_past_its_life_is_not_tried(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += 3 * HOUR
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "login"]


async def test_a_refused_login_raises_in_every_caller_and_is_not_repeated_for_a_minute(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal()
    assert len(await errors_of(manager.get_token, 20)) == 20
    endpoint.now += 59.9
    assert len(await errors_of(manager.get_token, 20)) == 20
    assert endpoint.asked == ["login"]
    endpoint.now += 0.2
    assert len(await errors_of(manager.get_token, 20)) == 20
    assert endpoint.asked == ["login", "login"]


async def test_credentials_that_work_again_after_the_minute_are_used(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal()
    await errors_of(manager.get_token, 1)
    endpoint.login_fails = None
    endpoint.now += 60.1
    assert (await manager.get_token()).reveal() == "access 1"


async def test_an_explicit_login_does_not_wait_for_the_minute(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal()
    await errors_of(manager.get_token, 1)
    endpoint.login_fails = None
    await manager.login()
    assert (await manager.get_token()).reveal() == "access 1"


async def test_a_refused_login_says_what_to_check_and_which_call_it_was(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal(BadRequestError)
    with pytest.raises(AuthenticationError, match="check partner_id and auth_key") as caught:
        await manager.get_token()
    assert (caught.value.method, caught.value.path) == ("POST", "/partners/login")
    assert (caught.value.status, caught.value.attempts) == (401, 1)


@pytest.mark.parametrize("passing", [ServerError, RateLimitError, APIConnectionError])
async def test_a_login_that_fails_for_another_reason_is_asked_again_at_once(
    passing: type[AutoLeapError], endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = passing("not now")
    with pytest.raises(passing):
        await manager.get_token()
    endpoint.login_fails = None
    assert (await manager.get_token()).reveal() == "access 1"


async def test_each_waiter_gets_an_error_of_its_own_that_says_the_same(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    endpoint.login_fails = refusal()
    met = await errors_of(manager.get_token, 10)
    assert len({id(error) for error in met}) == 10
    assert len({(str(error), repr(vars(error))) for error in met}) == 1
    assert {type(error) for error in met} == {AuthenticationError}


async def test_an_early_refresh_that_fails_leaves_the_old_token_in_use(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.refresh_fails = APIConnectionError("down")
    endpoint.now += HOUR - 200
    for _ in range(5):
        assert (await manager.get_token()).reveal() == "access 1"
        await anyio.wait_all_tasks_blocked()
    assert endpoint.asked == ["login", "refresh 1"]


async def test_an_early_refresh_that_failed_is_tried_again_a_little_later(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.refresh_fails = APIConnectionError("down")
    endpoint.now += HOUR - 200
    await manager.get_token()
    await anyio.wait_all_tasks_blocked()
    endpoint.refresh_fails = None
    endpoint.now += 5.1
    assert (await manager.get_token()).reveal() == "access 1"
    await anyio.wait_all_tasks_blocked()
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1", "refresh 1"]


async def test_credentials_withdrawn_during_an_early_refresh_leave_the_old_token_in_use(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.refresh_fails = endpoint.login_fails = refusal()
    endpoint.now += HOUR - 30
    for _ in range(5):
        assert (await manager.get_token()).reveal() == "access 1"
        await anyio.wait_all_tasks_blocked()
    assert endpoint.asked == ["login", "refresh 1", "login"]
    endpoint.now += 30
    with pytest.raises(AuthenticationError):
        await manager.get_token()
    assert endpoint.asked == ["login", "refresh 1", "login"]


async def test_a_fresh_token_asks_nothing(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    for _ in range(5):
        await manager.get_token()
        endpoint.now += 600
    assert endpoint.asked == ["login"]


async def test_a_stored_pair_is_used_without_a_login(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    await store.save(endpoint.pair())
    assert (await manager.get_token()).reveal() == "access 1"
    assert endpoint.asked == []


async def test_a_pair_another_user_stored_is_taken_instead_of_refreshing(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    await manager.get_token()
    endpoint.now += HOUR
    await store.save(endpoint.pair())
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login"]


async def test_a_refused_token_is_exchanged_for_the_one_another_user_stored(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    refused = await manager.get_token()
    await store.save(endpoint.pair())
    assert (await manager.refresh_after_401(refused)).reveal() == "access 2"
    assert endpoint.asked == ["login"]


async def test_a_dead_pair_in_the_store_is_refreshed_with_its_own_refresh_token(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    await manager.get_token()
    await store.save(endpoint.pair())
    endpoint.now += HOUR
    assert (await manager.get_token()).reveal() == "access 3"
    assert endpoint.asked == ["login", "refresh 2"]


async def test_a_refused_token_that_was_replaced_meanwhile_asks_nothing(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    old = await manager.get_token()
    assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    assert (await manager.refresh_after_401(old)).reveal() == "access 2"
    assert endpoint.asked == ["login", "refresh 1"]


async def test_callers_whose_token_was_refused_share_one_refresh(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    old = await manager.get_token()
    assert await errors_of(lambda: manager.refresh_after_401(old), 50) == []
    assert endpoint.asked == ["login", "refresh 1"]


async def test_the_new_pair_is_in_the_store_though_every_caller_gave_up(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    endpoint.closed = anyio.Event()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(manager.get_token)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert await store.load() is None
    endpoint.closed.set()
    await manager.aclose()
    assert (pair := await store.load()) is not None
    assert pair.access.reveal() == "access 1"
    assert (await manager.get_token()).reveal() == "access 1"
    assert endpoint.asked == ["login"]


async def test_a_forgotten_session_is_gone_from_the_store_and_the_next_call_logs_in(
    endpoint: FakeTokenEndpoint, store: MemoryTokenStore, manager: TokenManager
) -> None:
    await manager.get_token()
    await manager.clear_session()
    assert await store.load() is None
    assert (await manager.get_token()).reveal() == "access 2"
    assert endpoint.asked == ["login", "login"]


async def test_many_logins_asked_for_at_once_share_the_one_that_is_next(
    endpoint: FakeTokenEndpoint, manager: TokenManager
) -> None:
    assert await errors_of(manager.login, 10) == []
    assert len(endpoint.asked) <= 2  # the one that was under way, and one more for all the others


def test_a_life_longer_than_a_float_can_tell_is_no_life() -> None:
    claims = json.dumps({"iat": 0, "exp": 10**400}).encode()
    token = f"a.{base64.urlsafe_b64encode(claims).decode()}.c"
    assert make_token_pair(token, "refresh", 0.0).expires_at == ACCESS_TOKEN_TTL


class StoreDownError(Exception):
    """An error of a token store that a program defines."""

    def __init__(self, host: str, *, port: int) -> None:
        super().__init__(f"{host}:{port} does not respond")
        self.host, self.port = host, port


class Broken(MemoryTokenStore):
    async def load(self) -> TokenPair | None:
        raise StoreDownError("redis", port=6379)


@pytest.mark.anyio
async def test_an_error_of_the_token_store_comes_up_as_it_is() -> None:
    manager = TokenManager(Broken(), FakeTokenEndpoint(), EventDispatcher(), lambda: 0.0)
    with pytest.raises(StoreDownError, match="redis:6379 does not respond"):
        await manager.get_token()


class Shared(MemoryTokenStore):
    """A store that is empty at first, and says so as containers do."""

    def __len__(self) -> int:
        return 0

    @asynccontextmanager
    async def lock(self) -> AsyncIterator[None]:
        yield


def test_a_token_store_that_is_empty_is_not_replaced() -> None:
    from autoleap import AutoLeap

    store = Shared()
    assert AutoLeap("p", "k", token_store=store)._token_manager._store is store
