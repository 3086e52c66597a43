"""A process that works with a token store: `python -m tests.slow.session_program`.

    call BACKEND STORE TASKS   make that many calls at once; print the results as one line of JSON
    hold BACKEND STORE EXPIRY  take the lock of the store, for EXPIRY seconds in Redis, and keep it

STORE is a path or the URL of a Redis. The sandbox is in the AUTOLEAP_* variables. The process
prints "ready", and starts when it reads a line.
"""

from __future__ import annotations

import json
import sys
from collections import Counter

import anyio

from autoleap import AutoLeap, FileTokenStore, RateLimits, RedisTokenStore, TokenStore
from autoleap.redis import token_store

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)


def store_at(place: str) -> TokenStore:
    return RedisTokenStore(place) if place.startswith("redis://") else FileTokenStore(place)


async def call(place: str, tasks: int) -> None:
    met: Counter[str] = Counter()
    async with AutoLeap(token_store=store_at(place), limits=UNLIMITED) as client:

        async def one() -> None:
            try:
                await client.profile()
                met["ok"] += 1
            except Exception as error:  # the test looks at what it is
                met[f"{type(error).__name__}: {error}"] += 1

        async with anyio.create_task_group() as group:
            for _ in range(tasks):
                group.start_soon(one)
        stats = client.stats
    print(json.dumps({"met": met, "logins": stats.logins, "refreshes": stats.refreshes}))


async def hold(place: str, expiry: float) -> None:
    token_store.LOCK_TTL = expiry
    async with store_at(place).lock():
        print("held", flush=True)
        await anyio.sleep_forever()


def main(work: str, backend: str, place: str, number: str) -> None:
    print("ready", flush=True)
    sys.stdin.readline()
    if work == "call":
        anyio.run(call, place, int(number), backend=backend)
    else:
        anyio.run(hold, place, float(number), backend=backend)


if __name__ == "__main__":
    main(*sys.argv[1:])
