"""Many processes of one account: a rate limit in Redis, measured by the sandbox."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from autoleap.sandbox import Sandbox
from tests.helpers.rate_limit_processes import (
    Program,
    arrival_times,
    count_by_process,
    count_refused,
    fullest_window,
    run_preload_program,
    start_process,
)
from tests.helpers.redis_server import redis_server

LIMIT, PER, LEASE = 20, 0.5, 1.0
# Seconds in which everything here is over, unless it hangs.
LONG = 60.0


@pytest.fixture
def budgeted() -> Iterator[Sandbox]:
    """A sandbox that refuses the 21st read of a window."""
    with Sandbox(limits={"GET": LIMIT}, per=PER) as running:
        yield running


@contextmanager
def programs(sandbox: Sandbox, url: str, names: str, **options: object) -> Iterator[list[Program]]:
    """Start processes; every second one runs on trio, and one has a wrong clock."""
    shared = {"limit": LIMIT, "per": PER, "lease": LEASE, **options}
    with ExitStack() as stack:
        started = []
        for number, name in enumerate(names):
            own = {"loop": ["asyncio", "trio"][number % 2], "skew": 3600 if number == 1 else 0}
            started.append(stack.enter_context(start_process(sandbox, url, name, **shared, **own)))
        for one in started:
            one.wait_until_ready()
        for one in started:
            one.go()
        yield started


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + LONG
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_four_processes_keep_one_rate_limit_and_none_of_them_starves(
    budgeted: Sandbox, redis_url: str
) -> None:
    # No process dies here: a lease that outlasts the test holds on a machine of any speed.
    with programs(budgeted, redis_url, "ABCD", lease=LONG) as running:
        wait_until(lambda: len(arrival_times(budgeted)) >= 8 * LIMIT)
        for one in running:
            one.stop()
        ended = [one.result() for one in running]
    times, shares = arrival_times(budgeted), count_by_process(budgeted)
    assert fullest_window(times, PER) <= LIMIT
    assert count_refused(budgeted) == 0
    assert [list(outcomes) for outcomes in ended] == [["done"]] * 4
    assert len(shares) == 4
    assert min(shares.values()) >= len(times) / 4 / 2


def test_workers_forked_after_the_limiter_was_made_keep_one_rate_limit(
    budgeted: Sandbox, redis_url: str
) -> None:
    options = {"limit": LIMIT, "per": PER, "workers": 2, "calls": 2 * LIMIT}
    run_preload_program(budgeted, redis_url, **options)
    assert len(budgeted.requests.of("listCustomers")) == 4 * LIMIT
    assert count_refused(budgeted) == 0


def test_when_a_process_is_killed_the_others_go_on_and_have_its_places(redis_url: str) -> None:
    with (
        Sandbox(limits={"GET": LIMIT}, per=PER, latency=0.2) as sandbox,
        programs(sandbox, redis_url, "AB") as running,
    ):
        wait_until(lambda: len(count_by_process(sandbox)) == 2)
        running[0].kill()
        killed = time.monotonic()

        def whole_budget() -> bool:
            late = [at for at in arrival_times(sandbox, "B") if at > killed + PER]
            return bool(late) and fullest_window(late, PER) == LIMIT

        wait_until(whole_budget)
        assert fullest_window(arrival_times(sandbox), PER) <= LIMIT
        assert count_refused(sandbox) == 0


class Outage:
    """A Redis that two processes use, and that stops and comes back empty meanwhile."""

    def __init__(self, folder: Path, sandbox: Sandbox) -> None:
        self._folder, self._sandbox, self._redis = folder, sandbox, ExitStack()
        self.url = self._redis.enter_context(redis_server(folder))

    def stop(self) -> float:
        self._redis.close()
        return time.monotonic()

    def start(self) -> float:
        began = time.monotonic()
        self._redis.enter_context(redis_server(self._folder, urlsplit(self.url).port))
        return began

    def since(self, when: float) -> list[float]:
        return [at for at in arrival_times(self._sandbox) if at > when]


@pytest.fixture
def outage(redis_url: str, tmp_path: Path, budgeted: Sandbox) -> Iterator[Outage]:
    """`redis_url` skips where there is no Redis."""
    one = Outage(tmp_path, budgeted)
    yield one
    one.stop()


def test_without_redis_processes_wait_and_go_on_after_it_came_back_empty(
    outage: Outage, budgeted: Sandbox
) -> None:
    lease = 2 * LEASE
    with programs(budgeted, outage.url, "AB", lease=lease) as running:
        wait_until(lambda: len(arrival_times(budgeted)) > LIMIT)
        outage.stop()
        time.sleep(PER)
        started = outage.start()
        wait_until(lambda: len(outage.since(started)) > 2 * LIMIT)
        for one in running:
            one.stop()
        ended = [one.result() for one in running]
    assert min(outage.since(started)) >= started + PER + lease
    assert [set(outcomes) for outcomes in ended] == [{"done"}] * 2
    assert fullest_window(arrival_times(budgeted), PER) <= LIMIT
    assert count_refused(budgeted) == 0


def test_without_redis_processes_go_on_in_their_shares_and_share_again_when_it_came_back_empty(
    outage: Outage, budgeted: Sandbox
) -> None:
    with programs(budgeted, outage.url, "AB", share=LIMIT // 4) as running:
        wait_until(lambda: len(arrival_times(budgeted)) > LIMIT)
        stopped = outage.stop()
        quiet = stopped + PER / 2
        wait_until(lambda: len(outage.since(quiet)) > LIMIT)
        alone = outage.since(quiet)
        started = outage.start()
        shared = started + PER + LEASE
        wait_until(lambda: fullest_window(outage.since(shared), PER) > 2 * (LIMIT // 4))
        for one in running:
            one.stop()
        ended = [one.result() for one in running]
    assert min(alone) >= stopped + PER + LEASE
    assert fullest_window(alone, PER) <= 2 * (LIMIT // 4)
    assert [set(outcomes) for outcomes in ended] == [{"done"}] * 2
    assert fullest_window(arrival_times(budgeted), PER) <= LIMIT
    assert count_refused(budgeted) == 0
