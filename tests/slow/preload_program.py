"""A server that makes its rate limiter before it forks its workers, as `gunicorn --preload` does.

Run by test_shared_rate_limits.py as `python -m tests.slow.preload_program SETTINGS`, with the
sandbox in the AUTOLEAP_* variables.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import traceback
from typing import Any

from autoleap import AutoLeap, RateLimits, RedisRateLimiter


async def make_calls(limiter: RedisRateLimiter, settings: dict[str, Any]) -> None:
    """Read as often as the settings say, all at once."""
    async with AutoLeap(rate_limiter=limiter, max_retries=0) as client:
        shop = client.company(settings["company"])
        async with asyncio.TaskGroup() as tasks:
            for _ in range(settings["calls"]):
                tasks.create_task(shop.customers.list(page_size=1).first())
    await limiter.aclose()


def run_worker(limiter: RedisRateLimiter, settings: dict[str, Any]) -> None:
    """Make the calls of one worker, and end it without the rest of this program."""
    status = 1
    try:
        asyncio.run(make_calls(limiter, settings))
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def main(settings: dict[str, Any]) -> bool:
    """Fork the workers; return whether all of them succeeded."""
    limits = RateLimits(get=settings["limit"], per=settings["per"])
    limiter = RedisRateLimiter(settings["redis"], limits)
    workers = []
    for _ in range(settings["workers"]):
        worker = os.fork()
        if worker == 0:
            run_worker(limiter, settings)
        workers.append(worker)
    return {os.waitpid(worker, 0)[1] for worker in workers} == {0}


if __name__ == "__main__":
    sys.exit(0 if main(json.loads(sys.argv[1])) else 1)
