"""What a journal adds to the time of an import: `python -m benchmarks.journal_cost`.

Imports 10,000 customers with and without a journal in turn, into a sandbox of its own process, and
prints the ratio of the two times pair by pair: once flat out, once with a server that takes 100 ms
for an answer, which is closer to an API across the internet.
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


def customers(run: int) -> list[dict[str, object]]:
    """An input that no other run has."""
    return [
        {
            "firstName": f"Ana {number}",
            "lastName": f"Run {run}",
            "phones": [{"number": f"555-{number:05}", "type": "mobile", "primary": True}],
            "tags": [{"name": "VIP", "color": "FFFF00"}],
        }
        for number in range(COUNT)
    ]


async def seconds(details: dict[str, str], run: int, journal: Path | None) -> float:
    """Import once, and say how long it took."""
    options: BulkOptions = {} if journal is None else {"journal": journal}
    async with AutoLeap(
        details["partner_id"],
        details["auth_key"],
        base_url=details["base_url"],
        limits=UNLIMITED,
    ) as client:
        await client.login()
        shop, records = client.company(details["company_id"]), customers(run)
        began = time.perf_counter()
        report = await shop.customers.create(records, **options)
        elapsed = time.perf_counter() - began
    report.raise_for_failures()
    return elapsed


def compare(latency: float) -> None:
    """Print the ratios for a sandbox that takes so many seconds for an answer."""
    command = [sys.executable, "-m", "autoleap.sandbox", "--port", "0", "--json"]
    command += ["--limits", "none", "--latency", str(latency)]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        details = json.loads(server.stdout.readline()) if server.stdout else {}
        asyncio.run(seconds(details, 0, None))
        with tempfile.TemporaryDirectory() as folder:
            ratios = [ratio(details, pair, Path(folder)) for pair in range(1, PAIRS + 1)]
    finally:
        server.terminate()
        server.wait()
    print(
        f"latency {latency * 1000:.0f} ms: with journal / without, {PAIRS} pairs: "
        f"median {statistics.median(ratios):.3f}, {min(ratios):.3f} to {max(ratios):.3f}"
    )


def ratio(details: dict[str, str], pair: int, folder: Path) -> float:
    """One run of each, in alternating order."""
    journal = folder / f"journal-{pair}"
    if pair % 2:
        with_it = asyncio.run(seconds(details, 2 * pair, journal))
        without = asyncio.run(seconds(details, 2 * pair + 1, None))
    else:
        without = asyncio.run(seconds(details, 2 * pair + 1, None))
        with_it = asyncio.run(seconds(details, 2 * pair, journal))
    return with_it / without


if __name__ == "__main__":
    compare(0.0)
    compare(0.1)
