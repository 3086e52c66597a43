"""Sessions at chosen points of their life, without waiting for it to pass."""

from __future__ import annotations

from attrs import evolve

from autoleap import MemoryTokenStore
from autoleap.sandbox import Sandbox
from tests.conftest import Connect


async def aged(store: MemoryTokenStore, by: float) -> None:
    """Move the life of a kept pair back by some seconds; the next client to use it finds it so."""
    pair = await store.load()
    assert pair is not None
    older = evolve(pair, obtained_at=pair.obtained_at - by, expires_at=pair.expires_at - by)
    await store.save(older)


async def expired_session(sandbox: Sandbox, connect: Connect) -> MemoryTokenStore:
    """A session whose access token has ended, for the server too; its refresh token lives."""
    store = MemoryTokenStore()
    async with connect(sandbox, token_store=store) as client:
        await client.login()
    await aged(store, 3600)
    sandbox.revoke_access_tokens()
    return store
