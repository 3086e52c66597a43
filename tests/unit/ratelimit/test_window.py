"""The sliding window as a state machine: what the server could have counted."""

from __future__ import annotations

import copy
import math
from random import Random

from attrs import define
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from autoleap._ratelimit.window import SlidingWindow

PER = 10.0


@define(eq=False)
class Call:
    """One call: the server saw it at some moment from `began` to `ended`."""

    began: float
    ended: float = math.inf


class AnyOrderOfCalls(RuleBasedStateMachine):
    """Begins, ends and waits in any order, with whole seconds so that edges are met exactly."""

    @initialize(limit=st.integers(1, 4))
    def open(self, limit: int) -> None:
        self.limit, self.now, self.closed = limit, 0.0, -math.inf
        self.window = SlidingWindow(limit, PER)
        self.calls: list[Call] = []

    @property
    def running(self) -> list[Call]:
        return [call for call in self.calls if call.ended == math.inf]

    def recent(self) -> int:
        """Calls the server may still count: running, or ended less than `PER` ago."""
        return sum(call.ended > self.now - PER for call in self.calls)

    @rule()
    def begin_when_allowed(self) -> None:
        if self.window.delay(self.now) == 0:
            self.window.start()
            self.calls.append(Call(self.now))

    @precondition(lambda self: self.running)
    @rule(choose=st.randoms(use_true_random=False))
    def end_one(self, choose: Random) -> None:
        call = choose.choice(self.running)
        call.ended = self.now
        self.window.finish(self.now)

    @rule(seconds=st.integers(0, 12))
    def let_time_pass(self, seconds: int) -> None:
        self.now += seconds

    @rule(seconds=st.integers(-3, 15))
    def close(self, seconds: int) -> None:
        self.window.block_until(self.now + seconds)
        self.closed = max(self.closed, self.now + seconds)

    @rule()
    def wait_for_the_delay(self) -> None:
        wait = self.window.delay(self.now)
        if 0 < wait < math.inf:
            early = copy.deepcopy(self.window)
            assert early.delay(self.now + wait - 0.5) > 0, "the returned wait was too long"
            self.now += wait
            if self.recent() < self.limit:
                assert self.window.delay(self.now) == 0

    @rule()
    def rest_and_find_the_whole_budget(self) -> None:
        for call in self.running:
            call.ended = self.now
            self.window.finish(self.now)
        self.now = max(self.now + PER, self.closed)
        fresh = copy.deepcopy(self.window)
        for _ in range(self.limit):
            assert fresh.delay(self.now) == 0
            fresh.start()
        assert fresh.delay(self.now) == math.inf

    @invariant()
    def no_window_of_the_server_can_hold_more_than_the_limit(self) -> None:
        for start in {call.ended for call in self.calls} | {call.began for call in self.calls}:
            seen = [c for c in self.calls if c.ended >= start and c.began < start + PER]
            assert len(seen) <= self.limit

    @invariant()
    def a_call_is_held_back_only_when_it_must_be(self) -> None:
        open_again = self.now >= self.closed
        allowed = self.window.delay(self.now) == 0
        assert allowed == (open_again and self.recent() < self.limit)


AnyOrderOfCalls.TestCase.settings = settings(deadline=None, max_examples=80)
TestAnyOrderOfCalls = AnyOrderOfCalls.TestCase


def test_a_closed_window_tells_how_long_it_stays_closed() -> None:
    window = SlidingWindow(1, PER)
    window.block_until(7.0)
    assert window.delay(4.0) == 3.0
    assert window.delay(7.0) == 0.0


def test_an_earlier_closing_does_not_open_what_is_closed_for_longer() -> None:
    window = SlidingWindow(1, PER)
    window.block_until(7.0)
    window.block_until(5.0)
    assert window.delay(6.0) == 1.0


def test_a_slow_call_keeps_its_place_until_a_whole_window_after_its_end() -> None:
    window = SlidingWindow(1, PER)
    window.start()
    assert window.delay(100.0) == math.inf
    window.finish(100.0)
    assert window.delay(100.0) == PER
    assert window.delay(109.0) == 1.0
    assert window.delay(110.0) == 0.0
