"""Rate limits in Redis in one process: slots, reservations, leases, and a lost Redis."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import pytest
import redis

from autoleap import RateLimiterUnavailableError, RateLimits, RedisRateLimiter, Secret
from autoleap._ratelimit.priority import Priority
from autoleap.redis import _slot_client, _slot_scripts
from autoleap.redis._slot_scripts import RedisSlots
from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect
from tests.helpers import redis_server
from tests.helpers.rate_limit_processes import fullest_window
from tests.helpers.waiting import HANG, until

pytestmark = pytest.mark.anyio

PER = 0.3
# Where a test waits for a lease to end, the lease is short. A process that stands still for longer
# than its lease loses its place, so the lease of all other tests is long.
LEASE, LONG_LEASE = 1.0, 60.0


class Switch:
    """A Redis on one port that can be stopped and started; it comes back empty."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._running = folder, ExitStack()
        self.url = self._running.enter_context(redis_server.redis_server(folder))

    def stop(self) -> None:
        self._running.close()

    def start(self) -> None:
        port = urlsplit(self.url).port
        self._running.enter_context(redis_server.redis_server(self._folder, port))


@pytest.fixture
def switch(redis_url: str, tmp_path: Path) -> Iterator[Switch]:
    """A Redis to be stopped and started; `redis_url` skips where there is none."""
    one = Switch(tmp_path)
    yield one
    one.stop()


