"""Sessions of any age, without waiting."""

from __future__ import annotations

from attrs import evolve

from autoleap import MemoryTokenStore
from autoleap.sandbox import Sandbox
from tests.conftest import Connect


async def age_pair(store: MemoryTokenStore, by: float) -> None:
    """Make a stored pair older by some seconds."""
    pair = await store.load()
    assert pair is not None
    older = evolve(pair, obtained_at=pair.obtained_at - by, expires_at=pair.expires_at - by)
    await store.save(older)


async def open_expired_session(sandbox: Sandbox, connect: Connect) -> MemoryTokenStore:
    """Return a session whose access token has expired, on the server too."""
    store = MemoryTokenStore()
    async with connect(sandbox, token_store=store) as client:
        await client.login()
    await age_pair(store, 3600)
    sandbox.revoke_access_tokens()
    return store
