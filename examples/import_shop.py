"""Import the export of a shop, read it back, change some rows, and export one day.

`make demo` runs this program against a local sandbox, which it starts as a separate process. The
exit code is 0 only if all checks pass. To import another export, run
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

# Ten times the documented limits, because the demo would take minutes otherwise. The sandbox and
# the client use the same values.
READS, WRITES = 1_500, 500
LIMITS = RateLimits(get=READS, post=WRITES, put=WRITES, patch=WRITES, delete=WRITES)
# Seconds until an access token expires. The value is small, so that the demo needs a refresh.
ACCESS_TOKEN_TTL = 2
SANDBOX = (
    *(sys.executable, "-m", "autoleap.sandbox", "--json", "--port", "0"),
    *(
        "--get-limit",
        str(READS),
        "--write-limit",
        str(WRITES),
        "--access-ttl",
        str(ACCESS_TOKEN_TTL),
    ),
)
# Signals that end this process at once, so that the sandbox would go on running.
EXIT_SIGNALS = {signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)}


def main(folder: Path = DATA) -> int:
    """Run the demo with the export in a folder, and return the exit code."""
    for number in EXIT_SIGNALS:
        signal.signal(number, exit_on_signal)
    try:
        with run_sandbox() as sandbox:
            return 0 if anyio.run(run_demo, sandbox, ShopExport.read(folder)) else 1
    except KeyboardInterrupt:
        print("Interrupted.", file=sys.stderr)
        return 130


def exit_on_signal(number: int, frame: FrameType | None) -> None:
    """Exit with an exception, so that the sandbox is stopped too."""
    sys.exit(128 + number)


@contextmanager
def run_sandbox() -> Generator[dict[str, Any]]:
    """Run a sandbox in another process, and stop it in every case."""
    # Ctrl+C must not stop the sandbox before the client is closed, so it gets its own session.
    with subprocess.Popen(
        SANDBOX, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        try:
            line = process.stdout.readline() if process.stdout else ""
            if not line:
                raise RuntimeError("the sandbox did not start; its own error message is above")
            yield json.loads(line)
        finally:
            process.kill()  # the sandbox has only data in memory, so nothing is lost


async def run_demo(sandbox: dict[str, Any], export: ShopExport) -> bool:
    """Run the import and print its steps, and return whether all checks pass."""
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
        print_introduction(job, sandbox["base_url"])
        folder = Path(tempfile.mkdtemp(prefix="autoleap-day-"))
        await job.run(folder)
    job.checks.extend(check_session(client.stats))
    return print_results(job, calls, folder)


def print_introduction(job: ImportJob, base_url: str) -> None:
    """Print the size of the import and the settings of the sandbox."""
    customers, vehicles = len(job.export.customers), len(job.export.vehicles)
    job.screen.print(
        f"[bold]{customers:,} customers and {vehicles:,} vehicles for {job.shop.name}[/]\n"
        f"Server  local sandbox at {base_url}\n"
        f"Limits  {READS:,} reads and {WRITES} writes per method and minute (10 times the usual)\n"
        f"Tokens  expire after {ACCESS_TOKEN_TTL} seconds, so the client has to refresh them\n"
    )


def check_session(stats: Stats) -> list[Check]:
    """Check that the client refreshed its tokens and kept to the rate limits."""
    return [
        Check(
            f"the client logged in once and refreshed its token {stats.refreshes} times",
            [] if stats.refreshes and stats.logins == 1 else [f"{stats.logins} logins"],
        ),
        Check(
            f"none of {stats.attempts:,} requests exceeded the rate limits",
            [f"{stats.rate_limited} responses with status 429"] if stats.rate_limited else [],
        ),
    ]


def print_results(job: ImportJob, calls: Counter[str], folder: Path) -> bool:
    """Print the steps, the refused rows and the checks, and return whether all checks pass."""
    screen = job.screen
    screen.print("\n[bold]Steps[/]")
    screen.print_steps()
    documented = RateLimits()
    minutes = max(
        count / (documented.get_limit(method) or count) for method, count in calls.items()
    )
    screen.print(f"With the documented limits, these calls take about {minutes:.0f} minutes.")
    screen.print("\n[bold]Rows that were not created, and vehicles not sent because of them[/]")
    screen.print_refusals(job.refusals)
    screen.print("\n[bold]Checks[/]")
    screen.print_checks(job.checks)
    failed = [check for check in job.checks if check.problems]
    screen.print(f"\nThe exported day is in {folder}")
    screen.print(
        f"[red]{len(failed)} checks failed.[/]" if failed else "[green]All checks passed.[/]"
    )
    return not failed


if __name__ == "__main__":
    sys.exit(main(*map(Path, sys.argv[1:2])))
