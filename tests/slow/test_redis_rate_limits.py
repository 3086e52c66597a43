"""Rate limits in Redis in one process: slots, reservations, leases, and a lost Redis."""

from __future__ import annotations

import asyncio
import re
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from random import Random
from typing import Any
from urllib.parse import urlsplit

import anyio
import anyio.lowlevel
import anyio.to_thread
import pytest
import redis

from autoleap import (
    ConfigurationError,
    RateLimiterUnavailableError,
    RateLimits,
    RedisRateLimiter,
    Secret,
)
from autoleap._ratelimit.priority import Priority
from autoleap.redis import _connection, _queue, _slot_scripts
from autoleap.redis._slot_scripts import RedisSlots, SlotMessage, SlotReply, SlotTimes
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
    monkeypatch.setattr(_connection, "BACKOFF_MAX", 0.05)


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


def waiting(url: str, line: str) -> int:
    """Return the number of processes that wait in a line."""
    with redis.Redis.from_url(url) as client:
        return sum(client.zcard(key) for key in keys(url, line))


class Process:
    """A process that speaks to Redis without a limiter; its messages can be lost or late."""

    def __init__(self, url: str, name: str, per: float = PER, lease: float = LEASE) -> None:
        self.slots = RedisSlots(Secret(url), "autoleap", SlotTimes(per=per, lease=lease))
        self._name, self._sequence = name, 0

    def send(self, limit: int, **content: Any) -> SlotReply:
        """Send a message, later than all messages before it unless it has a number."""
        self._sequence += 1
        message = SlotMessage(**{"process": self._name, "sequence": self._sequence, **content})
        return self.slots.exchange("GET", limit, message)

    def take(self, limit: int, *ids: str) -> SlotReply:
        """Wait until Redis grants a slot to one of the calls, at least."""
        while not (reply := self.send(limit, high=ids)).granted:
            time.sleep(0.001 if reply.wait is None else min(reply.wait, 0.02))
        return reply


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
    await until(lambda: running(redis_url) == 0)


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


@pytest.mark.parametrize("apart", [False, True], ids=["one process", "two processes"])
async def test_urgent_calls_overtake_low_ones_of_all_processes_and_do_not_starve_them(
    apart: bool, redis_url: str
) -> None:
    rate_limiter, calls = limiter(redis_url, 1), Calls()
    other = limiter(redis_url, 1) if apart else rate_limiter
    async with anyio.create_task_group() as tasks:
        await calls.make(rate_limiter, "X")
        await in_order(tasks, calls, rate_limiter, "ab")
        await until(lambda: waiting(redis_url, "low_waiting") == 1)
        await in_order(tasks, calls, other, "ABCDE")
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

    anyio.run(main, backend=loop)
    assert running(redis_url) == 0


async def test_slots_of_a_process_that_died_come_back_within_two_windows(redis_url: str) -> None:
    per = 2.0
    dead, before = Process(redis_url, "dead", per, LONG_LEASE), time.monotonic()
    assert len(dead.take(3, "1", "2", "3").granted) == 3
    died = time.monotonic()
    rate_limiter = RedisRateLimiter(redis_url, RateLimits(get=3, per=per), lease=LONG_LEASE)
    calls = Calls()
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(calls.make, rate_limiter)
    assert min(calls.began) >= before + per, "the server may have received the calls"
    assert max(calls.began) <= died + 2 * per


def test_one_message_takes_as_many_slots_as_calls_wait_and_slots_are_free(redis_url: str) -> None:
    process = Process(redis_url, "one", per=60.0)
    assert len(process.take(10, *"abcd").granted) == 4
    reply = process.send(10, held=list("abcd"), high=list("efghijklm"))
    assert reply.granted == list("efghij")
    assert process.send(10, held=list("abcdefghij"), high=list("klm")).granted == []


def test_processes_that_wait_share_the_slots_that_become_free(redis_url: str) -> None:
    first, second = Process(redis_url, "1", per=60.0), Process(redis_url, "2", per=60.0)
    ids = [f"first {number}" for number in range(10)]
    assert len(first.take(10, *ids).granted) == 10
    waiting = {one: [f"{one} {place}" for place in range(10, 20)] for one in ("1", "2")}
    assert second.send(10, high=waiting["2"]).granted == []
    first.send(10, unused=ids)
    got: dict[str, list[str]] = {"1": [], "2": []}
    for _ in range(10):
        for name, process in (("1", first), ("2", second)):
            wanted = [one for one in waiting[name] if one not in got[name]]
            got[name] += process.send(10, held=got[name], high=wanted).granted
    assert len(got["1"]) + len(got["2"]) == 10
    assert 4 <= len(got["1"]) <= 6


def test_a_message_that_is_sent_again_takes_no_more_slots(redis_url: str) -> None:
    process = Process(redis_url, "one", per=60.0)
    first = process.take(10, *"abc")
    again = process.send(10, high=list("abc"))
    assert sorted(first.granted) == sorted(again.granted) == list("abc")
    assert running(redis_url) == 3


