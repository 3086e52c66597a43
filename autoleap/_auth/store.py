"""Stores of the token pair: clients with the same store share one session."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import anyio

from .._loop_affinity import LoopAffinity
from ..errors import AutoLeapError
from .tokens import TokenPair


class TokenStore(Protocol):
    """Keeps the token pair of a partner account. Implement it to share a session in another way.

    An error of the lock or a load is raised in all calls that wait for a token. The client does not
    log in instead, because a new login may end the session of all processes that share the store.
    If a save fails, the client uses the new pair, and saves it later.
    """

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, or None."""
        ...

    async def save(self, pair: TokenPair | None) -> None:
        """Replace the saved pair; None deletes it.

        Raises:
            LockLostError: when the lock ran out while it was held. Nothing was changed.
        """
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Hold a lock from a load to the save after it, in one task of one process at a time.

        The lock must become free when its holder ends, even after `kill -9`.
        """
        ...


class MemoryTokenStore:
    """Keeps the pair in memory; clients of one event loop share one session through it."""

    def __init__(self) -> None:
        self._pair: TokenPair | None = None
        self._lock: anyio.Lock | None = None
        self._loop_affinity = LoopAffinity("token store")

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, or None."""
        return self._pair

    async def save(self, pair: TokenPair | None) -> None:
        """Replace the saved pair; None deletes it."""
        self._pair = pair

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Hold a lock, in one task at a time."""
        self._loop_affinity.ensure_current()
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            yield


def describe_error(error: Exception) -> object:
    """Return what the log may contain: the error of a custom token store may hold secrets."""
    return error if isinstance(error, AutoLeapError) else type(error).__name__
