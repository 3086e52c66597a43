"""Move a shop into AutoLeap: import its export, read it back, change some of it, run a day out.

`make demo` does it against a local sandbox, started here as a process of its own. It ends with 0
only when every check at its end holds. An export of your own goes in as
`python -m examples.import_shop FOLDER`.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Any

import anyio
from rich.console import Console

from autoleap import AttemptEvent, AutoLeap, CallEvent, RateLimits, Stats

from .job import ImportJob
from .report import Check, Screen
from .shop_export import ShopExport

DATA = Path(__file__).parent / "data"

# Ten times AutoLeap's documented limits, or the demo would take minutes. The client is told too.
READS, WRITES = 1_500, 500
LIMITS = RateLimits(get=READS, post=WRITES, put=WRITES, patch=WRITES, delete=WRITES)
# Seconds that an access token lives: so few that it has to be refreshed on the way.
TOKEN_LIFE = 2
SANDBOX = (
    *(sys.executable, "-m", "autoleap.sandbox", "--json", "--port", "0"),
    *("--get-limit", str(READS), "--write-limit", str(WRITES), "--access-ttl", str(TOKEN_LIFE)),
)
# Signals that would end this process without a word to the sandbox.
ENDINGS = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


def main(folder: Path = DATA) -> int:
    """Run the demo with the export in a folder; returns the exit code."""
    for number in ENDINGS:
        signal.signal(number, leave)
    try:
        with local_sandbox() as sandbox:
            return 0 if anyio.run(demo, sandbox, ShopExport.read(folder)) else 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def leave(number: int, frame: FrameType | None) -> None:
    """Leave by an exception, so that the sandbox goes too."""
    sys.exit(128 + number)


@contextmanager
def local_sandbox() -> Generator[dict[str, Any]]:
    """Run a sandbox beside this process; it is gone in the end, however the end comes about."""
    # A session of its own keeps Ctrl+C from it: it must not be gone before the client is closed.
    with subprocess.Popen(
        SANDBOX, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the sandbox did not start; it has said why")
            yield json.loads(line)
        finally:
            process.kill()  # It keeps everything in memory: there is nothing to save.


async def demo(sandbox: dict[str, Any], export: ShopExport) -> bool:
    """Do the whole job and show it; returns whether every check holds."""
    calls: Counter[str] = Counter()

    def count(event: AttemptEvent | CallEvent) -> None:
        calls[event.method] += isinstance(event, AttemptEvent)

    async with AutoLeap(
        sandbox["partner_id"],
        sandbox["auth_key"],
        base_url=sandbox["base_url"],
        limits=LIMITS,
        on_event=count,
    ) as client:
        shop, *_ = await client.companies()
        job = ImportJob(shop, export, Screen(Console(), lambda: client.stats))
        greet(job, sandbox["base_url"])
        folder = Path(tempfile.mkdtemp(prefix="autoleap-day-"))
        await job.run(folder)
    job.checks.extend(session_checks(client.stats))
    return conclude(job, calls, folder)


def greet(job: ImportJob, base_url: str) -> None:
    """Say what is about to happen, and on what terms."""
    customers, vehicles = len(job.export.customers), len(job.export.vehicles)
    job.screen.say(
        f"[bold]{customers:,} customers and {vehicles:,} vehicles move into {job.shop.name}[/]\n"
        f"Where   a local sandbox at {base_url}\n"
        f"Limits  raised tenfold: {READS:,} reads a minute, {WRITES} writes of each kind\n"
        f"Tokens  live {TOKEN_LIFE} seconds, so that they have to be refreshed on the way\n"
    )


def session_checks(stats: Stats) -> list[Check]:
    """Check how the client kept its session and the limits."""
    return [
        Check(
            f"the session was refreshed {stats.refreshes} times on the way, after one login",
            [] if stats.refreshes and stats.logins == 1 else [f"{stats.logins} logins"],
        ),
        Check(
            f"none of {stats.attempts:,} requests was one too many for the limits",
            [f"{stats.rate_limited} answers of 429"] if stats.rate_limited else [],
        ),
    ]


def conclude(job: ImportJob, calls: Counter[str], folder: Path) -> bool:
    """Show what was done, what was not, and the checks; returns whether all of them hold."""
    say = job.screen.say
    say("\n[bold]What was done[/]")
    job.screen.summary()
    documented = RateLimits()
    minutes = max(
        count / (documented.get_limit(method) or count) for method, count in calls.items()
    )
    say(f"At AutoLeap's documented limits, as many calls take about {minutes:.0f} minutes.")
    say("\n[bold]What was not created, and the vehicles held back with it[/]")
    job.screen.refusals(job.refusals)
    say("\n[bold]What was promised[/]")
    job.screen.checks(job.checks)
    broken = [check for check in job.checks if check.problems]
    say(f"\nThe day's files are in {folder}")
    say(f"[red]{len(broken)} checks failed[/]" if broken else "[green]All is as it ought to be.[/]")
    return not broken


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
