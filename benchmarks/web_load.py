"""The example web app under load: `python -m benchmarks.web_load`, or `make load`.

Four workers beside a sandbox that fails now and then answer readers, writers and imports, a third
of which hang up in the middle. Then the app is told to stop. Published load generators count
answers; what is looked for here is what clients that leave, and a stop, leave behind.
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

from .web_app import WebApp, serving

# Reads are tried again. Creates are not made to fail: each would be looked up among all that the
# imports create meanwhile, and that is another thing to measure.
FAULTS = [Fault("503", operation="listCustomers", probability=0.1)]
ACCESS_LIFE = 10.0  # seconds that a token lives, so that workers refresh under way
ROWS = 300  # of one import
HEADER = (
    "type,first_name,last_name,company,mobile,landline,email,address,zip,city,state,country,"
    "tax_exempt,tax_exempt_reason,tags,notes,ok_for_marketing"
)
EMPTY = "," * (HEADER.count(",") - 2)


@define
class Load:
    """Clients of the app, and what they met.

    Args:
        http: The browser of them all.
        rng: Decides who leaves when.
        until: When to end, in seconds of the monotonic clock.
    """

    http: httpx.AsyncClient
    rng: random.Random
    until: float
    met: Counter[str] = field(factory=Counter[str])
    slowest: float = 0.0
    imports: int = 0

    async def clients(self, count: int) -> None:
        """Be so many clients of each kind at a time, until it is over."""
        async with anyio.create_task_group() as tasks:
            for _ in range(count):
                for work in (self.read, self.write, self.bulk):
                    tasks.start_soon(self.again_and_again, work)

    async def again_and_again(self, work: Callable[[], Awaitable[str]]) -> None:
        """Do the same until it is over; a third of the times, leave before the answer is there."""
        while time.monotonic() < self.until:
            patience = self.rng.random() * 0.5 if self.rng.random() < 1 / 3 else 60
            began, what = time.monotonic(), "left"
            with anyio.move_on_after(patience):
                try:
                    what = await work()
                except httpx.HTTPError as error:
                    what = type(error).__name__
                self.slowest = max(self.slowest, time.monotonic() - began)
            self.met[f"{work.__name__}: {what}"] += 1

    async def read(self) -> str:
        """Ask for a page."""
        return str((await self.http.get("customers", params={"size": 10})).status_code)

    async def write(self) -> str:
        """Create a customer."""
        person = {"firstName": "Ana", "lastName": f"Load {self.rng.random()}"}
        return str((await self.http.post("customers", json=person)).status_code)

    async def bulk(self) -> str:
        """Import a file, and listen to the end."""
        self.imports += 1
        rows = (f"regular,{self.imports},{row}{EMPTY}" for row in range(ROWS))
        last = ""
        async with self.http.stream(
            "PUT",
            f"customers/imports/load-{self.imports}",
            content="\n".join([HEADER, *rows]).encode(),
        ) as answer:
            async for line in answer.aiter_lines():
                last = line or last
        done = last == f'data: {{"done": {ROWS}, "failed": 0, "unknown": 0}}'
        return "all done" if done else last


async def burden(app: WebApp, company: str, clients: int, seconds: float, seed: int) -> Load:
    """Put the load on an app for some seconds."""
    url = f"{app.url}/companies/{company}/"
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(base_url=url, timeout=60, limits=limits) as http:
        rng = random.Random(seed)  # noqa: S311  # repeatable, not secret
        load = Load(http, rng, time.monotonic() + seconds)
        await load.clients(clients)
    return load


def main() -> int:
    """Run it, tell what was seen, and return 1 when something was left behind."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.web_load", description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--clients", type=int, default=8, help="of each of the three kinds")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory() as folder,
        Sandbox(limits=None, access_ttl=ACCESS_LIFE, latency=0.02, faults=FAULTS) as sandbox,
    ):
        settings = {
            "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
            "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
            "AUTOLEAP_BASE_URL": sandbox.base_url,
            "APP_READS": "1000000",
            "APP_WRITES": "1000000",
        }
        with serving(Path(folder), settings, options.workers) as app:
            load = anyio.run(
                burden, app, sandbox.company_id, options.clients, options.seconds, options.seed
            )
            code = app.stop()
            left = app.left_over()
        tell(load, sandbox, left, code)
    return 1 if left or code else 0


def tell(load: Load, sandbox: Sandbox, left: list[str], code: int) -> None:
    """Print what was seen."""
    total = load.met.total()
    print(f"{total} requests; the slowest answer took {load.slowest:.1f} s")
    for what, count in sorted(load.met.items()):
        print(f"  {count:6} {what}")
    counts, calls = sandbox.counts, len(sandbox.requests)
    print(f"at AutoLeap: {calls} calls, {counts.faults} of them made to fail")
    print(f"  logins: {counts.logins}, refreshes: {counts.refreshes}, 401s: {counts.unauthorized}")
    print(f"after the stop (exit code {code}), left over: {'; '.join(left) or 'nothing'}")


if __name__ == "__main__":
    sys.exit(main())