def test_a_late_message_does_not_undo_a_newer_one(redis_url: str) -> None:
    process = Process(redis_url, "one", per=60.0)
    process.take(10, "a")
    process.send(10, unused=["a"], sequence=1000)
    process.send(10, high=["a", "b"], sequence=999)
    assert running(redis_url) == 0


def test_a_slot_that_its_process_reports_again_after_a_pause_is_held_again(redis_url: str) -> None:
    process = Process(redis_url, "one", per=0.4)
    process.take(1, "a")
    time.sleep(0.4)  # longer than Redis keeps the slot without a report
    process.send(1, held=["a"])
    time.sleep(0.2)
    assert Process(redis_url, "other", per=0.4).send(1, high=["b"]).granted == []
    assert running(redis_url) == 1


def test_all_keys_expire_by_themselves(redis_url: str) -> None:
    process = Process(redis_url, "one")
    process.take(3, "a")
    process.send(3, held=["a"], low=["b"])
    process.send(1, held=["a", "b"], high=["c"], low=["d"])
    process.slots.block("GET", 5.0)
    with redis.Redis.from_url(redis_url) as client:
        ttls = {key: client.pttl(key) for key in client.keys("*")}
    assert len(ttls) >= 8
    assert min(ttls.values()) > 0
    assert max(ttls.values()) <= 1000 * 2 * 3600


def test_slots_taken_and_given_back_in_any_order_never_pass_the_limit(redis_url: str) -> None:
    per, limit, spans = 0.2, 4, list[tuple[float, float]]()

    def run(seed: int) -> None:
        rng, process, number = Random(seed), Process(redis_url, str(seed), per, lease=5.0), 0
        while number < 25:
            wanted = [f"{seed}.{number + place}" for place in range(rng.randint(1, 3))]
            number += len(wanted)
            granted = process.take(limit, *wanted).granted
            began = time.monotonic()
            time.sleep(rng.choice([0, 0.001, 0.02]))
            unused = rng.sample(granted, 1) if rng.random() < 0.2 else []
            used = [one for one in granted if one not in unused]
            spans.extend([(began, time.monotonic())] * len(used))
            process.send(limit, ended=used, unused=[*unused, *set(wanted) - set(granted)])

    with ThreadPoolExecutor(6) as threads:
        list(threads.map(run, range(6)))
    assert running(redis_url) == 0
    for edge in [began for began, _ in spans] + [ended for _, ended in spans]:
        # A server saw each call at some moment from its beginning to its end.
        assert sum(ended >= edge and began < edge + per for began, ended in spans) <= limit


@pytest.mark.parametrize("loss", ["emptied", "old copy"])
def test_a_redis_that_lost_what_it_knew_makes_all_wait(redis_url: str, loss: str) -> None:
    process = Process(redis_url, "one")
    process.take(3, "first")
    time.sleep(0.05)
    with redis.Redis.from_url(redis_url) as client:
        copy = {key: client.dump(key) for key in client.keys("*")} if loss == "old copy" else {}
        seen = process.take(3, "second").server_time
        client.flushall()
        for key, value in copy.items():
            client.restore(key, 0, value)
    reply = process.send(3, high=["third"], last_seen=seen)
    assert reply.state_lost
    assert reply.granted == []
    assert reply.wait == pytest.approx(PER + LEASE)
    assert Process(redis_url, "new").send(3, high=["fourth"]).granted == []


async def test_a_limiter_in_another_thread_raises_instead_of_hanging(redis_url: str) -> None:
    rate_limiter = limiter(redis_url)
    await Calls().make(rate_limiter)

    def use_in_thread() -> None:
        with pytest.raises(ConfigurationError, match="another event loop"):
            asyncio.run(Calls().make(rate_limiter))

    await anyio.to_thread.run_sync(use_in_thread)


async def test_accounts_with_the_default_name_have_separate_limits(
    redis_url: str, sandbox: Sandbox, connect: Connect
) -> None:
    limits = RateLimits(get=1, post=None)
    with Sandbox(limits=None) as other_sandbox:
        async with (
            connect(sandbox, rate_limiter=RedisRateLimiter(redis_url, limits)) as one,
            connect(other_sandbox, rate_limiter=RedisRateLimiter(redis_url, limits)) as other,
        ):
            with anyio.fail_after(HANG / 2):
                await one.profile()
                await other.profile()
    assert not any(sandbox.partner_id.encode() in key for key in keys(redis_url, "running"))


async def test_one_limiter_for_two_accounts_is_refused(
    redis_url: str, sandbox: Sandbox, connect: Connect
) -> None:
    rate_limiter = RedisRateLimiter(redis_url)
    connect(sandbox, rate_limiter=rate_limiter)
    connect(sandbox, rate_limiter=rate_limiter)
    with (
        Sandbox(limits=None) as other_sandbox,
        pytest.raises(ConfigurationError, match="one rate limiter for each account"),
    ):
        connect(other_sandbox, rate_limiter=rate_limiter)


