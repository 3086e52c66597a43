"""The sandbox of the soak: `python -m benchmarks.soak.server RESULT_FILE`.

It prints its settings as JSON, serves until its standard input ends, and then writes its rows and
counts to the file.
"""

from __future__ import annotations

import json
import sys
from collections import Counter
from pathlib import Path

from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.rate_limits import DEFAULT_LIMITS
from benchmarks.soak.plan import LIMITS, TIMEOUT, Json
from tests.helpers.rate_limit_processes import fullest_window

# A token lives for a shorter time than the contract says, so that refreshes meet outages of Redis.
# The refresh starts 9 s before the expiry, and it can wait for a slot for one window.
ACCESS_TTL, REFRESH_TTL = 90.0, 1080.0

# The interactive calls read a customer and create a vehicle. They meet no faults, so that their
# latency is that of the rate limit.
FAULTS = (
    Fault("503", operation="createCustomers", probability=0.004),
    Fault("500-after", operation="createCustomers", probability=0.004),
    Fault("cut-before", operation="createCustomers", probability=0.002),
    Fault("cut-after", operation="createCustomers", probability=0.004),
    Fault("truncated", operation="createCustomers", probability=0.002),
    Fault("hang-after", operation="createCustomers", probability=0.001, seconds=3 * TIMEOUT),
    Fault("503", operation="listCustomers", probability=0.01),
    Fault("cut-after", operation="listCustomers", probability=0.01),
)


def describe(sandbox: Sandbox) -> Json:
    """Return what the clients need to know."""
    return {
        "partner_id": sandbox.partner_id,
        "auth_key": sandbox.auth_key,
        "base_url": sandbox.base_url,
        "company": sandbox.company_id,
        "customers": [str(row["customerId"]) for row in sandbox.store.rows("customers")],
    }


def count(sandbox: Sandbox) -> Json:
    """Return the rows by name, their times, and the counts of the request log."""
    customers, requests = sandbox.store.stored_rows("customers"), list(sandbox.requests)
    times = {
        method: sorted(request.at for request in requests if request.method == method)
        for method in ("GET", "POST")
    }
    return {
        "customers": Counter(str(row.data.get("firstName")) for row in customers),
        "updated": sorted(row.updated for row in customers),
        "vehicles": Counter(str(row.get("vin")) for row in sandbox.store.rows("vehicles")),
        "statuses": Counter(f"{request.method} {request.status}" for request in requests),
        "faults": Counter(str(request.fault) for request in requests if request.fault),
        "fullest": {name: fullest_window(at, LIMITS.per) for name, at in times.items()},
        "logins": sandbox.counts.logins,
        "refreshes": sandbox.counts.refreshes,
    }


def main(result_file: Path) -> None:
    """Serve until the standard input ends."""
    with Sandbox(
        limits=DEFAULT_LIMITS,
        per=LIMITS.per,
        access_ttl=ACCESS_TTL,
        refresh_ttl=REFRESH_TTL,
        faults=FAULTS,
        latency=(0.005, 0.03),
    ) as sandbox:
        print(json.dumps(describe(sandbox)), flush=True)
        sys.stdin.read()
    result_file.write_text(json.dumps(count(sandbox)), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
