"""Cancel 2,000 calls at random times: `python -m benchmarks.cancellations`.

Sixty tasks read, list and create with one client. They cancel their calls while these wait for a
slot, a token or a response, in the backoff, and while creates settle doubtful records. The sandbox
refuses requests, cuts connections, and its tokens live for a second. Each of the four runs has
another event loop or rate limiter: asyncio and trio, memory and Redis. The waits of the settling
are shortened. The program prints where calls were cancelled, and what they left behind.

It exits with 1 if a task, a slot or a connection is left, if a window of the sandbox had too many
requests, if a record is lost or doubled, or if the client does not work afterwards.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from collections import Counter
from pathlib import Path
from random import Random
from time import monotonic

import anyio
import pytest
from attrs import define, field

from autoleap import (
    AutoLeap,
    MemoryRateLimiter,
    RateLimits,
    RedisRateLimiter,
    RedisTokenStore,
)
from autoleap._transport import retry_policy
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FaultKind
from benchmarks.cancelled_calls import Canceller, make_name, watch
from tests.helpers.leftovers import find_leftovers, find_slots
from tests.helpers.rate_limit_processes import count_refused, fullest_window
from tests.helpers.redis_server import redis_server
from tests.helpers.short_waits import shorten_waits

LIMITS = RateLimits(get=60, post=40, per=0.5)
LEASE, ACCESS_TTL, PATIENCE = 1.0, 1.0, 10.0

# Seconds after which a request that was on its way has arrived.
ARRIVAL = 0.3
DOUBT: tuple[FaultKind, ...] = ("500-after", "cut-after", "truncated", "503")
FAULTS = (
    *(Fault(kind, operation="createCustomers", probability=0.08) for kind in DOUBT),
    Fault("503", method="GET", probability=0.2),
    # A refresh that takes longer than the rest of the token's life, so that calls wait for it.
    Fault("hang-before", operation="refreshTokens", probability=0.5, seconds=0.3),
)


@define
class Run:
    """One combination of event loop and rate limiter.

    Attributes:
        title: Its name.
        count: Number of cancellations.
        seed: Seed of the calls and their times.
        redis_url: URL of an empty Redis; None for the rate limiter in memory.
    """

    title: str
    count: int
    seed: int
    redis_url: str | None = None
    limiter: MemoryRateLimiter | RedisRateLimiter = field(init=False)

    async def run(self) -> list[str]:
        """Cancel the calls, print the counts, and return what is wrong."""
        with make_sandbox() as sandbox:
            tasks_before, started_at = len(anyio.get_running_tasks()), monotonic()
            async with self.make_client(sandbox) as client:
                calls = Canceller(client, sandbox.company_id, self.count, Random(self.seed))  # noqa: S311
                await calls.run()
                ended_at = monotonic()
                wrong = await self.find_left(client, tasks_before) + await find_hang(client)
            wrong += await self.close() + calls.unexpected + compare(sandbox, calls.done)
        wrong += find_late(sandbox, ended_at)
        self.report(calls, ended_at - started_at, wrong)
        print(f"  {describe(sandbox)}", flush=True)
        return wrong

    def report(self, calls: Canceller, seconds: float, wrong: list[str]) -> None:
        """Print the counts of the calls, and what is wrong."""
        print(f"{self.title}: {calls.cancelled.total()} calls cancelled in {seconds:.0f} s")
        print(f"  cancelled in {dict(calls.cancelled)}; other results {dict(calls.results)}")
        print(f"  {'BROKEN: ' + '; '.join(wrong) if wrong else 'nothing left'}")

    def make_client(self, sandbox: Sandbox) -> AutoLeap:
        """Return the client, with a rate limiter and a token store in memory or in Redis."""
        url = self.redis_url
        self.limiter = (
            RedisRateLimiter(url, LIMITS, lease=LEASE) if url else MemoryRateLimiter(LIMITS)
        )
        return AutoLeap(
            sandbox.partner_id,
            sandbox.auth_key,
            base_url=sandbox.base_url,
            rate_limiter=self.limiter,
            token_store=RedisTokenStore(url) if url else None,
            on_event=watch,
        )

    async def find_left(self, client: AutoLeap, tasks_before: int) -> list[str]:
        """Return what is left as soon as nothing is left, or after some seconds."""
        deadline = monotonic() + PATIENCE
        while True:
            left = find_leftovers(client, self.limiter)
            if tasks := len(anyio.get_running_tasks()) - tasks_before:
                left.append(f"{tasks} tasks")
            if not left or monotonic() >= deadline:
                return left
            await anyio.sleep(0.05)

    async def close(self) -> list[str]:
        """Close the rate limiter, and return the slots that are left in Redis."""
        if isinstance(self.limiter, RedisRateLimiter):
            await self.limiter.aclose()
        return find_slots(self.redis_url) if self.redis_url else []


async def find_hang(client: AutoLeap) -> list[str]:
    """Return whether the client does not work any more."""
    with anyio.move_on_after(PATIENCE):
        await client.profile()
        return []
    return ["the client does not respond"]


def find_late(sandbox: Sandbox, ended_at: float) -> list[str]:
    """Return the requests that tasks of cancelled calls have sent afterwards."""
    operations = ("createCustomers", "listCustomers")
    late = [one for name in operations for one in sandbox.requests.of(name)]
    late = [one for one in late if one.at > ended_at + ARRIVAL]
    return [
        f"{one.operation_id} {one.at - ended_at:.1f} s after the end of all calls" for one in late
    ]


def make_sandbox() -> Sandbox:
    """Return a sandbox with the rate limits and the faults of the run."""
    limits = {"GET": LIMITS.get, "POST": LIMITS.post}
    return Sandbox(
        limits=limits, per=LIMITS.per, access_ttl=ACCESS_TTL, faults=FAULTS, latency=(0.0, 0.03)
    )


def compare(sandbox: Sandbox, done: list[str]) -> list[str]:
    """Return what the sandbox has received or stored wrongly."""
    rows = Counter(make_name(row) for row in sandbox.store.rows("customers"))
    ours = Counter({name: number for name, number in rows.items() if name.startswith("call ")})
    wrong = [f"{name} is lost" for name in done if name not in ours]
    wrong += [f"{name} is stored {number} times" for name, number in ours.items() if number > 1]
    wrong += [f"{n} of {limit} {m}" for m, (n, limit) in windows(sandbox).items() if n > limit]
    return wrong + ([f"{count_refused(sandbox)} x 429"] if count_refused(sandbox) else [])


def windows(sandbox: Sandbox) -> dict[str, tuple[int, int]]:
    """Return the requests in the fullest window, and the rate limit, by method."""
    times = {m: [one.at for one in sandbox.requests if one.method == m] for m in ("GET", "POST")}
    return {
        method: (fullest_window(sorted(at), LIMITS.per), LIMITS.get_limit(method) or 0)
        for method, at in times.items()
    }


def describe(sandbox: Sandbox) -> str:
    """Return the counts of the sandbox in one line."""
    fullest = ", ".join(f"{m} {n} of {limit}" for m, (n, limit) in windows(sandbox).items())
    counts = sandbox.counts
    return (
        f"fullest windows: {fullest}; {count_refused(sandbox)} x 429; "
        f"{len(sandbox.requests)} requests, {counts.faults} faults, {counts.refreshes} refreshes"
    )


def main() -> int:
    """Run all combinations; return 1 if anything is wrong."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.cancellations")
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    logging.getLogger("autoleap").setLevel(logging.ERROR)
    print(f"seed {options.seed}")
    wrong: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        shorten_waits(patch)
        patch.setattr(retry_policy, "BACKOFF_BASE", 0.3)  # so long that calls are cancelled in it
        patch.setattr(retry_policy, "BACKOFF_MAX", 1.0)
        for loop in ("asyncio", "trio"):
            plain = Run(f"{loop}, memory", options.count, options.seed)
            wrong += anyio.run(plain.run, backend=loop)
            with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
                shared = Run(f"{loop}, Redis", options.count, options.seed, url)
                wrong += anyio.run(shared.run, backend=loop)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
