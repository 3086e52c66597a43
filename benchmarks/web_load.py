"""The example web app under load: `python -m benchmarks.web_load`, or `make load`.

Four workers serve reads, writes and imports, and the sandbox behind them fails at random. A third
of the clients close the connection before the response. Then the app is stopped. Load generators
count responses. This one also looks for what closed connections and the stop leave behind.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import httpx
from attrs import define, field

from autoleap.sandbox import Fault, Sandbox

from .web_app import WebApp, run_app

# Reads are retried. Creates do not fail here: a lookup after each failure lists all rows that the
# imports create meanwhile, and its cost is not what this benchmark measures.
FAULTS = [Fault("503", operation="listCustomers", probability=0.1)]
ACCESS_TTL = 10.0  # seconds, so that the workers refresh during the run
ROWS = 300  # in one import
HEADER = (
    "type,first_name,last_name,company,mobile,landline,email,address,zip,city,state,country,"
    "tax_exempt,tax_exempt_reason,tags,notes,ok_for_marketing"
)
EMPTY = "," * (HEADER.count(",") - 2)


@define
class Load:
    """Clients of the app, and their results.

    Args:
        http: The HTTP client that all of them use.
        rng: Decides which clients close the connection, and when.
        deadline: Time to end, in seconds of the monotonic clock.
    """

    http: httpx.AsyncClient
    rng: random.Random
    deadline: float
    results: Counter[str] = field(factory=Counter[str])
    slowest: float = 0.0
    imports: int = 0

    async def run_clients(self, count: int) -> None:
        """Run as many clients of each kind at the same time, until the deadline."""
        async with anyio.create_task_group() as tasks:
            for _ in range(count):
                for work in (self.read, self.write, self.run_import):
                    tasks.start_soon(self.repeat, work)

    async def repeat(self, work: Callable[[], Awaitable[str]]) -> None:
        """Repeat one kind of work until the deadline, and cancel a third of the requests."""
        while time.monotonic() < self.deadline:
            timeout = self.rng.random() * 0.5 if self.rng.random() < 1 / 3 else 60
            started_at, result = time.monotonic(), "cancelled"
            with anyio.move_on_after(timeout):
                try:
                    result = await work()
                except httpx.HTTPError as error:
                    result = type(error).__name__
                self.slowest = max(self.slowest, time.monotonic() - started_at)
            self.results[f"{work.__name__}: {result}"] += 1

    async def read(self) -> str:
        """Read a page."""
        return str((await self.http.get("customers", params={"size": 10})).status_code)

    async def write(self) -> str:
        """Create a customer."""
        person = {"firstName": "Ana", "lastName": f"Load {self.rng.random()}"}
        return str((await self.http.post("customers", json=person)).status_code)

    async def run_import(self) -> str:
        """Import a file, and read its events to the end."""
        self.imports += 1
        rows = (f"regular,{self.imports},{row}{EMPTY}" for row in range(ROWS))
        last = ""
        async with self.http.stream(
            "PUT",
            f"customers/imports/load-{self.imports}",
            content="\n".join([HEADER, *rows]).encode(),
        ) as response:
            async for line in response.aiter_lines():
                last = line or last
        done = last == f'data: {{"done": {ROWS}, "failed": 0, "unknown": 0}}'
        return "all done" if done else last


async def run_load(app: WebApp, company: str, clients: int, seconds: float, seed: int) -> Load:
    """Run the clients against an app for some seconds."""
    url = f"{app.url}/companies/{company}/"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
        load = Load(http, rng, time.monotonic() + seconds)
        await load.run_clients(clients)
    return load


def main() -> int:
    """Run the load, print the results, and return 1 if the app leaves something behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=8, help="of each of the three kinds")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(limits=None, access_ttl=ACCESS_TTL, latency=0.02, faults=FAULTS) as sandbox,
    ):
        settings = {
            "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
            "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
            "AUTOLEAP_BASE_URL": sandbox.base_url,
            "APP_READS": "1000000",
            "APP_WRITES": "1000000",
        }
        with run_app(Path(folder), settings, options.workers) as app:
            load = anyio.run(
                run_load, app, sandbox.company_id, options.clients, options.seconds, options.seed
            )
            code = app.stop()
            leftovers = app.list_leftovers()
        print_results(load, sandbox, leftovers, code)
    return 1 if leftovers or code else 0


def print_results(load: Load, sandbox: Sandbox, leftovers: list[str], code: int) -> None:
    """Print what the clients and the sandbox counted."""
    total = load.results.total()
    print(f"{total} requests; the slowest took {load.slowest:.1f} s")
    for result, count in sorted(load.results.items()):
        print(f"  {count:6} {result}")
    counts, calls = sandbox.counts, len(sandbox.requests)
    print(f"at the sandbox: {calls} calls, {counts.faults} of them with a fault")
    print(f"  logins: {counts.logins}, refreshes: {counts.refreshes}, 401s: {counts.unauthorized}")
    print(f"after the stop (exit code {code}), leftovers: {'; '.join(leftovers) or 'none'}")


if __name__ == "__main__":
    sys.exit(main())
