"""Processes that share a token store: started together, told to begin together, read in the end."""

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
def programs(
    sandbox: Sandbox, count: int, work: str, *arguments: object
) -> Iterator[list[Program]]:
    """Start processes, every other one on trio; they are ready, and wait for `begin`."""
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
            assert said(program) == "ready"
        yield started
    finally:
        for program in started:
            program.kill()
            program.communicate()


def said(program: Program) -> str:
    """The next line a program says."""
    assert program.stdout is not None
    return program.stdout.readline().strip()


def begin(running: list[Program]) -> None:
    """Let programs begin."""
    for program in running:
        assert program.stdin is not None
        program.stdin.write("\n")
        program.stdin.flush()


def results(running: list[Program]) -> list[dict[str, Any]]:
    """What programs that made calls say in the end."""
    return [json.loads(program.communicate(timeout=LONG)[0]) for program in running]


def wait_until(true: Callable[[], bool]) -> None:
    """Wait for something that another process does."""
    deadline = time.monotonic() + LONG
    while not true():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.005)


async def expired_session(sandbox: Sandbox, place: str) -> TokenStore:
    """A store with a session whose access token is dead, on the server and by the clock."""
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
