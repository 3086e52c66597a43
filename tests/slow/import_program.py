"""An import that can be killed: customers into a sandbox that another process serves.

Run by test_kills.py as `python -m tests.slow.import_program COUNT SEED JOURNAL`, with the
sandbox in the AUTOLEAP_* variables. It prints the report's counts when it gets to the end.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest

from autoleap import AutoLeap, RateLimits
from tests.helpers import bulk_runs
from tests.helpers.short_waits import shorten_waits

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)


async def main(count: int, seed: int, journal: str) -> None:
    """Import, and say what came of it."""
    work = bulk_runs.make_customers(count, wrong=3, seed=seed)
    async with AutoLeap(limits=UNLIMITED) as client:
        shop = client.company(os.environ["COMPANY"])
        report = await shop.customers.create(
            work.records, batch_size=20, journal=journal, resolve_ids=True
        )
    ids = len(set(report.ids.values()))
    print(json.dumps([report.done, report.failed, report.unknown, ids]))


if __name__ == "__main__":
    with pytest.MonkeyPatch.context() as patch:
        shorten_waits(patch)
        asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]))
