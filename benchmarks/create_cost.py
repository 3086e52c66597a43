"""Measure what a bulk create costs if nothing goes wrong: `python -m benchmarks.create_cost`.

The program creates 10,000 customers, in batches of 100, on a server in this process that
acknowledges each batch at once. It prints the requests, and the CPU time of client and server
together, as the median of five runs. The server does nothing but to read the body of a request.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import httpx

from autoleap import AutoLeap, RateLimits
from benchmarks.journal_cost import COUNT, make_customers

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)
RUNS = 5


class Acknowledger:
    """A server that acknowledges each write and has no rows."""

    def __init__(self) -> None:
        self.requests: Counter[str] = Counter()

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Return a success, an empty list or a token pair."""
        path = request.url.path.rpartition("/")[2]
        self.requests[f"{request.method} {path}"] += 1
        if path == "login":
            return httpx.Response(200, json={"success": True, "data": make_token_pair()})
        if request.method == "GET":
            page = {"content": [], "totalCount": 0, "totalPages": 0, "last": True}
            return httpx.Response(200, json=page)
        json.loads(request.content)
        return httpx.Response(200, json={"success": True, "message": "", "data": []})


def make_token_pair() -> dict[str, str]:
    """Return the data of a login."""
    expires_at = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
    return {
        "accessToken": "access",
        "refreshToken": "refresh",
        "accessTokenExpiresAt": expires_at,
        "refreshTokenExpiresAt": expires_at,
    }


async def measure(run: int) -> tuple[Counter[str], float]:
    """Create the customers once, and return the requests and the CPU time in seconds."""
    server, records = Acknowledger(), make_customers(run)
    transport = httpx.MockTransport(server.respond)
    async with AutoLeap("partner", "key", http_transport=transport, limits=UNLIMITED) as client:
        await client.login()
        started_at = time.process_time()
        report = await client.company("1").customers.create(records, batch_size=100)
        elapsed = time.process_time() - started_at
    report.raise_for_failures()
    return server.requests, elapsed


def main() -> None:
    """Print the requests and the CPU time for each 10,000 records."""
    asyncio.run(measure(0))
    results = [asyncio.run(measure(run)) for run in range(1, RUNS + 1)]
    requests = results[0][0]
    seconds = statistics.median(elapsed for _, elapsed in results)
    print(f"{COUNT} records: {sum(requests.values())} requests ({dict(requests)}), {seconds:.2f} s")


if __name__ == "__main__":
    main()
