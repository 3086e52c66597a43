"""Measure calls during a short outage of the token store in Redis, at the moment of a refresh.

    python -m benchmarks.token_store_outage [--calls 400]

Four clients with one session make the calls at the same time, with an access token that has
expired. Redis fails before the refresh, or while the refresh is on its way to the server.
"""

from __future__ import annotations

import argparse
import shutil
import signal
import socket
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import anyio
import redis as redis_py
from attrs import define, evolve, field

from autoleap import AutoLeap, AutoLeapError, RateLimits, RedisTokenStore
from autoleap.sandbox import Fault, Sandbox

PROGRAM = shutil.which("redis-server")
CLIENTS = 4
UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)


def find_free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


@define
class Redis:
    """A Redis that can be killed, started again and stopped."""

    folder: Path
    port: int = field(factory=find_free_port)
    server: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address."""
        return f"redis://127.0.0.1:{self.port}/0"

    def start(self) -> None:
        """Start an empty Redis and wait until it is ready."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1"]
        options += ["--save", "", "--dir", str(self.folder)]
        self.server = subprocess.Popen([str(PROGRAM), *options], stdout=subprocess.DEVNULL)
        with redis_py.Redis(port=self.port) as client:
            while True:
                with suppress(redis_py.ConnectionError):
                    client.ping()
                    return
                time.sleep(0.01)

    def kill(self) -> None:
        """Kill it, with all that it keeps."""
        if self.server is not None:
            self.server.kill()
            self.server.wait()

    def send_signal(self, number: signal.Signals) -> None:
        """Send a signal to its process."""
        if self.server is not None:
            self.server.send_signal(number)


@define(frozen=True)
class Outage:
    """An outage: its name, its seconds, and how it begins and ends."""

    name: str
    seconds: float
    begin: Callable[[Redis], None]
    end: Callable[[Redis], None]


OUTAGES = (
    Outage("killed, back after 1 s", 1.0, Redis.kill, Redis.start),
    Outage("refused for 8 s", 8.0, Redis.kill, Redis.start),
    Outage(
        "hung for 10 s",
        10.0,
        lambda redis: redis.send_signal(signal.SIGSTOP),
        lambda redis: redis.send_signal(signal.SIGCONT),
    ),
)


@contextmanager
def running_redis() -> Iterator[Redis]:
    """Run a Redis in a folder of its own."""
    with TemporaryDirectory() as folder:
        redis = Redis(Path(folder))
        redis.start()
        try:
            yield redis
        finally:
            redis.kill()


@define(frozen=True)
class Result:
    """What the calls of one outage met.

    Attributes:
        errors: Number of calls by the name of their error.
        longest: Seconds of the longest call.
        logins: Logins after the one that opened the session.
        refreshes: Refreshes that the server made.
    """

    errors: Counter[str]
    longest: float
    logins: int
    refreshes: int


async def measure(outage: Outage, moment: str, calls: int) -> Result:
    """Make the calls through an outage.

    Args:
        outage: The outage.
        moment: "before" the refresh, or "during" it.
        calls: Number of calls of all clients together.
    """
    errors: Counter[str] = Counter()
    times: list[float] = []
    with running_redis() as redis, Sandbox(limits=None) as sandbox:
        async with AsyncExitStack() as stack:
            clients = [
                await stack.enter_async_context(make_client(sandbox, redis.url))
                for _ in range(CLIENTS)
            ]
            await expire_session(clients, sandbox, redis.url)
            sandbox.set_faults(Fault("hang-before", operation="refreshTokens", seconds=1.0))
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(fail, outage, redis, 0.0 if moment == "before" else 0.5)
                for number in range(calls):
                    tasks.start_soon(call, clients[number % CLIENTS], errors, times)
        counts = sandbox.counts
    return Result(errors, max(times), counts.logins - 1, counts.refreshes)


def make_client(sandbox: Sandbox, url: str) -> AutoLeap:
    """Make a client of the session in Redis."""
    return AutoLeap(
        sandbox.partner_id,
        sandbox.auth_key,
        base_url=sandbox.base_url,
        limits=UNLIMITED,
        token_store=RedisTokenStore(url),
    )


async def expire_session(clients: list[AutoLeap], sandbox: Sandbox, url: str) -> None:
    """Open a session that all clients have in hand, and let its access token expire."""
    for client in clients:
        await client.profile()
    store = RedisTokenStore(url)
    pair = await store.load()
    if pair is None:
        raise SystemExit("the store holds no session")
    await store.save(evolve(pair, expires_at=time.time() - 1))
    sandbox.revoke_access_tokens()


async def fail(outage: Outage, redis: Redis, after: float) -> None:
    """Begin and end the outage."""
    await anyio.sleep(after)
    outage.begin(redis)
    await anyio.sleep(outage.seconds)
    await anyio.to_thread.run_sync(outage.end, redis)


async def call(client: AutoLeap, errors: Counter[str], times: list[float]) -> None:
    """Make one call and note its error and its time."""
    start = time.monotonic()
    try:
        await client.profile()
    except AutoLeapError as error:
        errors[type(error).__name__] += 1
    times.append(time.monotonic() - start)


def main() -> None:
    """Print a line for each outage and moment."""
    parser = argparse.ArgumentParser(description="Measure calls during an outage of Redis.")
    parser.add_argument("--calls", type=int, default=400)
    calls = parser.parse_args().calls
    if PROGRAM is None:
        raise SystemExit("redis-server is not installed")
    for outage in OUTAGES:
        for moment in ("before", "during"):
            result = anyio.run(measure, outage, moment, calls)
            print(
                f"{outage.name:24}{moment:8}{result.errors.total():5} of {calls} calls failed, "
                f"longest {result.longest:4.1f} s, {result.logins} logins, "
                f"{result.refreshes} refreshes",
                flush=True,
            )


if __name__ == "__main__":
    main()
