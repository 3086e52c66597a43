"""Where a token pair is kept, so that those who share a partner account share a session."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import anyio

from .._loop_affinity import LoopAffinity
from .tokens import TokenPair


class TokenStore(Protocol):
    """Keeps the token pair of one partner account; implement it to share a session elsewhere.

    When it raises, the callers who wait for a token see that error, and nobody logs in instead:
    a store that is away for a moment must not end the session of all who share it.
    """

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, if any."""
        ...

    async def save(self, pair: TokenPair | None) -> None:
        """Keep a pair in place of the last one; None forgets it.

        Raises:
            LockLostError: when the lock ran out and another user has it: nothing was changed.
        """
        ...

    def lock(self) -> AbstractAsyncContextManager[None]:
        """Held from before a load to after the save that follows, by one user at a time.

        It ends with its holder, however that one ends.
        """
        ...


class MemoryTokenStore:
    """Keeps the pair in this process; clients of one event loop given it share one session."""

    def __init__(self) -> None:
        self._pair: TokenPair | None = None
        self._lock: anyio.Lock | None = None
        self._loop_affinity = LoopAffinity("token store")

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, if any."""
        return self._pair

    async def save(self, pair: TokenPair | None) -> None:
        """Keep a pair in place of the last one; None forgets it."""
        self._pair = pair

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Held by one user at a time."""
        self._loop_affinity.ensure_current()
        self._lock = self._lock or anyio.Lock()
        async with self._lock:
            yield
