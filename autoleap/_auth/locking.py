"""Wait for the lock of a token store that processes share."""

from __future__ import annotations

import random
from collections.abc import Awaitable, Callable

import anyio

from ..errors import TokenStoreError

# Average seconds between two attempts to acquire a lock.
LOCK_POLL_INTERVAL = 0.05

# Seconds of waiting for a lock. A login with its retries takes less. A holder that takes longer
# has stopped working.
LOCK_TIMEOUT = 300.0


async def acquire_lock(try_acquire: Callable[[], Awaitable[bool]], lock_name: str) -> None:
    """Try to acquire a lock until it is free. The wait blocks no thread and can be cancelled.

    Args:
        try_acquire: Acquires the lock, or returns False if it is held elsewhere.
        lock_name: The lock's name in error messages.

    Raises:
        TokenStoreError: when the lock is not free within `LOCK_TIMEOUT` seconds.
    """
    deadline = anyio.current_time() + LOCK_TIMEOUT
    while not await try_acquire():
        if anyio.current_time() >= deadline:
            raise TokenStoreError(
                f"{lock_name} has been held for {LOCK_TIMEOUT:.0f} seconds: "
                "end the process that hangs"
            )
        # A random interval, so that many processes do not poll at the same time.
        await anyio.sleep(LOCK_POLL_INTERVAL * (0.5 + random.random()))  # noqa: S311
