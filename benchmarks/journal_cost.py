"""Measure how much time a journal adds to an import: `python -m benchmarks.journal_cost`.

The program imports 10,000 customers into a sandbox in another process, alternately with and without
a journal, and prints the ratio of the two times. It does so with a latency of 0 ms, and with a
latency of 100 ms, which is closer to an API on the internet.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from autoleap import AutoLeap, BulkOptions, RateLimits

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)
COUNT, PAIRS = 10_000, 9


def make_customers(run: int) -> list[dict[str, object]]:
    """Return records that no other run contains."""
    return [
        {
            "firstName": f"Ana {number}",
            "lastName": f"Run {run}",
            "phones": [{"number": f"555-{number:05}", "type": "mobile", "primary": True}],
            "tags": [{"name": "VIP", "color": "FFFF00"}],
        }
        for number in range(COUNT)
    ]


async def measure_import(details: dict[str, str], run: int, journal: Path | None) -> float:
    """Import once and return the time in seconds."""
    options: BulkOptions = {} if journal is None else {"journal": journal}
    async with AutoLeap(
        details["partner_id"],
        details["auth_key"],
        base_url=details["base_url"],
        limits=UNLIMITED,
    ) as client:
        await client.login()
        shop, records = client.company(details["company_id"]), make_customers(run)
        started_at = time.perf_counter()
        report = await shop.customers.create(records, **options)
        elapsed = time.perf_counter() - started_at
    report.raise_for_failures()
    return elapsed


def compare(latency: float) -> None:
    """Print the ratios for a sandbox with this latency in seconds."""
    command = [sys.executable, "-m", "autoleap.sandbox", "--port", "0", "--json"]
    command += ["--limits", "none", "--latency", str(latency)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        details = json.loads(server.stdout.readline()) if server.stdout else {}
        asyncio.run(measure_import(details, 0, None))
        with tempfile.TemporaryDirectory() as folder:
            ratios = [measure_ratio(details, pair, Path(folder)) for pair in range(1, PAIRS + 1)]
    finally:
        server.terminate()
        server.wait()
    print(
        f"latency {latency * 1000:.0f} ms: with journal / without, {PAIRS} pairs: "
        f"median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}"
    )


def measure_ratio(details: dict[str, str], pair: int, folder: Path) -> float:
    """Run one import of each kind, in alternating order, and return the ratio of their times."""
    journal = folder / f"journal-{pair}"
    if pair % 2:
        with_journal = asyncio.run(measure_import(details, 2 * pair, journal))
        without_journal = asyncio.run(measure_import(details, 2 * pair + 1, None))
    else:
        without_journal = asyncio.run(measure_import(details, 2 * pair + 1, None))
        with_journal = asyncio.run(measure_import(details, 2 * pair, journal))
    return with_journal / without_journal


if __name__ == "__main__":
    compare(0.0)
    compare(0.1)