@pytest.mark.parametrize("end", ["return", "close"])
def test_a_loop_that_ends_with_slots_leaves_them_free_within_seconds(
    end: str, redis_url: str
) -> None:
    per = 2.0

    async def take_and_leave() -> None:
        rate_limiter = RedisRateLimiter(redis_url, RateLimits(get=2, per=per), lease=LONG_LEASE)
        make = partial(Calls().make, rate_limiter, lasting=HANG)
        leaked.extend(asyncio.create_task(make()) for _ in range(6))
        await until(lambda: running(redis_url) == 2)

    leaked: list[asyncio.Task[None]] = []
    loop = asyncio.new_event_loop()
    if end == "return":
        asyncio.run(take_and_leave())
    else:
        loop.run_until_complete(take_and_leave())
    ended, calls = time.monotonic(), Calls()
    rate_limiter = RedisRateLimiter(redis_url, RateLimits(get=2, per=per), lease=LONG_LEASE)
    asyncio.run(calls.make(rate_limiter))
    assert calls.began[0] <= ended + 2 * per
    for task in leaked:
        task.cancel()
    if end == "close":
        loop.run_until_complete(asyncio.gather(*leaked, return_exceptions=True))
    loop.close()


async def test_after_a_long_outage_calls_fail_and_nothing_is_sent(
    switch: Switch, sandbox: Sandbox, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_queue, "OUTAGE_TIMEOUT", 0.3)
    async with connect(sandbox, rate_limiter=limiter(switch.url, 50, lease=LEASE)) as client:
        await client.profile()
        switch.stop()
        stopped = time.monotonic()
        sandbox.forget_requests()
        for _ in range(3):
            with pytest.raises(RateLimiterUnavailableError, match="is not available") as caught:
                await client.profile()
            assert (caught.value.method, caught.value.path) == ("GET", "/partners/profile")
            assert (caught.value.status, caught.value.attempts) == (None, 0)
            assert time.monotonic() >= stopped + 0.3
        assert len(sandbox.requests) == 0
        switch.start()
        with anyio.fail_after(HANG):
            await client.profile()


async def test_calls_wait_for_a_redis_that_restarts(switch: Switch) -> None:
    rate_limiter, calls = limiter(switch.url, 50, lease=0.2), Calls()
    await calls.make(rate_limiter)
    switch.stop()
    async with anyio.create_task_group() as tasks:
        for _ in range(40):
            tasks.start_soon(calls.make, rate_limiter)
        await anyio.sleep(0.5)
        assert len(calls.began) == 1
        switch.start()
    assert len(calls.ended) == 41


async def test_a_call_waits_for_redis_until_its_deadline_at_most(switch: Switch) -> None:
    rate_limiter, calls = limiter(switch.url), Calls()
    await calls.make(rate_limiter)
    switch.stop()
    started = time.monotonic()
    with anyio.move_on_after(0.3) as scope:
        await calls.make(rate_limiter)
    assert scope.cancelled_caught
    assert time.monotonic() < started + 1.0


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
    # What was never sent is not looked for: only the rows from before the call are read.
    assert len(sandbox.requests.of("listCustomers")) <= 2
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
    back = time.monotonic()
    switch.start()
    await anyio.sleep(_connection.BACKOFF_MAX)
    newcomer = limiter(switch.url, 6, share=2, lease=LEASE)
    async with anyio.create_task_group() as tasks:
        for _ in range(6):
            tasks.start_soon(calls.make, rate_limiter)
        await until(lambda: waiting(switch.url, "high_waiting") > 0)
        for _ in range(6):
            tasks.start_soon(calls.make, newcomer)
    together = sorted(calls.began[6:])
    assert together[0] >= back + PER + LEASE
    assert fullest_window(together, PER) <= 6


async def test_interactive_calls_of_one_process_are_quick_beside_the_import_of_another(
    redis_url: str,
) -> None:
    # The limit of POST calls at a tenth of the time.
    scale, waits = 1 / 10, list[float]()
    limits, rng = RateLimits(post=50, per=60.0 * scale), Random(1)
    bulk, web = (RedisRateLimiter(redis_url, limits) for _ in range(2))

    async def run_import() -> None:
        while True:
            async with bulk.acquire("POST", "low"):
                await anyio.sleep(0.3 * scale)

    async def visit() -> None:
        async with web.acquire("POST") as slot:
            waits.append(slot.waited)

    await visit()  # a new Redis waits first
    waits.clear()
    with anyio.move_on_after(240 * scale):
        async with anyio.create_task_group() as tasks:
            for _ in range(4):
                tasks.start_soon(run_import)
            while True:
                await anyio.sleep(rng.expovariate(10 / 60) * scale)
                tasks.start_soon(visit)
    assert statistics.median(waits) == 0
    assert max(waits) <= 15 * scale


async def test_a_long_wait_for_redis_slots_is_told(
    redis_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "autoleap")
    rate_limiter = RedisRateLimiter(redis_url, RateLimits(post=1))
    async with rate_limiter.acquire("POST"):
        pass
    with anyio.move_on_after(0.5):
        async with rate_limiter.acquire("POST"):
            pass
    told = [message for message in caplog.messages if message.startswith("waiting")]
    assert len(told) == 1
    assert re.match(r"waiting (59|60) s for the rate limit, POST 1 per 60 s, 0 calls", told[0])
