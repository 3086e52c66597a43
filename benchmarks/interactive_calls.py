"""Interactive calls beside bulk work: `python -m benchmarks.interactive_calls [memory|redis]`.

An import of low priority makes POST calls as fast as it may. Calls of high priority come at random
times, 5 and 15 a minute. The program prints their waits, and which part of the rate limit was used.
The rate limit is that of the contract, 50 calls per 60 s.

memory: one hour for each row, on trio's virtual clock.
redis: ten minutes for each row at 1/20 of the time, so 50 calls per 3 s, with a real Redis server.
The import and the interactive calls have a limiter each, as in two processes. The printed seconds
are scaled back to the real limits. Needs `redis-server`.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from random import Random

import anyio
import trio
from attrs import define, field
from trio.testing import MockClock

from autoleap import MemoryRateLimiter, RateLimiter, RateLimits, RedisRateLimiter
from autoleap._ratelimit.priority import Priority
from tests.helpers.redis_server import redis_server

LIMIT, MINUTE = 50, 60.0
BULK_CONCURRENCY, STREAMS = 4, 32


@define
class Load:
    """The calls of one run. All seconds are those of the real limits.

    Attributes:
        scale: Length of a real second in the run.
        duration: Seconds of the run.
        waits, starts: Seconds waited, and the times at which calls started, by priority.
    """

    scale: float
    duration: float
    waits: dict[Priority, list[float]] = field(factory=lambda: {"high": [], "low": []})
    starts: dict[Priority, list[float]] = field(factory=lambda: {"high": [], "low": []})
    random: Random = field(factory=lambda: Random(1))  # noqa: S311  # not for security

    async def call(self, limiter: RateLimiter, priority: Priority) -> None:
        """Make one call of 0.1 to 0.5 seconds."""
        asked = anyio.current_time()
        async with limiter.acquire("POST", priority):
            now = anyio.current_time()
            self.waits[priority].append((now - asked) / self.scale)
            self.starts[priority].append(now / self.scale)
            await anyio.sleep(self.random.uniform(0.1, 0.5) * self.scale)

    async def stream(self, limiter: RateLimiter, priority: Priority) -> None:
        """Make calls one after another without a pause."""
        while True:
            await self.call(limiter, priority)

    async def visit(self, limiter: RateLimiter, per_minute: float) -> None:
        """Make calls of high priority at random times."""
        async with anyio.create_task_group() as tasks:
            while True:
                await anyio.sleep(self.random.expovariate(per_minute / MINUTE) * self.scale)
                tasks.start_soon(self.call, limiter, "high")

    async def warm_up(self, *limiters: RateLimiter) -> None:
        """Make a call of another method with each limiter: a new Redis waits for a second."""
        for limiter in limiters:
            async with limiter.acquire("DELETE", "low"):
                pass

    async def run(self, make: Callable[[], RateLimiter], visits: float, streams: int) -> None:
        """Run an import beside visits and streams of high priority."""
        bulk, web = make(), make()
        await self.warm_up(bulk, web)
        with anyio.move_on_after(self.duration * self.scale):
            async with anyio.create_task_group() as tasks:
                for _ in range(BULK_CONCURRENCY):
                    tasks.start_soon(self.stream, bulk, "low")
                for _ in range(streams):
                    tasks.start_soon(self.stream, web, "high")
                if visits:
                    tasks.start_soon(self.visit, web, visits)
                await anyio.sleep_forever()

    def report(self, name: str) -> None:
        """Print one row."""
        calls = sum(len(starts) for starts in self.starts.values())
        used = calls / (LIMIT * self.duration / MINUTE)
        text = f"{name:26} rate limit used {used:6.1%}, low {len(self.waits['low']) / calls:6.1%}"
        for priority, waits in self.waits.items():
            if len(waits) > 1:
                p50, p99 = statistics.median(waits), statistics.quantiles(waits, n=100)[98]
                text += (
                    f" | {priority}: p50 {p50:5.2f} s, p99 {p99:5.2f} s, max {max(waits):5.2f} s"
                )
        print(text, flush=True)


ROWS = [("import alone", 0, 0), ("5 interactive a minute", 5, 0)]
ROWS += [("15 interactive a minute", 15, 0), ("32 streams", 0, STREAMS)]


def run_in_memory() -> None:
    """Run all rows on a virtual clock."""
    for name, visits, streams in ROWS:
        load, limiter = Load(1.0, 60 * MINUTE), MemoryRateLimiter(RateLimits(per=MINUTE))
        clock = MockClock(autojump_threshold=0)
        trio.run(partial(load.run, lambda: limiter, visits, streams), clock=clock)  # noqa: B023
        load.report(name)


def run_on_redis(scale: float = 1 / 20) -> None:
    """Run all rows in scaled time, each with an empty Redis."""
    limits = RateLimits(per=MINUTE * scale)
    for name, visits, streams in ROWS:
        with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
            load = Load(scale, 10 * MINUTE)
            make = partial(RedisRateLimiter, url, limits, lease=MINUTE * scale)
            anyio.run(load.run, make, visits, streams)
            load.report(name)


if __name__ == "__main__":
    run_on_redis() if sys.argv[1:] == ["redis"] else run_in_memory()
