"""Waiting for what happens elsewhere: in the sandbox's thread, or in detached tasks."""

from __future__ import annotations

from collections.abc import Callable

import anyio

# Seconds after which a test counts as hanging: so many that a loaded machine does not reach them.
HANG = 60.0


async def until(condition: Callable[[], bool]) -> None:
    """Return as soon as a condition holds; raise TimeoutError when it never does."""
    with anyio.fail_after(HANG):
        while not condition():  # noqa: ASYNC110  # nothing here could set an event
            await anyio.sleep(0.005)


async def until_tasks_ended(before: int) -> None:
    """Return when no more tasks run than there were before."""
    await until(lambda: len(anyio.get_running_tasks()) <= before)
