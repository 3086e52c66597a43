"""A server that forks inside its running event loop, and whose child goes on in that loop.

Run by test_only_typed_errors.py as `python -m tests.flow.fork_in_loop_program used|unused`, with
the sandbox in the AUTOLEAP_* variables. It prints a line for each call: its name and its error.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
import warnings
from collections.abc import Awaitable, Callable

from autoleap import AutoLeap
from autoleap_api_client.api.items import list_items


async def main(used: bool) -> None:
    """Fork, and make calls with the client in the child, which no event loop runs any more."""
    async with AutoLeap() as client:
        if used:
            await client.profile()
        worker = os.fork()
        if worker == 0:
            await call_everything(client)
            os._exit(0)
        os.waitpid(worker, 0)  # noqa: ASYNC222  # nothing else is to run meanwhile
        await client.profile()
        report("parent", "works")


async def call_everything(client: AutoLeap) -> None:
    """Make a call of each kind."""
    shop = client.company(os.environ["COMPANY"])
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "profile": client.profile,
        "list": lambda: shop.customers.list().first(),
        "collect": lambda: shop.customers.list(prefetch=2).collect(),
        "create": lambda: shop.customers.create([{"firstName": "Ana", "lastName": "Ruiz"}]),
        "get": lambda: shop.customers.get("1"),
        "generated": lambda: list_items.asyncio(client=client.api, company_id=shop.id),
        "login": client.login,
        "logout": client.logout,
        "close": client.aclose,
    }
    for name, call in calls.items():
        try:
            await call()
        except Exception as error:
            report(name, type(error).__name__)
        else:
            report(name, "works")


def report(name: str, outcome: str) -> None:
    """Print at once: a process that forks must have nothing left to print twice."""
    print(json.dumps([name, outcome]), flush=True)


if __name__ == "__main__":
    # From Python 3.12 on, a fork beside threads is warned of.
    warnings.simplefilter("ignore", DeprecationWarning)
    asyncio.run(main(sys.argv[1] == "used"))