@pytest.fixture(autouse=True)
def scaled(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the waits for other processes down; what decides about them stays as it is."""
    monkeypatch.setattr(_slot_scripts, "STARTUP_GRACE", 0.01)
    monkeypatch.setattr(_slot_client, "RETRY_INTERVAL", 0.05)


def limiter(
    url: str, limit: int = 3, share: int | None = None, lease: float = LONG_LEASE
) -> RedisRateLimiter:
    fallback = RateLimits(get=share, post=None, per=PER) if share else None
    limits = RateLimits(get=limit, post=None, per=PER)
    return RedisRateLimiter(url, limits, lease=lease, fallback=fallback)


def keys(url: str, kind: str) -> list[bytes]:
    """What Redis holds of some kind."""
    with redis.Redis.from_url(url) as client:
        return list(client.scan_iter(f"*:{kind}"))


def running(url: str) -> int:
    """Return the number of slots that Redis counts as running or reserved."""
    with redis.Redis.from_url(url) as client:
        return sum(client.zcard(key) for key in keys(url, "running"))


class Calls:
    """Calls that hold a place for a while, and when they began and ended."""

    def __init__(self) -> None:
        self.began: list[float] = []
        self.ended: list[float] = []
        self.names: list[str] = []
        self.waits: list[float] = []

    async def make(
        self, rate_limiter: RedisRateLimiter, name: str = "", lasting: float = 0.0
    ) -> None:
        priority: Priority = "high" if name.isupper() or not name else "low"
        async with rate_limiter.acquire("GET", priority) as slot:
            self.waits.append(slot.waited)
            self.names.append(name)
            self.began.append(time.monotonic())
            await anyio.sleep(lasting)
            self.ended.append(time.monotonic())


async def in_order(
    tasks: anyio.abc.TaskGroup, calls: Calls, rate_limiter: RedisRateLimiter, names: str
) -> None:
    """Let each stand in the line before the next one comes."""
    for name in names:
        tasks.start_soon(calls.make, rate_limiter, name)
        await anyio.lowlevel.checkpoint()
        await anyio.lowlevel.checkpoint()


async def test_limiters_of_one_name_share_a_rate_limit_and_those_of_another_do_not(
    redis_url: str,
) -> None:
    calls, other = Calls(), Calls()
    apart = RedisRateLimiter(redis_url, RateLimits(get=10), name="another")
    async with anyio.create_task_group() as tasks:
        for rate_limiter in (limiter(redis_url), limiter(redis_url)):
            for _ in range(5):
                tasks.start_soon(calls.make, rate_limiter)
        await other.make(apart)
        for _ in range(9):
            tasks.start_soon(other.make, apart)
    assert fullest_window(sorted(calls.began), PER) <= 3
    assert other.waits[1:] == [0.0] * 9
    assert running(redis_url) == 0


async def test_a_closed_limiter_opens_its_connections_again(redis_url: str) -> None:
    rate_limiter, calls = limiter(redis_url), Calls()
    for _ in range(2):
        await calls.make(rate_limiter)
        await rate_limiter.aclose()
    assert len(calls.began) == 2


async def test_a_call_keeps_its_place_until_a_window_after_its_answer(redis_url: str) -> None:
    rate_limiter, calls = limiter(redis_url, 1), Calls()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(calls.make, rate_limiter, "A", 0.1)
        await until(lambda: bool(calls.began))
        tasks.start_soon(calls.make, limiter(redis_url, 1), "B")
    assert calls.began[1] >= calls.ended[0] + PER


async def test_processes_whose_calls_are_always_on_their_way_take_turns(redis_url: str) -> None:
    calls, limits = Calls(), RateLimits(get=1, per=0.1)
    async with anyio.create_task_group() as tasks:
        for name in "AB":
            rate_limiter = RedisRateLimiter(redis_url, limits)
            for _ in range(16):
                tasks.start_soon(calls.make, rate_limiter, name, 0.05)
        await until(lambda: len(calls.ended) >= 16)
        tasks.cancel_scope.cancel()
    assert set(calls.names) == {"A", "B"}


async def test_an_urgent_call_takes_the_reservation_of_one_that_can_wait(redis_url: str) -> None:
    rate_limiter, calls = limiter(redis_url, 1), Calls()
    async with anyio.create_task_group() as tasks:
        await calls.make(rate_limiter, "X")
        await in_order(tasks, calls, rate_limiter, "ab")
        await until(lambda: running(redis_url) == 1)
        await in_order(tasks, calls, rate_limiter, "ABCDE")
    assert "".join(calls.names) == "XABCDaEb"


async def test_seconds_waited_are_reported_and_are_0_when_a_slot_was_free(
    redis_url: str, sandbox: Sandbox, connect: Connect
) -> None:
    waits: list[float] = []
    rate_limiter = RedisRateLimiter(redis_url, RateLimits(get=2, post=None, per=2.0))
    async with connect(
        sandbox, rate_limiter=rate_limiter, on_event=lambda event: waits.append(event.waited)
    ) as client:
        await client.login()
        waits.clear()
        for _ in range(3):
            await client.profile()
        # Each call tells of its attempt and of itself; the first gives Redis time to settle.
        attempts, calls = waits[::2], waits[1::2]
        assert attempts == calls
        assert attempts[1] == 0.0
        assert attempts[2] > 0.0
        assert client.stats.waits == 2
        assert client.stats.waited == sum(attempts)


async def test_a_429_of_one_process_holds_back_all(
    redis_url: str, sandbox: Sandbox, connect: Connect
) -> None:
    first, second = limiter(redis_url, 100), limiter(redis_url, 100)
    async with (
        connect(sandbox, rate_limiter=first) as one,
        connect(sandbox, rate_limiter=second) as other,
    ):
        await one.profile()
        await other.profile()
        sandbox.set_faults(Fault("429", method="GET", times=1, retry_after=1))
        sandbox.forget_requests()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(one.profile)
            await until(lambda: keys(redis_url, "blocked_until") != [])
            for _ in range(5):
                tasks.start_soon(other.profile)
        arrivals = [record.at for record in sandbox.requests]
        assert len(arrivals) == 7
        assert min(arrivals[1:]) - arrivals[0] >= 1.0


async def cancelled_by_scope(rate_limiter: RedisRateLimiter, after: float) -> None:
    with anyio.move_on_after(after):
        await Calls().make(rate_limiter, lasting=0.001)


async def cancelled_by_task(rate_limiter: RedisRateLimiter, after: float) -> None:
    task = asyncio.create_task(Calls().make(rate_limiter, lasting=0.001))
    await asyncio.sleep(after)
    task.cancel()
    await asyncio.wait([task])


@pytest.mark.parametrize(
    ("anyio_backend", "cancelled"),
    [
        ("asyncio", cancelled_by_scope),
        ("trio", cancelled_by_scope),
        ("asyncio", cancelled_by_task),
    ],
    ids=["asyncio", "trio", "asyncio-task"],
)
async def test_a_waiter_cancelled_at_any_moment_leaves_no_place_taken(
    cancelled: object, redis_url: str
) -> None:
    assert callable(cancelled)
    # With a long lease, so that nothing but a place given back lets another call in.
    limits, rng = RateLimits(get=3, per=PER), Random(1)
    rate_limiter = RedisRateLimiter(redis_url, limits, lease=60.0)
    async with anyio.create_task_group() as tasks:
        for _ in range(150):
            # Around the time of one answer of Redis, and around that of a whole window.
            after = rng.choice([0.0, rng.uniform(0, 0.005), rng.uniform(0, 1.2 * PER)])
            tasks.start_soon(cancelled, rate_limiter, after)
            await anyio.sleep(rng.uniform(0, 0.01))
    await until(lambda: running(redis_url) == 0)
    await anyio.sleep(PER)
    calls = Calls()
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(calls.make, rate_limiter)
    assert calls.waits == [0.0] * 3


@pytest.mark.parametrize("loop", ["asyncio", "trio"])
def test_a_program_that_gives_up_and_ends_leaves_no_reservation(loop: str, redis_url: str) -> None:
    async def main() -> None:
        rate_limiter = limiter(redis_url, 1)
        await Calls().make(rate_limiter)
        with anyio.move_on_after(0.1):
            await Calls().make(rate_limiter)
        assert running(redis_url) == 0

    anyio.run(main, backend=loop)
    assert running(redis_url) == 0


async def test_places_of_a_process_that_died_come_back_after_lease_and_window(
    redis_url: str,
) -> None:
    dead, taken, before = RedisSlots(Secret(redis_url), "autoleap", PER, LEASE), 0, time.monotonic()
    while taken < 3:
        reply = dead.reserve("GET", f"slot {taken}", 3, last_seen=0, offline_calls=False)
        taken += reply.wait == 0
        await anyio.sleep(reply.wait)
    rate_limiter, calls = limiter(redis_url, 3), Calls()
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(calls.make, rate_limiter)
    assert min(calls.began) >= before + PER + LEASE
    assert fullest_window(sorted(calls.began), PER) <= 3


def test_a_reservation_that_is_given_up_does_not_come_free_before_its_time(redis_url: str) -> None:
    slots = RedisSlots(Secret(redis_url), "autoleap", 60.0, lease=60.0)

    def ask(slot_id: str) -> float:
        return slots.reserve("GET", slot_id, 1, last_seen=0, offline_calls=False).wait

    while ask("first") > 0:
        time.sleep(0.01)
    slots.release("GET", "first", used=True)
    assert 50 < ask("second") <= 60
    slots.release("GET", "second", used=False)
    assert 50 < ask("third") <= 60


def test_places_taken_and_given_back_in_any_order_never_pass_the_limit(redis_url: str) -> None:
    per, limit, spans = 0.1, 4, list[tuple[float, float]]()

    def process(seed: int) -> None:
        rng, slots = Random(seed), RedisSlots(Secret(redis_url), "autoleap", per, lease=5.0)
        for number in range(25):
            slot_id = f"{seed}.{number}"
            while (
                reply := slots.reserve("GET", slot_id, limit, last_seen=0, offline_calls=False)
            ).wait > 0:
                time.sleep(reply.wait)
            if rng.random() < 0.2:
                slots.release("GET", slot_id, used=False)
                continue
            began = time.monotonic()
            time.sleep(rng.choice([0, 0.001, 0.02]))
            ended = time.monotonic()
            slots.release("GET", slot_id, used=True)
            spans.append((began, ended))

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(process, range(6)))
    assert running(redis_url) == 0
    for edge in [began for began, _ in spans] + [ended for _, ended in spans]:
        # A server saw each call at some moment from its beginning to its end.
        assert sum(ended >= edge and began < edge + per for began, ended in spans) <= limit


@pytest.mark.parametrize("loss", ["emptied", "old copy"])
def test_a_redis_that_lost_what_it_knew_makes_all_wait(redis_url: str, loss: str) -> None:
    slots = RedisSlots(Secret(redis_url), "autoleap", PER, LEASE)
    slots.reserve("GET", "first", 3, last_seen=0, offline_calls=False)
    time.sleep(0.05)
    with redis.Redis.from_url(redis_url) as client:
        copy = {key: client.dump(key) for key in client.keys("*")} if loss == "old copy" else {}
        seen = slots.reserve("GET", "second", 3, last_seen=0, offline_calls=False).server_time
        client.flushall()
        for key, value in copy.items():
            client.restore(key, 0, value)
    reply = slots.reserve("GET", "third", 3, last_seen=seen, offline_calls=False)
    assert reply.state_lost
    assert reply.wait == pytest.approx(PER + LEASE)
    newcomer = slots.reserve("GET", "fourth", 3, last_seen=0, offline_calls=False)
    assert newcomer.wait > 0


async def test_without_redis_calls_fail_and_nothing_is_sent(
    switch: Switch, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, rate_limiter=limiter(switch.url, 50, lease=LEASE)) as client:
        await client.profile()
        switch.stop()
        sandbox.forget_requests()
        for _ in range(3):
            with pytest.raises(RateLimiterUnavailableError, match="is not available") as caught:
                await client.profile()
            assert (caught.value.method, caught.value.path) == ("GET", "/partners/profile")
            assert (caught.value.status, caught.value.attempts) == (None, 0)
        assert len(sandbox.requests) == 0
        switch.start()
        with anyio.fail_after(HANG):
            await client.profile()


async def test_an_import_goes_on_when_redis_is_back(
    switch: Switch, sandbox: Sandbox, connect: Connect
) -> None:
    limits = RateLimits(post=50, get=50, per=PER)
    rate_limiter = RedisRateLimiter(switch.url, limits, lease=LEASE)
    people = [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(40)]

    async def restart() -> None:
        await until(lambda: bool(sandbox.requests.of("createCustomers")))
        switch.stop()
        await anyio.sleep(0.2)
        switch.start()

    async with (
        connect(sandbox, rate_limiter=rate_limiter) as client,
        anyio.create_task_group() as tasks,
    ):
        await client.login()
        tasks.start_soon(restart)
        shop = client.company(sandbox.company_id)
        report = await shop.customers.create(people, batch_size=2, concurrency=1)
    assert (report.done, report.failed, report.unknown) == (40, 0, 0)
    # What was never sent is not looked for.
    assert sandbox.requests.of("listCustomers") == []
    created = [record.body for record in sandbox.requests.of("createCustomers")]
    assert len(created) == 20


async def test_without_redis_a_process_goes_on_in_its_share_after_a_time_of_quiet(
    switch: Switch, caplog: pytest.LogCaptureFixture
) -> None:
    rate_limiter, calls = limiter(switch.url, 6, share=2, lease=LEASE), Calls()
    await calls.make(rate_limiter)
    switch.stop()
    stopped = time.monotonic()
    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(calls.make, rate_limiter)
    alone = sorted(calls.began[1:])
    assert alone[0] >= stopped + PER + LEASE
    assert fullest_window(alone, PER) <= 2
    assert len([one for one in caplog.records if "fallback limits" in one.message]) == 1
    switch.start()
    await anyio.sleep(_slot_client.RETRY_INTERVAL)
    back = time.monotonic()
    newcomer = limiter(switch.url, 6, share=2, lease=LEASE)
    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(calls.make, rate_limiter)
        await until(lambda: running(switch.url) > 0)
        for _ in range(6):
            tasks.start_soon(calls.make, newcomer)
    together = sorted(calls.began[6:])
    assert together[0] >= back + PER + LEASE
    assert fullest_window(together, PER) <= 6
