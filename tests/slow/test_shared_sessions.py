"""Many processes of one partner account: one session and one refresh, also after a kill."""

from __future__ import annotations

import os
from pathlib import Path

import anyio
import anyio.to_thread
import pytest
from redis import Redis

from autoleap import AutoLeap, ConfigurationError
from autoleap._auth import manager
from autoleap.sandbox import Fault, Sandbox
from tests.helpers.session_processes import (
    BACKENDS,
    LONG,
    open_expired_session,
    read_line,
    read_results,
    start_processes,
    start_work,
    wait_until,
)
from tests.slow.session_program import store_at


@pytest.fixture(params=["file", "redis"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where the processes share their session."""
    if request.param == "redis":
        url: str = request.getfixturevalue("redis_url")
        return url
    return str(tmp_path / "session.json")


def test_eight_processes_of_50_tasks_on_one_expired_token_make_one_refresh(
    sandbox: Sandbox, place: str
) -> None:
    anyio.run(open_expired_session, sandbox, place)
    with start_processes(sandbox, 8, "call", place, 50) as running:
        start_work(running)
        ended = read_results(running)
    assert [result["met"] for result in ended] == [{"ok": 50}] * 8
    assert sum(result["refreshes"] for result in ended) == 1
    assert sum(result["logins"] for result in ended) == 0
    assert len(sandbox.requests.of("refreshTokens")) == sandbox.counts.refreshes == 1
    assert len(sandbox.requests.of("login")) == 1  # the one that opened the session


def test_processes_share_one_login_and_when_the_server_refuses_the_token_one_refresh(
    sandbox: Sandbox, place: str
) -> None:
    with start_processes(sandbox, 4, "call", place, 20) as running:
        start_work(running[:2])
        ended = read_results(running[:2])
        sandbox.revoke_access_tokens()
        start_work(running[2:])
        ended += read_results(running[2:])
    assert [result["met"] for result in ended] == [{"ok": 20}] * 4
    assert len(sandbox.requests.of("refreshTokens")) == 1
    assert len(sandbox.requests.of("login")) == 1


def test_when_the_holder_is_killed_in_the_middle_of_a_refresh_the_others_log_in_once(
    sandbox: Sandbox, place: str
) -> None:
    # The server has rotated the pair and hangs before it responds: no process gets the new pair.
    anyio.run(open_expired_session, sandbox, place)
    sandbox.set_faults(Fault("hang-after", operation="refreshTokens", times=1, seconds=300))
    with start_processes(sandbox, 3, "call", place, 20) as running:
        holder, others = running[0], running[1:]
        start_work([holder])
        wait_until(lambda: sandbox.counts.refreshes == 1)
        start_work(others)
        holder.kill()
        ended = read_results(others)
    assert [result["met"] for result in ended] == [{"ok": 20}] * 2
    assert len(sandbox.requests.of("login")) == 2


def test_waiting_for_a_held_lock_can_be_cancelled_and_a_killed_holder_blocks_no_process(
    sandbox: Sandbox, place: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manager, "CLOSE_TIMEOUT", 0.1)
    anyio.run(open_expired_session, sandbox, place)
    with start_processes(sandbox, 1, "hold", place, 1.5) as running:
        start_work(running)
        assert read_line(running[0]) == "held"
        for backend in BACKENDS:
            anyio.run(give_up, place, sandbox, backend=backend)
        assert len(sandbox.requests.of("refreshTokens")) == 0
        running[0].kill()
    for backend in BACKENDS:
        anyio.run(call_at_last, place, sandbox, backend=backend)
    assert len(sandbox.requests.of("refreshTokens")) == 1
    assert len(sandbox.requests.of("login")) == 1


@pytest.mark.anyio
async def test_two_clients_of_one_process_share_the_session_of_one_file(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    place = str(tmp_path / "session.json")
    await open_expired_session(sandbox, place)
    async with client_at(place, sandbox) as one, client_at(place, sandbox) as other:
        async with anyio.create_task_group() as tasks:
            for client in (one, other) * 20:
                tasks.start_soon(client.profile)
        assert one.stats.refreshes + other.stats.refreshes == 1
    assert len(sandbox.requests.of("login")) == 1


@pytest.mark.anyio
async def test_a_holder_whose_lock_ran_out_takes_the_pair_of_the_next_one(
    sandbox: Sandbox, redis_url: str
) -> None:
    store = await open_expired_session(sandbox, redis_url)
    sandbox.set_faults(Fault("hang-after", operation="refreshTokens", times=1, seconds=2))
    async with (
        client_at(redis_url, sandbox) as slow,
        client_at(redis_url, sandbox) as next_one,
        anyio.create_task_group() as tasks,
    ):
        tasks.start_soon(slow.profile)
        await anyio.to_thread.run_sync(wait_until, lambda: sandbox.counts.refreshes == 1)
        with Redis.from_url(redis_url) as redis:
            redis.delete("autoleap:{autoleap}:lock")  # as if it had stood still for long
        await next_one.profile()
        newest = await store.load()
    assert await store.load() == newest
    assert (slow.stats.logins, next_one.stats.logins) == (0, 1)


@pytest.mark.anyio
async def test_a_torn_file_costs_a_login_and_no_call(sandbox: Sandbox, tmp_path: Path) -> None:
    place = tmp_path / "session.json"
    await open_expired_session(sandbox, str(place))
    os.truncate(place, 60)
    for _ in range(2):
        async with client_at(str(place), sandbox) as client:
            await client.profile()
    assert len(sandbox.requests.of("login")) == 2


@pytest.mark.anyio
async def test_a_session_of_another_server_is_refused_and_left_alone(
    sandbox: Sandbox, tmp_path: Path
) -> None:
    place = str(tmp_path / "session.json")
    async with client_at(place, sandbox) as client, Sandbox(limits=None) as elsewhere:
        await client.profile()
        async with client_at(place, elsewhere) as other:
            for use in (other.profile, other.login, other.logout):
                with pytest.raises(ConfigurationError, match="use one token store for each"):
                    await use()
        assert len(elsewhere.requests) == 0
    async with client_at(place, sandbox) as client:
        await client.profile()
    assert len(sandbox.requests.of("login")) == 1


def client_at(place: str, sandbox: Sandbox) -> AutoLeap:
    return AutoLeap(
        sandbox.partner_id,
        sandbox.auth_key,
        base_url=sandbox.base_url,
        token_store=store_at(place),
    )


async def give_up(place: str, sandbox: Sandbox) -> None:
    """Cancel callers that wait, and close the client while its refresh still waits."""
    async with client_at(place, sandbox) as client:
        with anyio.move_on_after(0.2) as waiting:
            async with anyio.create_task_group() as tasks:
                for _ in range(10):
                    tasks.start_soon(client.profile)
    assert waiting.cancelled_caught


async def call_at_last(place: str, sandbox: Sandbox) -> None:
    async with client_at(place, sandbox) as client:
        with anyio.fail_after(LONG):
            await client.profile()
