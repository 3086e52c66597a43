"""Waiting for what happens elsewhere: in the sandbox's thread, or in tasks nobody holds."""

from __future__ import annotations

from collections.abc import Callable

import anyio


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds; TimeoutError when that takes too long."""
    with anyio.fail_after(5):
        while not condition():  # noqa: ASYNC110  # nothing here could set an event
            await anyio.sleep(0.005)


async def until_tasks_ended(before: int) -> None:
    """Return when no more tasks run than there were before."""
    await until(lambda: len(anyio.get_running_tasks()) <= before)
