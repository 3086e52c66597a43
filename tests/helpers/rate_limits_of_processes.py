"""Processes that share a budget, and what the sandbox saw of them."""

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
def program(sandbox: Sandbox, redis_url: str, name: str, **options: object) -> Iterator[Program]:
    """Run budget_program.py as a process of its own, which ends with the block at the latest."""
    environment = os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "PYTHONPATH": str(ROOT),
    }
    settings = {"redis": redis_url, "company": sandbox.company_id, "name": name, **options}
    command = [sys.executable, "-m", "tests.slow.rate_limit_program", json.dumps(settings)]
    process = subprocess.Popen(
        command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        yield Program(process)
    finally:
        process.kill()
        process.communicate()


class Program:
    """A running budget_program.py."""

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
        """What became of its calls: how often each error came, and "done"."""
        said, _ = self._process.communicate(timeout=60)
        outcome: dict[str, int] = json.loads(said)
        return outcome


def arrivals(sandbox: Sandbox, name: str | None = None) -> list[float]:
    """When the calls of one process, or of all, arrived at the sandbox, in order."""
    records = sandbox.requests.of("listCustomers")
    return sorted(one.at for one in records if name in {None, one.query["search"]})


def by_process(sandbox: Sandbox) -> Counter[str]:
    """How many calls of each process arrived."""
    return Counter(one.query["search"] for one in sandbox.requests.of("listCustomers"))


def refusals(sandbox: Sandbox) -> int:
    """Answers of 429."""
    return sum(one.status == 429 for one in sandbox.requests)


def fullest_window(times: Sequence[float], per: float) -> int:
    """The most calls that arrived in any window."""
    fullest, first = 0, 0
    for last, time in enumerate(times):
        while times[first] <= time - per:
            first += 1
        fullest = max(fullest, last - first + 1)
    return fullest


def used(times: Sequence[float], limit: int, per: float) -> float:
    """Which part of the budget was used: the rate of calls after the first window's worth."""
    rate = (len(times) - limit) / (times[-1] - times[0])
    return rate / (limit / per)
