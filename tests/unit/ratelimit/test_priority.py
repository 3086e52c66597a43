"""The priority queue as a state machine: which waiter is next, after any order of events."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from autoleap import AutoLeap, ConfigurationError
from autoleap._ratelimit.priority import Priority, current_priority, run_low_priority
from autoleap._ratelimit.queue import MAX_OVERTAKES, PriorityQueue


class AnyOrderOfWaiters(RuleBasedStateMachine):
    """Callers come, go through and give up in any order; `waiting` is the expected content."""

    def __init__(self) -> None:
        super().__init__()
        self.queue: PriorityQueue[int] = PriorityQueue()
        self.waiting: dict[int, Priority] = {}
        self.count = 0
        # High ones that went through since a low one did; and for each low one, since it came.
        self.since_low = 0
        self.passed: dict[int, int] = {}

    def of_priority(self, priority: Priority) -> list[int]:
        return [waiter for waiter, its in self.waiting.items() if its == priority]

    @rule(priority=st.sampled_from(["high", "low"]))
    def come(self, priority: Priority) -> None:
        self.count += 1
        self.queue.push(self.count, priority)
        self.waiting[self.count] = priority
        if priority == "low":
            self.passed[self.count] = 0

    @precondition(lambda self: self.waiting)
    @rule()
    def go_through(self) -> None:
        expected = self.queue.head
        waiter = self.queue.pop()
        assert waiter == expected
        priority = self.waiting[waiter]
        assert waiter == self.of_priority(priority)[0], "first come, first served in each priority"
        if priority == "low" and self.of_priority("high"):
            assert self.since_low >= MAX_OVERTAKES, (
                "a low one went ahead of a high one before its turn"
            )
        del self.waiting[waiter]
        self.passed.pop(waiter, None)
        self.since_low = self.since_low + 1 if priority == "high" else 0
        for other in self.passed:
            self.passed[other] = self.passed[other] + 1 if priority == "high" else 0

    @precondition(lambda self: self.waiting)
    @rule(choose=st.randoms(use_true_random=False))
    def give_up(self, choose: Random) -> None:
        waiter = choose.choice(list(self.waiting))
        self.queue.remove(waiter)
        del self.waiting[waiter]
        self.passed.pop(waiter, None)

    @rule()
    def one_who_went_through_leaves(self) -> None:
        self.queue.remove(-1)

    @invariant()
    def there_is_a_head_as_long_as_a_caller_waits(self) -> None:
        assert len(self.queue) == len(self.waiting)
        assert (self.queue.head is None) == (not self.waiting)

    @invariant()
    def no_more_than_so_many_pass_ahead_of_the_first_low_one(self) -> None:
        low = self.of_priority("low")
        assert not low or self.passed[low[0]] <= MAX_OVERTAKES


AnyOrderOfWaiters.TestCase.settings = settings(deadline=None, max_examples=100)
TestAnyOrderOfWaiters = AnyOrderOfWaiters.TestCase


def pop_all(queue: PriorityQueue[str]) -> str:
    return "".join(queue.pop() for _ in range(len(queue)))


def make_queue(callers: str) -> PriorityQueue[str]:
    """Return a queue into which callers came one by one; capitals are of high priority."""
    queue: PriorityQueue[str] = PriorityQueue()
    for name in callers:
        queue.push(name, "high" if name.isupper() else "low")
    return queue


@pytest.mark.parametrize(
    ("came", "went"),
    [
        ("abc", "abc"),
        ("ABC", "ABC"),
        ("abA", "Aab"),
        ("aABCDEFGHIJ", "ABCDaEFGHIJ"),
        ("abcABCDEFGHIJ", "ABCDaEFGHbIJc"),
    ],
)
def test_high_ones_pass_ahead_but_only_four_ahead_of_the_same_low_one(came: str, went: str) -> None:
    assert pop_all(make_queue(came)) == went


def test_high_ones_that_overtook_no_low_one_do_not_count() -> None:
    queue = make_queue("ABCDE")
    for _ in range(4):
        queue.pop()
    queue.push("a", "low")
    assert pop_all(queue) == "Ea"


@pytest.mark.anyio
async def test_only_background_work_is_of_low_priority() -> None:
    async def look() -> Priority:
        return current_priority()

    assert [await look(), await run_low_priority(look), await look()] == ["high", "low", "high"]


@pytest.mark.parametrize("priority", ["LOW", "medium", "", 1])
def test_a_priority_is_high_or_low(priority: Priority) -> None:
    with pytest.raises(ConfigurationError, match='priority must be "high" or "low"'):
        AutoLeap("p", "k").with_options(priority=priority)
