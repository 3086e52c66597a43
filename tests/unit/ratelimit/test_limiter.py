"""The queue before a budget, in virtual time: trio's clock jumps whenever all tasks wait."""

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


class Line:
    """Callers that queue for the same budget and note who came through, and when."""

    def __init__(self, budget: MemoryRateLimiter) -> None:
        self.budget, self.through = budget, list[tuple[str, float]]()
        self.scopes: dict[str, anyio.CancelScope] = {}
        self._start = anyio.current_time()

    def caller(self, name: str, lasting: float = 0.0) -> Work:
        """One call; a name in small letters is of low priority."""
        priority: Priority = "high" if name.isupper() else "low"

        async def call() -> None:
            with anyio.CancelScope() as self.scopes[name]:
                async with self.budget.acquire("GET", priority):
                    self.through.append((name, anyio.current_time() - self._start))
                    await anyio.sleep(lasting)

        return call

    @property
    def order(self) -> str:
        return "".join(name for name, _ in self.through)


async def test_who_came_first_goes_first() -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "ABCDE"))
    assert line.through == [("A", 0), ("B", 60), ("C", 120), ("D", 180), ("E", 240)]


async def test_urgent_calls_pass_ahead_of_background_work_and_do_not_starve_it() -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "XabABCDEFGHIJ"))
    assert line.order == "XABCDaEFGHbIJ"


async def test_an_urgent_call_that_comes_while_background_work_waits_for_its_moment_has_it() -> (
    None
):
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "xab"))
        await anyio.sleep(59)
        await in_order(tasks, line.caller("A"))
    assert line.through == [("x", 0), ("A", 60), ("a", 120), ("b", 180)]


async def test_an_urgent_call_waits_for_one_low_one_at_most_when_it_comes_alone() -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "wxyzuvABCD"))
        await anyio.sleep(4 * PER + 1)
        await in_order(tasks, line.caller("E"))
    assert line.order == "wABCDxEyzuv"


@pytest.mark.parametrize("seed", range(20))
async def test_whoever_gives_up_at_whatever_moment_the_others_come_through(seed: int) -> None:
    rng, budget = Random(seed), limiter(get=3)
    line = Line(budget)
    names = [chr(number) for number in (*range(ord("A"), ord("Z")), *range(ord("a"), ord("z")))]
    rng.shuffle(names)

    async def give_up(name: str, after: float) -> None:
        await anyio.sleep(after)
        line.scopes[name].cancel()

    leaving = rng.sample(names, 25)
    async with anyio.create_task_group() as tasks:
        for name in names:
            await in_order(tasks, line.caller(name, lasting=rng.choice([0, 1, 7])))
            if name in leaving:
                tasks.start_soon(give_up, name, rng.choice([0, 0.5, 60, 61, 120, 300]))
            await anyio.sleep(rng.choice([0, 0, 1, 20]))
    assert set(names) - set(line.order) <= set(leaving)
    await anyio.sleep(PER)
    for _ in range(3):
        async with budget.acquire("GET") as waited:
            assert waited == 0


async def test_a_call_of_some_length_holds_its_place_until_a_window_after_its_end() -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, line.caller("A", lasting=7), line.caller("B"))
    assert line.through == [("A", 0), ("B", 67)]


@pytest.mark.parametrize("gone", ["B", "C", "E"])
async def test_a_caller_that_gives_up_costs_the_others_neither_place_nor_time(gone: str) -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "ABCDE"))
        await anyio.sleep(10)
        line.scopes[gone].cancel()
    stayed = "ABCDE".replace(gone, "")
    assert line.through == [(name, 60 * turn) for turn, name in enumerate(stayed)]


async def test_callers_that_give_up_use_nothing_of_the_budget() -> None:
    line = Line(limiter(get=2))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, *(line.caller(name) for name in "ABCDEF"))
        for name in "CDEF":
            line.scopes[name].cancel()
        await anyio.sleep(60)
        await in_order(tasks, line.caller("G"), line.caller("H"))
    assert line.through == [("A", 0), ("B", 0), ("G", 60), ("H", 60)]


async def test_a_call_cancelled_on_its_way_counts_as_one_the_server_saw() -> None:
    line = Line(limiter(get=1))
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, line.caller("A", lasting=1000), line.caller("B"))
        await anyio.sleep(5)
        line.scopes["A"].cancel()
    assert line.through == [("A", 0), ("B", 65)]


async def test_a_call_that_fails_counts_as_one_the_server_saw() -> None:
    budget = limiter(get=1)
    with pytest.raises(LookupError):
        async with budget.acquire("GET"):
            raise LookupError
    async with budget.acquire("GET") as waited:
        assert waited == PER


async def test_300_calls_of_any_length_use_the_whole_budget_and_never_pass_it() -> None:
    budget, lengths = limiter(get=30), Random(1)
    calls: list[tuple[float, float]] = []

    async def call() -> None:
        async with budget.acquire("GET"):
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
    budget = limiter(get=1)
    async with budget.acquire("GET") as waited:
        assert waited == 0
    await anyio.sleep(20)
    async with budget.acquire("GET") as waited:
        assert waited == 40


async def test_a_pause_holds_back_those_who_wait_and_those_who_come() -> None:
    budget = limiter(get=10)
    line = Line(budget)
    await budget.block_for("GET", 30)
    async with anyio.create_task_group() as tasks:
        await in_order(tasks, line.caller("A"))
        await anyio.sleep(10)
        await budget.block_for("GET", 50)
        await in_order(tasks, line.caller("B"))
    assert line.through == [("A", 60), ("B", 60)]


async def test_a_shorter_pause_does_not_end_a_longer_one() -> None:
    budget = limiter(get=10)
    await budget.block_for("GET", 30)
    await budget.block_for("GET", 5)
    async with budget.acquire("GET") as waited:
        assert waited == 30


async def test_each_method_has_its_own_budget() -> None:
    budget = limiter(get=1, post=1)
    await budget.block_for("PUT", 100)
    async with budget.acquire("GET") as first, budget.acquire("POST") as second:
        assert (first, second) == (0, 0)


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
async def test_a_method_without_a_limit_never_waits(method: str) -> None:
    budget = limiter(get=None)
    await budget.block_for(method, 100)
    for _ in range(500):
        async with budget.acquire(method) as waited:
            assert waited == 0
