"""The rate limiter with a slow or broken Redis: `python -m benchmarks.slow_redis`.

The program prints
- the slots per second of 32 tasks in one process, if each round trip to Redis takes 200 ms,
- the results of 480 calls that ask for slots while Redis restarts, and while it hangs for 10 s,
- the seconds until the slots of a killed process are free again, with windows of 2 s.
Needs `redis-server`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import urlsplit

import anyio
import redis

from autoleap import AutoLeapError, RateLimiter, RateLimits, RedisRateLimiter
from tests.helpers.redis_server import redis_server

ROUND_TRIP, TASKS, CALLS = 0.2, 32, 480


def delay_traffic(url: str) -> str:
    """Serve Redis at another address, with half of the round trip in each direction."""
    listener = socket.create_server(("127.0.0.1", 0))
    target = ("127.0.0.1", urlsplit(url).port or 0)

    def pump(source: socket.socket, sink: socket.socket) -> None:
        while data := source.recv(65536):
            time.sleep(ROUND_TRIP / 2)
            sink.sendall(data)

    def serve() -> None:
        while True:
            client = listener.accept()[0]
            with suppress(OSError):  # Redis has ended
                server = socket.create_connection(target)
                for pair in ((client, server), (server, client)):
                    threading.Thread(target=pump, args=pair, daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return f"redis://127.0.0.1:{listener.getsockname()[1]}/0"


async def count_slots(url: str, seconds: float) -> float:
    """Return the slots per second that one process gets."""
    limiter, count = RedisRateLimiter(url, RateLimits(get=6000)), 0

    async def take() -> None:
        nonlocal count
        while True:
            async with limiter.acquire("GET"):
                count += 1

    async with limiter.acquire("GET"):
        pass
    with anyio.move_on_after(seconds):
        async with anyio.create_task_group() as tasks:
            for _ in range(TASKS):
                tasks.start_soon(take)
    return count / seconds


async def take_slots(limiter: RateLimiter, results: Counter[str]) -> None:
    """Take all slots at once, and count the results."""

    async def take() -> None:
        try:
            async with limiter.acquire("GET"):
                results["granted"] += 1
        except AutoLeapError as error:
            results[type(error).__name__] += 1

    async with anyio.create_task_group() as tasks:
        for _ in range(CALLS):
            tasks.start_soon(take)


async def restart(folder: Path) -> Counter[str]:
    """Return the results of the calls while Redis is away for a second."""
    results: Counter[str] = Counter()
    with ExitStack() as first:
        url = first.enter_context(redis_server(folder))
        limiter = RedisRateLimiter(url, RateLimits(get=CALLS, per=1.0), lease=1.0)
        await take_slots(limiter, Counter())
        first.close()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(take_slots, limiter, results)
            await anyio.sleep(1.0)
            first.enter_context(redis_server(folder, urlsplit(url).port))
            while sum(results.values()) < CALLS:  # noqa: ASYNC110  # a benchmark
                await anyio.sleep(0.1)
    return results


async def hang(url: str, seconds: float) -> Counter[str]:
    """Return the results of the calls while Redis hangs."""
    results: Counter[str] = Counter()
    limiter = RedisRateLimiter(url, RateLimits(get=CALLS, per=1.0), lease=1.0)
    await take_slots(limiter, Counter())
    with redis.Redis.from_url(url) as client:
        process = int(client.info("server")["process_id"])
    os.kill(process, signal.SIGSTOP)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take_slots, limiter, results)
        await anyio.sleep(seconds)
        os.kill(process, signal.SIGCONT)
    return results


async def hold_slots(url: str) -> None:
    """Hold all three slots until this process is killed."""
    limiter = RedisRateLimiter(url, RateLimits(get=3, per=2.0))
    async with limiter.acquire("GET"), limiter.acquire("GET"), limiter.acquire("GET"):
        print("holding", flush=True)
        await anyio.sleep_forever()


async def take_one(url: str) -> None:
    """Take one slot of the rate limit of `hold_slots`."""
    async with RedisRateLimiter(url, RateLimits(get=3, per=2.0)).acquire("GET"):
        pass


def wait_for_killed(url: str) -> float:
    """Return the seconds from the end of a process until another process has its slots."""
    command = [sys.executable, "-m", "benchmarks.slow_redis", "hold", url]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as holder:
        if holder.stdout is not None:
            holder.stdout.readline()
        holder.kill()
    killed_at = time.monotonic()
    anyio.run(take_one, url)
    return time.monotonic() - killed_at


def main() -> None:
    """Run all four measurements, each with an empty Redis."""
    with tempfile.TemporaryDirectory() as folder:
        with redis_server(Path(folder)) as url:
            slots = anyio.run(count_slots, delay_traffic(url), 10.0)
            print(f"slots per second at {ROUND_TRIP * 1000:.0f} ms: {slots:.1f}", flush=True)
        results = anyio.run(restart, Path(folder))
        print(f"restart of one second: {dict(results)}", flush=True)
        with redis_server(Path(folder)) as url:
            results = anyio.run(hang, url, 10.0)
            print(f"hung for 10 s: {dict(results)}", flush=True)
        with redis_server(Path(folder)) as url:
            seconds = wait_for_killed(url)
            print(f"slots of a killed process are free after {seconds:.1f} s", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["hold"]:
        anyio.run(hold_slots, sys.argv[2])
    else:
        main()
