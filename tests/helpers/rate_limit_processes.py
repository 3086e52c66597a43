"""Processes that share a rate limit, and the requests that the sandbox received from them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from autoleap.sandbox import Sandbox

ROOT = Path(__file__).parents[2]


@contextmanager
def start_process(
    sandbox: Sandbox, redis_url: str, name: str, **options: object
) -> Iterator[Program]:
    """Run `rate_limit_program.py` as a process; it ends with the block at the latest."""
    settings = {"redis": redis_url, "company": sandbox.company_id, "name": name, **options}
    command = [sys.executable, "-m", "tests.slow.rate_limit_program", json.dumps(settings)]
    process = subprocess.Popen(
        command,
        env=_environment(sandbox),
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield Program(process)
    finally:
        process.kill()
        process.communicate()


def run_preload_program(sandbox: Sandbox, redis_url: str, **options: object) -> None:
    """Run `preload_program.py` to its end, and check that all of its calls succeeded."""
    settings = {"redis": redis_url, "company": sandbox.company_id, **options}
    command = [sys.executable, "-m", "tests.slow.preload_program", json.dumps(settings)]
    subprocess.run(command, env=_environment(sandbox), cwd=ROOT, check=True, timeout=60)


def _environment(sandbox: Sandbox) -> dict[str, str]:
    return os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "PYTHONPATH": str(ROOT),
    }


class Program:
    """A running `rate_limit_program.py`."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def wait_until_ready(self) -> None:
        """Wait until it has logged in."""
        assert self._process.stdout is not None
        assert self._process.stdout.readline() == "ready\n"

    def go(self) -> None:
        """Let it begin its calls."""
        self._say("go")

    def stop(self) -> None:
        """Let it end."""
        self._say("stop")

    def _say(self, word: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{word}\n")
        self._process.stdin.flush()

    def kill(self) -> None:
        """Kill it as `kill -9` does."""
        self._process.kill()
        self._process.wait()

    def result(self) -> dict[str, int]:
        """Return how often each error came, and "done"."""
        said, _ = self._process.communicate(timeout=60)
        outcome: dict[str, int] = json.loads(said)
        return outcome


def arrival_times(sandbox: Sandbox, name: str | None = None) -> list[float]:
    """Return when the calls of one process, or of all, arrived at the sandbox, in order."""
    records = sandbox.requests.of("listCustomers")
    return sorted(one.at for one in records if name in {None, one.query["search"]})


def count_by_process(sandbox: Sandbox) -> Counter[str]:
    """Return how many calls of each process arrived."""
    return Counter(one.query["search"] for one in sandbox.requests.of("listCustomers"))


def count_refused(sandbox: Sandbox) -> int:
    """Return the number of 429 responses."""
    return sum(one.status == 429 for one in sandbox.requests)


def fullest_window(times: Sequence[float], per: float) -> int:
    """Return the highest number of calls that arrived in any window."""
    fullest, first = 0, 0
    for last, time in enumerate(times):
        while times[first] <= time - per:
            first += 1
        fullest = max(fullest, last - first + 1)
    return fullest


def utilization(times: Sequence[float], limit: int, per: float) -> float:
    """Return which part of the rate limit was used, without the calls of the first window."""
    rate = (len(times) - limit) / (times[-1] - times[0])
    return rate / (limit / per)
