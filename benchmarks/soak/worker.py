"""A worker of the soak: `python -m benchmarks.soak.worker SETTINGS`.

It runs imports one after another, each with a journal, and exports, and interactive calls of high
priority at random times. If it is killed, the next worker of the same number continues its import.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio
from attrs import define, field

from autoleap import AutoLeap, AutoLeapError, Company, RedisRateLimiter, RedisTokenStore
from benchmarks.hostile_responses import read_memory
from benchmarks.soak.plan import (
    BATCH_SIZE,
    LEASE,
    LIMITS,
    TIMEOUT,
    Json,
    WorkerLog,
    WorkerSettings,
    make_records,
    worker_log,
)

VISITS_PER_SECOND = 1.0
EXPORT_PAUSE, MEMORY_PAUSE = 5.0, 2.0

# A part of the name of each row, because a later process can have the same id.
STARTED_AT = time.monotonic()


@define
class Worker:
    """The work of one process.

    Attributes:
        settings: What the parent process says.
        log: Receives the results.
        shop: The company, with calls of low priority for bulk work.
        web: The same company, with calls of high priority.
    """

    settings: WorkerSettings
    log: WorkerLog
    shop: Company
    web: Company
    visits: int = 0
    random: random.Random = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.random = random.Random(f"{self.settings.seed} {os.getpid()}")  # noqa: S311

    @property
    def is_open(self) -> bool:
        """Whether new work may start."""
        return time.monotonic() < self.settings.deadline

    async def run(self) -> None:
        """Run all work until the deadline, and finish the import."""
        async with anyio.create_task_group() as tasks:
            for work in (self.run_imports, self.run_exports, self.run_visits, self.watch_memory):
                tasks.start_soon(work)

    async def run_imports(self) -> None:
        """Run imports; the first one is that which an earlier process has not finished."""
        while (number := self.next_import()) is not None:
            self.log.write("import started", number=number)
            await self.run_import(number)

    def next_import(self) -> int | None:
        """Return the number of the import to run or to repeat; None at the end."""
        ended = sum(1 for _ in self.log.read("import"))
        begun = {entry["number"] for entry in self.log.read("import started")}
        return ended if self.is_open or len(begun) > ended else None

    async def run_import(self, number: int) -> None:
        """Run or continue an import."""
        records = make_records(self.settings.number, number)
        journal = Path(self.settings.folder) / f"import-{self.settings.number}-{number}.sqlite"
        try:
            report = await self.shop.customers.create(
                records, batch_size=BATCH_SIZE, journal=journal
            )
        except AutoLeapError as error:
            self.log.write("import error", number=number, error=f"{error!r}"[:300])
            await anyio.sleep(1.0)
            return
        failed = [outcome.index for outcome in report.failures]
        unknown = [outcome.index for outcome in report.unknowns]
        self.log.write("import", number=number, done=report.done, failed=failed, unknown=unknown)

    async def run_exports(self) -> None:
        """Read all customers that exist at one time, again and again."""
        while self.is_open:
            until = int(time.time()) - 1
            pager = self.shop.customers.list(
                updated_to=datetime.fromtimestamp(until, UTC), page_size=100, prefetch=2
            )
            started_at, rows = time.monotonic(), 0
            try:
                async for _ in pager:
                    rows += 1
            except AutoLeapError as error:
                self.log.write("export error", error=f"{error!r}"[:300])
            else:
                unsure = pager.drift.may_be_incomplete
                seconds = time.monotonic() - started_at
                self.log.write("export", until=until, rows=rows, unsure=unsure, seconds=seconds)
            await anyio.sleep(EXPORT_PAUSE)

    async def run_visits(self) -> None:
        """Make interactive calls at random times."""
        async with anyio.create_task_group() as tasks:
            while self.is_open:
                await anyio.sleep(self.random.expovariate(VISITS_PER_SECOND))
                tasks.start_soon(self.get if self.random.random() < 0.5 else self.create)

    async def get(self) -> None:
        """Read a customer."""
        customer = self.random.choice(self.settings.customers)
        await self.visit("GET", partial(self.web.customers.get, customer))

    async def create(self) -> None:
        """Create a vehicle."""
        self.visits += 1
        vin = f"{os.getpid()}-{STARTED_AT:.0f}-{self.visits}"
        record = {"customerId": self.settings.customers[0], "make": "Kia", "vin": vin}
        self.log.write("create started", vin=vin)
        await self.visit("POST", partial(self.create_one, record), vin=vin)

    async def create_one(self, record: Json) -> None:
        """Create a vehicle, or raise an error."""
        (await self.web.vehicles.create([record])).raise_for_failures()

    async def visit(
        self, method: str, call: Callable[[], Awaitable[object]], **values: object
    ) -> None:
        """Make an interactive call, and log its result and its seconds."""
        started_at, status = time.monotonic(), "done"
        try:
            await call()
        except AutoLeapError as error:
            status = f"{error!r}"[:300]
        seconds = time.monotonic() - started_at
        self.log.write(
            "visit", method=method, status=status, at=started_at, seconds=seconds, **values
        )

    async def watch_memory(self) -> None:
        """Log the memory of this process."""
        while self.is_open:
            self.log.write("memory", at=time.monotonic(), rss=read_memory("VmRSS"))
            await anyio.sleep(MEMORY_PAUSE)


async def main(settings: WorkerSettings) -> None:
    """Run a worker with a client that shares its session and its rate limits."""
    limiter = RedisRateLimiter(settings.redis_url, LIMITS, lease=LEASE)
    store = RedisTokenStore(settings.redis_url)
    async with AutoLeap(rate_limiter=limiter, token_store=store, timeout=TIMEOUT) as client:
        low, high = client.with_options(priority="low"), client.with_options(priority="high")
        shop, web = low.company(settings.company), high.company(settings.company)
        log = worker_log(settings.folder, settings.number)
        await Worker(settings, log, shop, web).run()
    await limiter.aclose()
    await store.aclose()


if __name__ == "__main__":
    anyio.run(main, WorkerSettings(**json.loads(sys.argv[1])))
