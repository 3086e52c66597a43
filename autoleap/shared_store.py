"""What the stores that processes share have in common: a format, threads, patience for a lock."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Awaitable, Callable
from typing import Any, TypeGuard, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from attrs import asdict

from .config import Secret
from .errors import TokenStoreError
from .token_store import TokenPair

T = TypeVar("T")

# Seconds between two looks at a lock, on average; and how long one waits for it. No login takes
# as long, with all its attempts: a holder that is still there then hangs.
POLL = 0.05
PATIENCE = 300.0

_TIMES = ("obtained_at", "expires_at", "refresh_expires_at")


def encoded(pair: TokenPair) -> bytes:
    """A pair as JSON, tokens in the clear: for where nobody else can read it."""
    return json.dumps(asdict(pair, value_serializer=_revealed)).encode()


def decoded(data: bytes | str) -> TokenPair | None:
    """The pair that `encoded` made, or None when the data is anything else."""
    try:
        fields: Any = json.loads(data)
        access, refresh, account = (fields.get(name) for name in ("access", "refresh", "account"))
        obtained_at, expires_at, refresh_expires_at = (_time(fields[name]) for name in _TIMES)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not (_is_token(access) and _is_token(refresh)):
        return None
    return TokenPair(
        access=Secret(access),
        refresh=Secret(refresh),
        obtained_at=obtained_at,
        expires_at=expires_at,
        refresh_expires_at=refresh_expires_at,
        account=account if isinstance(account, str) else None,
    )


async def in_thread(work: Callable[[], T]) -> T:
    """Do some work that blocks in a thread, besides those the application may have.

    The usual allowance of threads can be used up by request handlers that wait for the very token
    this work is about.
    """
    return await to_thread.run_sync(work, limiter=CapacityLimiter(1))


async def until_taken(take: Callable[[], Awaitable[bool]], what: str) -> None:
    """Ask for a lock until one has it; no thread is parked, and the wait can be cancelled.

    Args:
        take: Takes the lock, or says False when another has it.
        what: The lock, in the words of an error.

    Raises:
        TokenStoreError: when it was not to be had for `PATIENCE` seconds.
    """
    deadline = anyio.current_time() + PATIENCE
    while not await take():
        if anyio.current_time() >= deadline:
            raise TokenStoreError(
                f"{what} has been held for {PATIENCE:.0f} seconds: end the process that hangs"
            )
        # Spread, so that many who wait do not ask in step.
        await anyio.sleep(POLL * (0.5 + random.random()))  # noqa: S311


def _revealed(owner: object, attribute: object, value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def _is_token(value: object) -> TypeGuard[str]:
    # It goes into a header, where other characters would break the call.
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a time")
    return float(value)
