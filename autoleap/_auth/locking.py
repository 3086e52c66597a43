"""What the stores that processes share have in common: a format, threads, patience for a lock."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

import anyio

from ..errors import TokenStoreError

T = TypeVar("T")


# Seconds between two looks at a lock, on average; and how long one waits for it. No login takes
# as long, with all its attempts: a holder that is still there then hangs.
LOCK_POLL_INTERVAL = 0.05


LOCK_TIMEOUT = 300.0


async def acquire_lock(take: Callable[[], Awaitable[bool]], what: str) -> None:
    """Ask for a lock until one has it; no thread is parked, and the wait can be cancelled.

    Args:
        take: Takes the lock, or says False when another has it.
        what: The lock, in the words of an error.

    Raises:
        TokenStoreError: when it was not to be had for `PATIENCE` seconds.
    """
    deadline = anyio.current_time() + LOCK_TIMEOUT
    while not await take():
        if anyio.current_time() >= deadline:
            raise TokenStoreError(
                f"{what} has been held for {LOCK_TIMEOUT:.0f} seconds: end the process that hangs"
            )
        # Spread, so that many who wait do not ask in step.
        await anyio.sleep(LOCK_POLL_INTERVAL * (0.5 + random.random()))  # noqa: S311
