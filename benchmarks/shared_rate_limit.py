"""Four processes share a rate limit in Redis: `python -m benchmarks.shared_rate_limit [SECONDS]`.

The sandbox enforces 60 reads per 2 s, and the processes read as fast as they may. The program
prints what the sandbox counted: the fullest window, responses of 429, the used part of the rate
limit, and the smallest share of a process compared with an equal share. Needs `redis-server`.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

from autoleap.sandbox import Sandbox
from tests.helpers import rate_limit_processes
from tests.helpers.redis_server import redis_server

LIMIT, PER, PROCESSES = 60, 2.0, 4


def main(seconds: float) -> None:
    """Run the processes for some seconds, and print the counts."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        url = stack.enter_context(redis_server(folder))
        sandbox = stack.enter_context(Sandbox(limits={"GET": LIMIT}, per=PER))
        options = {"limit": LIMIT, "per": PER}
        programs = [
            stack.enter_context(
                rate_limit_processes.start_process(sandbox, url, f"process {number}", **options)
            )
            for number in range(PROCESSES)
        ]
        for program in programs:
            program.wait_until_ready()
        for program in programs:
            program.go()
        time.sleep(seconds)
        for program in programs:
            program.stop()
        for program in programs:
            program.result()
        times, shares = (
            rate_limit_processes.arrival_times(sandbox),
            rate_limit_processes.count_by_process(sandbox),
        )
        fair = len(times) / PROCESSES
        print(f"calls by process: {dict(sorted(shares.items()))}")
        print(f"fullest window: {rate_limit_processes.fullest_window(times, PER)} of {LIMIT}")
        print(f"responses of 429: {rate_limit_processes.count_refused(sandbox)}")
        print(f"rate limit used: {rate_limit_processes.utilization(times, LIMIT, PER):.1%}")
        print(f"smallest share, compared with an equal share: {min(shares.values()) / fair:.2f}")


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 20.0)
