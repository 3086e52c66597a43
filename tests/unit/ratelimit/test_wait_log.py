"""A call that will wait for long is told in the log, in virtual time."""

from __future__ import annotations

import logging
from functools import partial
from typing import Any

import anyio
import pytest
import trio.testing

from autoleap import MemoryRateLimiter, RateLimits
from autoleap._ratelimit.priority import Priority
from autoleap._ratelimit.window import SlidingWindow

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio with a clock that never really waits."""
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


@pytest.fixture(autouse=True)
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.INFO, "autoleap")
    return caplog


async def call(limiter: MemoryRateLimiter, priority: Priority = "high") -> None:
    async with limiter.acquire("POST", priority):
        pass


async def test_one_line_tells_the_wait_the_limit_and_the_calls_ahead(
    log: pytest.LogCaptureFixture,
) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=50))
    for _ in range(50):
        await call(limiter)
    await anyio.sleep(5)
    await call(limiter)
    assert [(line.levelname, line.getMessage()) for line in log.records] == [
        ("INFO", "waiting 55 s for the rate limit, POST 50 per 60 s, 0 calls ahead")
    ]


async def test_a_call_behind_others_tells_how_many_are_ahead(
    log: pytest.LogCaptureFixture,
) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=10, per=60.0))
    async with anyio.create_task_group() as tasks:
        for _ in range(22):
            tasks.start_soon(call, limiter)
        await anyio.sleep(20)
        tasks.start_soon(call, limiter)
    assert log.messages[-1] == "waiting 100 s for the rate limit, POST 10 per 60 s, 12 calls ahead"


async def test_a_wait_of_5_s_or_less_is_not_told(log: pytest.LogCaptureFixture) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=1, per=5.0))
    for _ in range(3):
        await call(limiter)
    assert log.messages == []


async def test_many_calls_at_once_make_one_line(log: pytest.LogCaptureFixture) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=50))
    async with anyio.create_task_group() as tasks:
        for _ in range(600):
            tasks.start_soon(partial(call, limiter))
    assert len(log.messages) == 1


async def test_a_block_after_a_429_is_told(log: pytest.LogCaptureFixture) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=50))
    await limiter.block_for("POST", 30)
    await call(limiter)
    assert log.messages[0].startswith("waiting 30 s for the rate limit")


async def test_a_wait_for_the_pace_of_bulk_work_is_told(log: pytest.LogCaptureFixture) -> None:
    limiter = MemoryRateLimiter(RateLimits(post=50))
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(call, limiter, "low")
    assert "POST 50 per 60 s, 5 calls ahead" in log.messages[0]


def test_the_expected_wait_counts_whole_windows() -> None:
    window = SlidingWindow(2, 10.0)
    for end in (0.0, 4.0):
        window.start()
        window.finish(end)
    assert [window.expected_wait(5.0, ahead) for ahead in range(5)] == [5, 9, 15, 19, 25]
