"""The rate limiter in virtual time: trio's clock jumps whenever all tasks wait."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from random import Random
from typing import Any, TypeAlias

import anyio
import pytest
import trio.testing

from autoleap import MemoryRateLimiter, RateLimits
from autoleap._ratelimit.priority import Priority

pytestmark = pytest.mark.anyio

PER = 60.0
Work: TypeAlias = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
def anyio_backend() -> tuple[str, dict[str, Any]]:
    """Trio with a clock that never really waits."""
    return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}


def limiter(**limits: int | None) -> MemoryRateLimiter:
    return MemoryRateLimiter(RateLimits(**limits, per=PER))


async def in_order(tasks: anyio.abc.TaskGroup, *work: Work) -> None:
    """Start tasks so that each stands in the queue before the next one comes."""
    for piece in work:
        tasks.start_soon(piece)
        await anyio.wait_all_tasks_blocked()


class Callers:
    """Callers that wait for one rate limiter, with the order and the times of their slots."""

    def __init__(self, rate_limiter: MemoryRateLimiter) -> None:
        self.rate_limiter, self.through = rate_limiter, list[tuple[str, float]]()
        self.scopes: dict[str, anyio.CancelScope] = {}
        self._start = anyio.current_time()

    def caller(self, name: str, lasting: float = 0.0) -> Work:
        """One call; a name in small letters is of low priority."""
        priority: Priority = "high" if name.isupper() else "low"

        async def call() -> None:
            with anyio.CancelScope() as self.scopes[name]:
                async with self.rate_limiter.acquire("GET", priority):
                    self.through.append((name, anyio.current_time() - self._start))
                    await anyio.sleep(lasting)

        return call

    @property
    def order(self) -> str:
        return "".join(name for name, _ in self.through)


async def test_who_came_first_goes_first() -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "ABCDE"))
    assert callers.through == [("A", 0), ("B", 60), ("C", 120), ("D", 180), ("E", 240)]


async def test_urgent_calls_pass_ahead_of_background_work_and_do_not_starve_it() -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "XabABCDEFGHIJ"))
    assert callers.order == "XABCDaEFGHbIJ"


async def test_an_urgent_call_that_comes_while_background_work_waits_for_its_moment_has_it() -> (
    None
):
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "xab"))
        await anyio.sleep(59)
        await in_order(tasks, callers.caller("A"))
    assert callers.through == [("x", 0), ("A", 60), ("a", 120), ("b", 180)]


async def test_an_urgent_call_waits_for_one_low_one_at_most_when_it_comes_alone() -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "wxyzuvABCD"))
        await anyio.sleep(4 * PER + 1)
        await in_order(tasks, callers.caller("E"))
    assert callers.order == "wABCDxEyzuv"


@pytest.mark.parametrize("seed", range(20))
async def test_a_waiter_that_gives_up_at_any_moment_lets_the_others_through(seed: int) -> None:
    rng, rate_limiter = Random(seed), limiter(get=3)
    callers = Callers(rate_limiter)
    names = [chr(number) for number in (*range(ord("A"), ord("Z")), *range(ord("a"), ord("z")))]
    rng.shuffle(names)

    async def give_up(name: str, after: float) -> None:
        await anyio.sleep(after)
        callers.scopes[name].cancel()

    leaving = rng.sample(names, 25)
    async with anyio.create_task_group() as tasks:
        for name in names:
            await in_order(tasks, callers.caller(name, lasting=rng.choice([0, 1, 7])))
            if name in leaving:
                tasks.start_soon(give_up, name, rng.choice([0, 0.5, 60, 61, 120, 300]))
            await anyio.sleep(rng.choice([0, 0, 1, 20]))
    assert set(names) - set(callers.order) <= set(leaving)
    await anyio.sleep(PER)
    for _ in range(3):
        async with rate_limiter.acquire("GET") as slot:
            assert slot.waited == 0


async def test_a_call_of_some_length_holds_its_place_until_a_window_after_its_end() -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, callers.caller("A", lasting=7), callers.caller("B"))
    assert callers.through == [("A", 0), ("B", 67)]


@pytest.mark.parametrize("gone", ["B", "C", "E"])
async def test_a_caller_that_gives_up_costs_the_others_neither_place_nor_time(gone: str) -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "ABCDE"))
        await anyio.sleep(10)
        callers.scopes[gone].cancel()
    stayed = "ABCDE".replace(gone, "")
    assert callers.through == [(name, 60 * turn) for turn, name in enumerate(stayed)]


async def test_callers_that_give_up_use_no_slot() -> None:
    callers = Callers(limiter(get=2))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(callers.caller(name) for name in "ABCDEF"))
        for name in "CDEF":
            callers.scopes[name].cancel()
        await anyio.sleep(60)
        await in_order(tasks, callers.caller("G"), callers.caller("H"))
    assert callers.through == [("A", 0), ("B", 0), ("G", 60), ("H", 60)]


async def test_a_call_cancelled_on_its_way_counts_as_one_the_server_saw() -> None:
    callers = Callers(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, callers.caller("A", lasting=1000), callers.caller("B"))
        await anyio.sleep(5)
        callers.scopes["A"].cancel()
    assert callers.through == [("A", 0), ("B", 65)]


async def test_a_call_that_fails_counts_as_one_the_server_saw() -> None:
    rate_limiter = limiter(get=1)
    with pytest.raises(LookupError):
        async with rate_limiter.acquire("GET"):
            raise LookupError
    async with rate_limiter.acquire("GET") as slot:
        assert slot.waited == PER


async def test_300_calls_of_any_length_use_the_whole_rate_limit_and_never_exceed_it() -> None:
    rate_limiter, lengths = limiter(get=30), Random(1)
    calls: list[tuple[float, float]] = []

    async def call() -> None:
        async with rate_limiter.acquire("GET"):
            began = anyio.current_time()
            await anyio.sleep(lengths.uniform(0, 5))
            calls.append((began, anyio.current_time()))

    async with anyio.create_task_group() as tasks:
        for _ in range(300):
            tasks.start_soon(call)
    for edge in [began for began, _ in calls] + [ended for _, ended in calls]:
        assert sum(ended >= edge and began < edge + PER for began, ended in calls) <= 30
    duration = max(began for began, _ in calls) - min(began for began, _ in calls)
    assert 9 * PER <= duration <= 9 * (PER + 5)


async def test_a_permit_tells_the_seconds_waited() -> None:
    rate_limiter = limiter(get=1)
    async with rate_limiter.acquire("GET") as slot:
        assert slot.waited == 0
    await anyio.sleep(20)
    async with rate_limiter.acquire("GET") as slot:
        assert slot.waited == 40


async def test_a_block_holds_back_the_calls_that_wait_and_those_that_come() -> None:
    rate_limiter = limiter(get=10)
    callers = Callers(rate_limiter)
    await rate_limiter.block_for("GET", 30)
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, callers.caller("A"))
        await anyio.sleep(10)
        await rate_limiter.block_for("GET", 50)
        await in_order(tasks, callers.caller("B"))
    assert callers.through == [("A", 60), ("B", 60)]


async def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    rate_limiter = limiter(get=10)
    await rate_limiter.block_for("GET", 30)
    await rate_limiter.block_for("GET", 5)
    async with rate_limiter.acquire("GET") as slot:
        assert slot.waited == 30


async def test_each_method_has_its_own_rate_limit() -> None:
    rate_limiter = limiter(get=1, post=1)
    await rate_limiter.block_for("PUT", 100)
    async with rate_limiter.acquire("GET") as first, rate_limiter.acquire("POST") as second:
        assert (first.waited, second.waited) == (0, 0)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_a_method_without_a_limit_never_waits(method: str) -> None:
    rate_limiter = limiter(get=None)
    await rate_limiter.block_for(method, 100)
    for _ in range(500):
        async with rate_limiter.acquire(method) as slot:
            assert slot.waited == 0
