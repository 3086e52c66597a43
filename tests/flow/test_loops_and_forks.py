"""A client belongs to one event loop of one process, and refuses to work in another one."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import anyio
import pytest
from anyio import to_thread

from autoleap import (
    AutoLeap,
    ConfigurationError,
    MemoryRateLimiter,
    MemoryTokenStore,
    RateLimits,
)
from autoleap.sandbox import Sandbox
from autoleap_api_client.api.items import list_items
from tests.conftest import Connect
from tests.helpers.transports import GatedTransport
from tests.helpers.waiting import HANG

ROOT = Path(__file__).parents[2]
Use: TypeAlias = Callable[[AutoLeap, str], Awaitable[object]]

both_loops = pytest.mark.parametrize("other", ["asyncio", "trio"])


async def elsewhere(work: Callable[[], Awaitable[object]], backend: str) -> Exception | None:
    """Run some work in a second event loop, while the first runs on; return its error."""

    async def main() -> Exception | None:
        try:
            with anyio.fail_after(HANG):
                await work()
        except Exception as error:
            return error
        return None

    return await to_thread.run_sync(partial(anyio.run, main, backend=backend))


async def facade(client: AutoLeap, company: str) -> object:
    return await client.profile()


async def paged(client: AutoLeap, company: str) -> object:
    return await client.company(company).customers.list(prefetch=2).collect()


async def generated(client: AutoLeap, company: str) -> object:
    return await list_items.asyncio(client=client.api, company_id=company)


async def bulk(client: AutoLeap, company: str) -> object:
    people = [{"firstName": "Ana", "lastName": str(number)} for number in range(5)]
    report = await client.company(company).customers.create(people, batch_size=2)
    assert report.failed == 5
    raise report.failures[0].error or AssertionError("no reason given")


async def log_in(client: AutoLeap, company: str) -> None:
    await client.login()


async def log_out(client: AutoLeap, company: str) -> None:
    await client.logout()


async def close(client: AutoLeap, company: str) -> None:
    await client.aclose()


USES: list[Use] = [facade, paged, generated, bulk, log_in, log_out, close]


@pytest.mark.anyio
@both_loops
@pytest.mark.parametrize("use", USES, ids=lambda use: str(use.__name__))
async def test_a_client_is_refused_in_a_second_loop_and_works_on_in_the_first(
    use: Use, other: str, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.profile()
        arrived = len(sandbox.requests)
        error = await elsewhere(partial(use, client, sandbox.company_id), other)
        assert isinstance(error, ConfigurationError)
        assert "make a client inside each event loop" in str(error)
        assert len(sandbox.requests) == arrived
        await client.profile()
    assert len(sandbox.requests.of("login")) == 1


@pytest.mark.anyio
@both_loops
@pytest.mark.parametrize("use", [log_in, log_out, close], ids=lambda use: use.__name__)
async def test_a_second_loop_does_not_wait_for_a_login_of_the_first(
    use: Use, other: str, sandbox: Sandbox, connect: Connect
) -> None:
    gate = GatedTransport("POST", "/login")
    async with connect(sandbox, http_transport=gate) as client:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.profile)
            await gate.reached.wait()
            error = await elsewhere(partial(use, client, sandbox.company_id), other)
            gate.opened.set()
        assert isinstance(error, ConfigurationError)


def test_a_client_of_module_level_works_in_the_first_run_and_says_why_not_in_the_second(
    sandbox: Sandbox, connect: Connect
) -> None:
    client = connect(sandbox)
    with asyncio.Runner() as first, asyncio.Runner() as second:
        first.run(client.profile())
        with pytest.raises(ConfigurationError, match="another event loop") as caught:
            second.run(client.profile())
        assert (caught.value.method, caught.value.path) == ("GET", "/partners/profile")
        first.run(client.aclose())
        second.run(client.aclose())  # nothing is left to close: no reason to object


@pytest.mark.anyio
@both_loops
async def test_what_is_made_outside_of_a_loop_belongs_to_the_first_that_uses_it(
    other: str, sandbox: Sandbox, connect: Connect
) -> None:
    client = connect(
        sandbox, token_store=MemoryTokenStore(), rate_limiter=MemoryRateLimiter(RateLimits())
    )

    async def work() -> None:
        async with client:
            await client.profile()

    assert await elsewhere(work, other) is None


@pytest.mark.anyio
@both_loops
@pytest.mark.parametrize(
    ("shared", "what"),
    [
        ({"token_store": MemoryTokenStore}, "token store"),
        ({"rate_limiter": partial(MemoryRateLimiter, RateLimits())}, "rate limiter"),
    ],
    ids=["token store", "rate limiter"],
)
async def test_what_keeps_its_state_in_memory_is_refused_to_a_client_of_a_second_loop(
    shared: dict[str, Callable[[], object]],
    what: str,
    other: str,
    sandbox: Sandbox,
    connect: Connect,
) -> None:
    options = {name: make() for name, make in shared.items()}

    async def work() -> None:
        async with connect(sandbox, **options) as client:
            await client.profile()

    await work()
    await work()
    error = await elsewhere(work, other)
    assert isinstance(error, ConfigurationError)
    assert f"make a {what} inside each event loop" in str(error)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_forked_worker_must_make_a_client_and_the_parent_works_on(
    backend: str, sandbox: Sandbox
) -> None:
    environment = os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "COMPANY": sandbox.company_id,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.flow.fork_program", backend]
    ended = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    assert "Traceback" not in ended.stderr
    messages = [json.loads(line) for line in ended.stdout.splitlines()]
    client = "make a client in each worker, after the fork"
    store = "make a token store in each worker, after the fork"
    assert [words for _, words in messages] == [client] * 6 + [store, "works", "parent works"]
    assert len({process for process, _ in messages}) == 2
    assert len(sandbox.requests.of("login")) == 2  # the parent's, and the worker's own client's
