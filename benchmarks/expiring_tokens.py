"""600 reads in a queue that outlasts the token: `python -m benchmarks.expiring_tokens [redis]`.

The sandbox allows 60 reads per 2 s, and its access tokens live for 8 s. So the last calls wait 20 s
for their slots. The program prints the errors, the responses of 401, and how many requests the
sandbox received.

redis: three processes share the token store and the rate limit, with 200 reads each. Needs
`redis-server`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

import anyio

from autoleap import AutoLeap, AutoLeapError, RateLimits, RedisRateLimiter, RedisTokenStore
from autoleap.sandbox import Sandbox
from tests.helpers.redis_server import redis_server

READS, LIMITS, TOKEN_LIFE, PROCESSES = 600, RateLimits(get=60, per=2.0), 8.0, 3


async def read_all(reads: int, redis_url: str | None) -> Counter[str]:
    """Make all reads at once; return how often each result came."""
    results: Counter[str] = Counter()
    client = AutoLeap(
        limits=LIMITS,
        rate_limiter=RedisRateLimiter(redis_url, LIMITS, lease=2.0) if redis_url else None,
        token_store=RedisTokenStore(redis_url) if redis_url else None,
    )

    async def read() -> None:
        try:
            await client.profile()
            results["done"] += 1
        except AutoLeapError as error:
            results[type(error).__name__] += 1

    async with client:
        await client.profile()
        async with anyio.create_task_group() as tasks:
            for _ in range(reads):
                tasks.start_soon(read)
    return results


def run_processes(url: str) -> Counter[str]:
    """Run all reads in several processes."""
    command = [sys.executable, "-m", "benchmarks.expiring_tokens", "process", url]
    processes = [subprocess.Popen(command, stdout=subprocess.PIPE) for _ in range(PROCESSES)]
    return sum((Counter(json.loads(one.communicate()[0])) for one in processes), Counter())


def main(*, on_redis: bool) -> None:
    """Run the reads, and print what the sandbox received."""
    with Sandbox(limits={"GET": 60}, per=2.0, access_ttl=TOKEN_LIFE) as sandbox:
        os.environ |= {
            "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
            "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
            "AUTOLEAP_BASE_URL": sandbox.base_url,
        }
        started_at = time.monotonic()
        if on_redis:
            with tempfile.TemporaryDirectory() as folder, redis_server(Path(folder)) as url:
                results = run_processes(url)
        else:
            results = anyio.run(read_all, READS, None)
        seconds = time.monotonic() - started_at
        requests = sandbox.requests.of("getProfile")
        statuses = Counter(request.status for request in requests)
        print(f"results: {dict(results)}, in {seconds:.1f} s")
        print(f"statuses of {len(requests)} reads: {dict(statuses)}")
        print(f"logins {sandbox.counts.logins}, refreshes {sandbox.counts.refreshes}")


if __name__ == "__main__":
    if sys.argv[1:2] == ["process"]:
        print(json.dumps(anyio.run(read_all, READS // PROCESSES, sys.argv[2])))
    else:
        main(on_redis=sys.argv[1:] == ["redis"])
