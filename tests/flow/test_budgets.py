"""Budgets, as the server saw them."""

from __future__ import annotations

import anyio
import pytest

from autoleap import MemoryRateLimiter, RateLimits
from autoleap.sandbox import Fault, Sandbox

from ..conftest import Connect

pytestmark = pytest.mark.anyio

LIMIT, PER = 30, 1.5


async def test_300_reads_at_once_fill_the_budget_and_never_pass_it(connect: Connect) -> None:
    with Sandbox(limits={"GET": LIMIT}, per=PER) as sandbox:
        limits = RateLimits(get=LIMIT, per=PER)
        async with connect(sandbox, limits=limits) as client:
            async with anyio.create_task_group() as tasks:
                for _ in range(300):
                    tasks.start_soon(client.profile)
            assert client.stats.rate_limited == 0
            assert client.stats.waits >= 270
        arrivals = sorted(record.at for record in sandbox.requests.of("getProfile"))
        assert len(arrivals) == 300
        pairs = zip(arrivals, arrivals[LIMIT:], strict=False)
        assert min(later - earlier for earlier, later in pairs) >= PER
        # Ten windows' worth of calls take nine windows when none of the budget is wasted.
        used = 9 * PER / (arrivals[-1] - arrivals[0])
        assert used >= 0.95


async def test_a_429_holds_back_all_calls_of_that_method(
    sandbox: Sandbox, connect: Connect
) -> None:
    limits = RateLimits(get=1000, per=60.0)
    async with connect(sandbox, limits=limits) as client:
        await client.profile()
        sandbox.set_faults(Fault("429", method="GET", times=1, retry_after=1))
        sandbox.forget_requests()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.profile)
            await anyio.sleep(0.3)
            for _ in range(10):
                tasks.start_soon(client.profile)
        arrivals = [record.at for record in sandbox.requests]
        assert len(arrivals) == 12
        assert min(arrivals[1:]) - arrivals[0] >= 1.0


async def test_clients_that_share_a_limiter_share_its_budget(connect: Connect) -> None:
    with Sandbox(limits={"GET": 10}, per=1.0) as sandbox:
        limiter = MemoryRateLimiter(RateLimits(get=10, per=1.0))
        async with (
            connect(sandbox, rate_limiter=limiter) as first,
            connect(sandbox, rate_limiter=limiter) as second,
        ):
            async with anyio.create_task_group() as tasks:
                for client in [first, second] * 10:
                    tasks.start_soon(client.profile)
            assert first.stats.rate_limited + second.stats.rate_limited == 0


async def test_waiting_for_the_budget_ends_with_the_callers_deadline(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, limits=RateLimits(get=1, per=60.0)) as client:
        await client.profile()
        with anyio.move_on_after(0.2) as scope:
            await client.profile()
        assert scope.cancelled_caught
    assert len(sandbox.requests.of("getProfile")) == 1
