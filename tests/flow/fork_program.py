"""A server that logs in, and then forks a worker that goes on with what it has inherited.

Run by test_loops_and_forks.py as `python -m tests.flow.fork_program BACKEND`, with the sandbox in
the AUTOLEAP_* variables. It prints a line for each thing tried: process, and what came of it.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import warnings
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from autoleap import AutoLeap, ConfigurationError, MemoryTokenStore
from autoleap_api_client.api.items import list_items


async def parent(backend: str) -> None:
    """Log in, fork, and see that the session and its connection are as they were."""
    store, company = MemoryTokenStore(), os.environ["COMPANY"]
    async with AutoLeap(token_store=store) as client:
        await client.profile()
        worker = os.fork()
        if worker == 0:
            work = partial(anyio.run, child, client, store, company, backend=backend)
            # The loop that was forked in the middle of its work is the parent's; not to be run.
            thread = threading.Thread(target=work)
            thread.start()
            thread.join(20)
            os._exit(0 if not thread.is_alive() else 1)
        _, status = os.waitpid(worker, 0)  # noqa: ASYNC222  # nothing else is to run meanwhile
        await client.profile()
        tell("parent works" if status == 0 else "the worker hung")


async def child(client: AutoLeap, store: MemoryTokenStore, company: str) -> None:
    """Try all that hangs on what was inherited; then do what the error says."""
    shop = client.company(company)
    await attempt(client.profile)
    await attempt(shop.customers.list(prefetch=2).collect)
    await attempt(partial(list_items.asyncio, client=client.api, company_id=company))
    await attempt(client.login)
    await attempt(client.logout)
    await attempt(client.aclose)
    async with AutoLeap(token_store=store) as heir:
        await attempt(heir.profile)
    async with AutoLeap() as own:
        await attempt(own.profile)


async def attempt(work: Callable[[], Awaitable[object]]) -> None:
    """Tell the remedy that an attempt is answered with, or that it works."""
    try:
        await work()
    except ConfigurationError as error:
        tell(str(error).partition(": ")[2])
    else:
        tell("works")


def tell(words: str) -> None:
    """Say it at once: a process that forks must have nothing left to say twice."""
    print(json.dumps([os.getpid(), words]), flush=True)


if __name__ == "__main__":
    # From Python 3.12 on, a fork beside threads is warned of: the very thing that is tried here.
    warnings.simplefilter("ignore", DeprecationWarning)
    anyio.run(parent, sys.argv[1], backend=sys.argv[1])
