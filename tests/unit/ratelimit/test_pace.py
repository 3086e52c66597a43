"""Calls of high priority beside calls of low priority, at the real limits and in virtual time."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Coroutine
from functools import partial
from random import Random
from typing import Any

import anyio
import pytest
import trio
import trio.testing
from attrs import define, frozen
from hypothesis import example, given
from hypothesis import strategies as st

from autoleap import MemoryRateLimiter, RateLimits
from autoleap._ratelimit.pace import LowPriorityPace
from autoleap._ratelimit.priority import Priority
from autoleap._ratelimit.window import SlidingWindow

LIMIT, MINUTE = 50, 60.0


def run_in_virtual_time(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run work on trio's clock, which jumps whenever all tasks wait."""
    trio.run(work, clock=trio.testing.MockClock(autojump_threshold=0))


@define
class Traffic:
    """Calls of both priorities on one limiter, and how long each waited."""

    limiter: MemoryRateLimiter
    random: Random
    high: list[float]
    low: list[float]

    async def call(self, priority: Priority) -> None:
        asked = anyio.current_time()
        async with self.limiter.acquire("POST", priority):
            waits = self.high if priority == "high" else self.low
            waits.append(anyio.current_time() - asked)
            await anyio.sleep(self.random.uniform(0.1, 0.5))

    async def call_on(self, priority: Priority) -> None:
        while True:
            await self.call(priority)

    async def visit(self, per_minute: float) -> None:
        async with anyio.create_task_group() as tasks:
            while per_minute:
                await anyio.sleep(self.random.expovariate(per_minute / MINUTE))
                tasks.start_soon(self.call, "high")


def import_beside(visits: float, streams: int, minutes: int, seed: int, quiet: float) -> Traffic:
    """Return the waits of an import beside visits that begin after some quiet seconds."""
    traffic = Traffic(MemoryRateLimiter(RateLimits()), Random(seed), [], [])

    async def run() -> None:
        with anyio.move_on_after(minutes * MINUTE):
            async with anyio.create_task_group() as tasks:
                for _ in range(4):
                    tasks.start_soon(traffic.call_on, "low")
                for _ in range(streams):
                    tasks.start_soon(traffic.call_on, "high")
                await anyio.sleep(quiet)
                tasks.start_soon(traffic.visit, visits)

    run_in_virtual_time(run)
    return traffic


def p99(waits: list[float]) -> float:
    return statistics.quantiles(waits, n=100)[98]


@pytest.mark.parametrize("quiet", [0.0, 25.0, 50.0, 600.0])
@pytest.mark.parametrize("seed", range(3))
def test_5_interactive_calls_a_minute_wait_at_most_seconds_beside_an_import(
    seed: int, quiet: float
) -> None:
    traffic = import_beside(5, 0, minutes=60, seed=seed, quiet=quiet)
    assert statistics.median(traffic.high) <= 0.5
    assert p99(traffic.high) <= 5.0


@pytest.mark.parametrize("quiet", [0.0, 40.0])
@pytest.mark.parametrize("seed", range(3))
def test_15_interactive_calls_a_minute_wait_at_most_15_s_beside_an_import(
    seed: int, quiet: float
) -> None:
    assert p99(import_beside(15, 0, minutes=60, seed=seed, quiet=quiet).high) <= 15.0


def test_an_import_alone_uses_the_rate_limit() -> None:
    traffic = import_beside(0, 0, minutes=20, seed=1, quiet=0.0)
    assert len(traffic.low) >= 0.97 * LIMIT * 20


def test_an_import_of_half_a_window_is_sent_at_once() -> None:
    traffic = import_beside(0, 0, minutes=20, seed=1, quiet=0.0)
    assert max(traffic.low[: LIMIT // 2]) == 0


def test_low_calls_beside_32_streams_have_one_slot_in_six_at_least() -> None:
    traffic = import_beside(0, 32, minutes=20, seed=1, quiet=0.0)
    assert len(traffic.low) >= (len(traffic.low) + len(traffic.high)) / 6


@frozen
class Caller:
    """A call of the generated traffic; `gives_up` is the time of its cancellation, if any."""

    comes: float
    lasts: float
    gives_up: float
    priority: Priority
    sends: bool


CALLERS = st.builds(
    Caller,
    comes=st.sampled_from([0.0, 0.0, 0.5, 3.0, 9.5, 10.0, 25.0]),
    lasts=st.sampled_from([0.0, 0.5, 12.0]),
    gives_up=st.sampled_from([math.inf, math.inf, 0.0, 0.5, 4.0, 10.0]),
    priority=st.sampled_from(["high", "low"]),
    sends=st.sampled_from([True, True, False]),
)


@given(limit=st.integers(1, 8), callers=st.lists(CALLERS, max_size=40))
@example(limit=2, callers=[Caller(0.0, 0.5, math.inf, "low", True)] * 10)
def test_any_traffic_keeps_the_limit_and_starves_no_call_and_gives_all_slots_back(
    limit: int, callers: list[Caller]
) -> None:
    per, spans, ended = 10.0, list[tuple[float, float]](), list[Caller]()
    limiter = MemoryRateLimiter(RateLimits(get=limit, per=per))

    async def call(caller: Caller) -> None:
        await anyio.sleep(caller.comes)
        with anyio.move_on_after(caller.gives_up):
            async with limiter.acquire("GET", caller.priority) as slot:
                slot.used, began = caller.sends, anyio.current_time()
                try:
                    await anyio.sleep(caller.lasts)
                finally:
                    if caller.sends:
                        spans.append((began, anyio.current_time()))
        ended.append(caller)

    async def run() -> None:
        with anyio.fail_after(25 + len(callers) * (per + 12)):
            async with anyio.create_task_group() as tasks:
                for caller in callers:
                    tasks.start_soon(call, caller)
        await anyio.sleep(per)
        for _ in range(limit):
            async with limiter.acquire("GET") as slot:
                assert slot.waited == 0

    run_in_virtual_time(run)
    assert len(ended) == len(callers)
    for edge in [began for began, _ in spans] + [end for _, end in spans]:
        # A server saw each call at some moment from its beginning to its end.
        assert sum(end >= edge and began < edge + per for began, end in spans) <= limit


@given(
    limit=st.integers(1, 60),
    used=st.integers(0, 60),
    last_low=st.floats(0, 100),
    high=st.lists(st.floats(0, 100), max_size=4),
    now=st.floats(100, 200),
)
def test_the_delay_of_a_low_call_ends_when_slots_are_free(
    limit: int, used: int, last_low: float, high: list[float], now: float
) -> None:
    window, pace = SlidingWindow(limit, 10.0), LowPriorityPace(limit, 10.0)
    pace.record_start("low", last_low)
    for time in sorted(high):
        pace.record_request("high", time)
    for _ in range(min(used, limit)):
        window.start()
        window.finish(now)
    delay = pace.delay(window, now)
    assert 0 <= delay <= 10.0 + 1e-9
    later = now + 10.0 + 1e-6
    assert pace.delay(window, later) == 0


def test_one_call_of_high_priority_such_as_a_login_reserves_nothing() -> None:
    window, pace = SlidingWindow(LIMIT, MINUTE), LowPriorityPace(LIMIT, MINUTE)
    pace.record_request("high", 0.0)
    for _ in range(LIMIT - 1):
        window.start()
        window.finish(0.0)
    assert pace.delay(window, 30.0) == 0
    pace.record_request("high", 30.0)
    assert pace.delay(window, 30.0) > 0
    assert partial(pace.delay, window, 30.0 + 2 * MINUTE)() == 0
