"""Processes that share a token store: start them, let them work at the same time, read results."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from attrs import evolve

from autoleap import AutoLeap, TokenStore
from autoleap.sandbox import Sandbox
from tests.slow.session_program import store_at

ROOT = Path(__file__).parents[2]
# Seconds in which everything here is over, unless it hangs.
LONG = 60.0
BACKENDS = ("asyncio", "trio")

Program = subprocess.Popen[str]


@contextmanager
def start_processes(
    sandbox: Sandbox, count: int, work: str, *arguments: object
) -> Iterator[list[Program]]:
    """Start processes, every second one on trio; they wait for `start_work`."""
    environment = os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "PYTHONPATH": str(ROOT),
    }
    started = [
        subprocess.Popen(
            [
                *[sys.executable, "-W", "error", "-m", "tests.slow.session_program"],
                *[work, BACKENDS[number % 2], *map(str, arguments)],
            ],
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for number in range(count)
    ]
    try:
        for program in started:
            assert read_line(program) == "ready"
        yield started
    finally:
        for program in started:
            program.kill()
            program.communicate()


def read_line(program: Program) -> str:
    """Return the next line that a program prints."""
    assert program.stdout is not None
    return program.stdout.readline().strip()


def start_work(running: list[Program]) -> None:
    """Let programs start their work."""
    for program in running:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()


def read_results(running: list[Program]) -> list[dict[str, Any]]:
    """Return what programs that made calls print at their end."""
    return [json.loads(program.communicate(timeout=LONG)[0]) for program in running]


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


async def open_expired_session(sandbox: Sandbox, place: str) -> TokenStore:
    """Return a store with a session whose access token has expired, on the server too."""
    store = store_at(place)
    async with AutoLeap(
        sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url, token_store=store
    ) as client:
        await client.login()
    pair = await store.load()
    assert pair is not None
    await store.save(evolve(pair, expires_at=time.time() - 1))
    sandbox.revoke_access_tokens()
    return store
