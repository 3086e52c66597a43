"""The waiting line as a state machine: who goes through next, in any order of events."""

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
    """Callers come, go through and give up in any order; `waiting` is who ought to stand there."""

    def __init__(self) -> None:
        super().__init__()
        self.line: PriorityQueue[int] = PriorityQueue()
        self.waiting: dict[int, Priority] = {}
        self.count = 0
        # High ones that went through since a low one did; and for each low one, since it came.
        self.since_low = 0
        self.passed: dict[int, int] = {}

    def lane(self, priority: Priority) -> list[int]:
        return [who for who, lane in self.waiting.items() if lane == priority]

    @rule(priority=st.sampled_from(["high", "low"]))
    def come(self, priority: Priority) -> None:
        self.count += 1
        self.line.push(self.count, priority)
        self.waiting[self.count] = priority
        if priority == "low":
            self.passed[self.count] = 0

    @precondition(lambda self: self.waiting)
    @rule()
    def go_through(self) -> None:
        expected = self.line.head
        who = self.line.pop()
        assert who == expected
        lane = self.waiting[who]
        assert who == self.lane(lane)[0], "first come, first served in each lane"
        if lane == "low" and self.lane("high"):
            assert self.since_low >= MAX_OVERTAKES, (
                "a low one went ahead of a high one before its turn"
            )
        del self.waiting[who]
        self.passed.pop(who, None)
        self.since_low = self.since_low + 1 if lane == "high" else 0
        for other in self.passed:
            self.passed[other] = self.passed[other] + 1 if lane == "high" else 0

    @precondition(lambda self: self.waiting)
    @rule(choose=st.randoms(use_true_random=False))
    def give_up(self, choose: Random) -> None:
        who = choose.choice(list(self.waiting))
        self.line.remove(who)
        del self.waiting[who]
        self.passed.pop(who, None)

    @rule()
    def one_who_went_through_leaves(self) -> None:
        self.line.remove(-1)

    @invariant()
    def somebody_is_next_as_long_as_somebody_waits(self) -> None:
        assert len(self.line) == len(self.waiting)
        assert (self.line.head is None) == (not self.waiting)

    @invariant()
    def no_more_than_so_many_pass_ahead_of_the_first_low_one(self) -> None:
        low = self.lane("low")
        assert not low or self.passed[low[0]] <= MAX_OVERTAKES


AnyOrderOfWaiters.TestCase.settings = settings(deadline=None, max_examples=100)
TestAnyOrderOfWaiters = AnyOrderOfWaiters.TestCase


def order(line: PriorityQueue[str]) -> str:
    return "".join(line.pop() for _ in range(len(line)))


def line_of(callers: str) -> PriorityQueue[str]:
    """A line into which callers came one by one; capitals are of high priority."""
    line: PriorityQueue[str] = PriorityQueue()
    for name in callers:
        line.push(name, "high" if name.isupper() else "low")
    return line


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
    assert order(line_of(came)) == went


def test_high_ones_that_had_nobody_to_pass_do_not_count() -> None:
    line = line_of("ABCDE")
    for _ in range(4):
        line.pop()
    line.push("a", "low")
    assert order(line) == "Ea"


@pytest.mark.anyio
async def test_only_background_work_is_of_low_priority() -> None:
    async def look() -> Priority:
        return current_priority()

    assert [await look(), await run_low_priority(look), await look()] == ["high", "low", "high"]


@pytest.mark.parametrize("priority", ["LOW", "medium", "", None, 1])
def test_a_priority_is_high_or_low(priority: Priority) -> None:
    with pytest.raises(ConfigurationError, match='priority must be "high" or "low"'):
        AutoLeap("p", "k").with_priority(priority)
