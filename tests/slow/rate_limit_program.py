"""A process that calls as fast as a shared rate limit allows.

`tests.helpers.rate_limit_processes.start_process` runs it. It prints "ready", waits for a line,
makes calls until it reads another line, and prints how often each result came.
"""

from __future__ import annotations

import json
import sys
import time
from collections import Counter
from typing import Any

import anyio
import anyio.to_thread

from autoleap import AutoLeap, AutoLeapError, RateLimits, RedisRateLimiter


async def main(settings: dict[str, Any]) -> None:
    """Call until the process gets the signal to end, also after a failed call."""
    if skew := settings.get("skew"):
        right = time.time
        time.time = lambda: right() + skew
    share = settings.get("share")
    limiter = RedisRateLimiter(
        settings["redis"],
        RateLimits(get=settings["limit"], per=settings["per"]),
        lease=settings.get("lease", 30.0),
        fallback=RateLimits(get=share, per=settings["per"]) if share else None,
    )
    outcomes: Counter[str] = Counter()

    async def call_on(client: AutoLeap) -> None:
        pager = client.company(settings["company"]).customers.list(
            search=settings["name"], page_size=1
        )
        while True:
            try:
                await pager.first()
                outcomes["done"] += 1
            except AutoLeapError as error:
                outcomes[type(error).__name__] += 1
                await anyio.sleep(0.05)

    async with AutoLeap(rate_limiter=limiter, max_retries=0) as client:
        await client.login()
        print("ready", flush=True)
        sys.stdin.readline()
        async with anyio.create_task_group() as tasks:
            for _ in range(30):
                tasks.start_soon(call_on, client)
            await anyio.to_thread.run_sync(sys.stdin.readline)
            tasks.cancel_scope.cancel()
    print(json.dumps(outcomes))


if __name__ == "__main__":
    arguments = json.loads(sys.argv[1])
    anyio.run(main, arguments, backend=arguments.get("loop", "asyncio"))
