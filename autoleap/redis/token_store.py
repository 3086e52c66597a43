"""The token pair in Redis, for processes on several machines."""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeAlias, TypeVar, cast

import anyio

from .._auth.locking import acquire_lock
from .._auth.tokens import TokenPair, pair_from_json, pair_to_json
from .._config import Secret, wrap_secret
from .._instrumentation import logger
from .._tasks import cancel_and_wait, run_in_thread, spawn_detached
from ..errors import ConfigurationError, LockLostError, TokenStoreError
from ._connection import (
    OUTAGE_TIMEOUT,
    CommandFailure,
    RedisConnection,
    is_encrypted_or_local,
    load_script,
    missing_package,
    outage_backoff,
)

if TYPE_CHECKING:
    from cryptography.fernet import MultiFernet
    from redis.lock import Lock

T = TypeVar("T")

EncryptionKey: TypeAlias = str | bytes | Secret

# Seconds after which Redis frees the lock of a process that was killed; its holder renews it.
LOCK_TTL = 5.0

# Seconds to wait for Redis to accept a connection, and for each response.
TIMEOUT = 2.0

# Bounds of the seconds that Redis keeps a pair: a minute and a month.
MIN_PAIR_TTL, MAX_PAIR_TTL = 60.0, 2_592_000.0


class RedisTokenStore:
    """Keeps the token pair in Redis, for processes on any number of machines.

    One process refreshes at a time, under a lock in Redis. The holder renews the lock; Redis frees
    it a few seconds after the holder was killed. Redis deletes the pair when its refresh token has
    expired. While Redis does not respond, each use waits up to 10 seconds. The store needs the
    extra `redis`. It runs in worker threads, on asyncio and trio.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if needed.
        name: Separates sessions in one Redis: one name for each partner account and server.
        encryption_key: A key from `cryptography.fernet.Fernet.generate_key()`, or a list of keys.
            The first encrypts the pair before it leaves this machine; each of them decrypts. To
            replace a key without a stop, add the new key at the end in all processes, then move
            it to the front, then remove the old one.
        verify: False to accept any certificate; the url must say `ssl_cert_reqs=none` too.

    Raises:
        ConfigurationError: when an argument cannot be used or a package is missing.
    """

    def __init__(
        self,
        url: str | Secret,
        *,
        name: str = "autoleap",
        encryption_key: EncryptionKey | Sequence[EncryptionKey] | None = None,
        verify: bool = True,
    ) -> None:
        # A traceback may show the local variables, so the secrets are hidden first.
        url, encryption_key = wrap_secret("url", url) or Secret(""), _wrap_keys(encryption_key)
        self._address, self._name = "", name  # for the repr in a traceback
        self._cipher = _make_cipher(encryption_key)
        self._connection = RedisConnection(url, name, TIMEOUT, verify=verify)
        self._address = self._connection.address
        self._save_script = load_script("save.lua")
        if self._cipher is None and not is_encrypted_or_local(url):
            logger.warning(
                "tokens travel unencrypted to %s: use rediss://, or an encryption_key",
                self._address,
            )
        self._pair_key, self._lock_key = self._connection.key("pair"), self._connection.key("lock")
        # One task of this process at a time requests the lock, so that a save has one holder.
        self._local_lock = threading.Lock()
        self._lock_token = ""

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, or None if there is none that can be read.

        Raises:
            TokenStoreError: when Redis does not respond.
        """
        found, pair = await self._execute(self._load)
        if found and pair is None:
            logger.warning(
                "the token pair at %s under %s cannot be read, therefore a login follows: give "
                "all processes the same encryption_key, or this one another name",
                self._address,
                self._pair_key,
            )
        return pair

    async def save(self, pair: TokenPair | None) -> None:
        """Replace the saved pair; None deletes it.

        Raises:
            LockLostError: when the lock ran out while it was held. Nothing was changed.
            TokenStoreError: when Redis does not respond.
        """
        if not await self._execute(partial(self._save, pair)):
            raise LockLostError(
                f"the lock {self._lock_key} at {self._address} ran out while it was held: this "
                f"process or Redis did not run for more than {LOCK_TTL:.0f} seconds"
            )

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Hold the lock, in one task of one process at a time, and renew it until the end.

        Raises:
            TokenStoreError: when Redis does not respond or the lock is not free in time.
        """
        lock_name = f"the lock {self._lock_key} at {self._address}"
        await acquire_lock(self._try_local_lock, lock_name)
        try:
            async with self._redis_lock(lock_name):
                yield
        finally:
            self._local_lock.release()

    async def aclose(self) -> None:
        """Close the connections to Redis; a later use opens them again."""
        await run_in_thread(self._connection.close)

    def __repr__(self) -> str:
        return f"RedisTokenStore({self._address!r}, name={self._name!r})"

    async def _try_local_lock(self) -> bool:
        return self._local_lock.acquire(blocking=False)

    @asynccontextmanager
    async def _redis_lock(self, lock_name: str) -> AsyncGenerator[None]:
        token = secrets.token_hex(16)
        lock = self._connection.client.lock(self._lock_key, timeout=LOCK_TTL, thread_local=False)
        try_acquire = partial(self._acquire, lock, token)
        try:
            await acquire_lock(partial(self._execute, try_acquire), lock_name)
            self._lock_token = token
            async with self._renewing(lock):
                yield
        finally:
            self._lock_token = ""
            # If Redis does not respond or the lock was lost, there is nothing to release.
            with anyio.CancelScope(shield=True):
                await self._try_execute(lock.release)

    @asynccontextmanager
    async def _renewing(self, lock: Lock) -> AsyncGenerator[None]:
        renewal = spawn_detached(partial(self._renew_lock, lock))
        try:
            yield
        finally:
            await cancel_and_wait([renewal])

    async def _renew_lock(self, lock: Lock) -> None:
        while True:
            await anyio.sleep(LOCK_TTL / 3)
            # Redis may respond again before the lock runs out. If not, `save` fails.
            await self._try_execute(lock.reacquire)

    def _acquire(self, lock: Lock, token: str) -> bool:
        if lock.acquire(blocking=False, token=token):
            return True
        # Redis may run a command after this process has given up waiting for the response. The
        # lock may therefore be held by an earlier attempt with the same token.
        if self._connection.client.get(self._lock_key) not in (token, token.encode()):
            return False
        lock.local.token = token.encode()
        return True

    def _load(self) -> tuple[bool, TokenPair | None]:
        """Return whether Redis has a value, and the pair if the value can be read."""
        data = self._connection.client.get(self._pair_key)
        return (False, None) if data is None else (True, self._decrypt(data))

    def _save(self, pair: TokenPair | None) -> bool:
        value, ttl = (b"", 0) if pair is None else (self._encrypt(pair), _ttl_ms(pair))
        keys, args = (self._lock_key, self._pair_key), (self._lock_token, value, ttl)
        return bool(self._connection.client.eval(self._save_script, 2, *keys, *args))

    async def _execute(self, command: Callable[[], T]) -> T:
        """Run a command; while Redis does not respond, try it again for some seconds."""
        deadline, failures = anyio.current_time() + OUTAGE_TIMEOUT, 0
        result = await self._try_execute(command)
        while _may_pass(result) and anyio.current_time() < deadline:
            failures += 1
            # A random time, so that many processes do not try at the same time.
            await anyio.sleep(outage_backoff(failures) * (0.5 + random.random()))  # noqa: S311
            result = await self._try_execute(command)
        if isinstance(result, CommandFailure):
            raise TokenStoreError(f"the token store is not available: {result.message}")
        return result

    async def _try_execute(self, command: Callable[[], T]) -> T | CommandFailure:
        return await run_in_thread(partial(self._connection.run, command))

    def _encrypt(self, pair: TokenPair) -> bytes:
        data = pair_to_json(pair)
        return data if self._cipher is None else self._cipher.encrypt(data)

    def _decrypt(self, data: bytes | str) -> TokenPair | None:
        if self._cipher is None:
            return pair_from_json(data)
        from cryptography.fernet import InvalidToken

        try:
            return pair_from_json(self._cipher.decrypt(data))
        except InvalidToken:
            return None


def _ttl_ms(pair: TokenPair) -> int:
    """Return the milliseconds for which Redis keeps a pair."""
    seconds = max(pair.expires_at, pair.refresh_expires_at) - pair.obtained_at
    return round(1000 * min(max(seconds, MIN_PAIR_TTL), MAX_PAIR_TTL))


def _may_pass(result: object) -> bool:
    return isinstance(result, CommandFailure) and result.may_pass


def _wrap_keys(keys: object) -> list[Secret] | None:
    """Return the keys as secrets; None for no encryption."""
    if keys is None:
        return None
    if isinstance(keys, list | tuple):
        return [_wrap_key(key) for key in cast("Sequence[object]", keys)]
    return [_wrap_key(keys)]


def _wrap_key(key: object) -> Secret:
    text = key.decode("ascii", "replace") if isinstance(key, bytes) else key
    # An empty key, such as that of an unset variable, must not turn encryption off.
    return wrap_secret("encryption_key", text) or Secret("")


def _make_cipher(keys: list[Secret] | None) -> MultiFernet | None:
    if keys is None:
        return None
    try:
        from cryptography.fernet import Fernet, MultiFernet
    except ImportError:
        raise missing_package("cryptography") from None
    with suppress(ValueError):  # its frames hold the keys
        return MultiFernet([Fernet(key.reveal()) for key in keys])
    raise ConfigurationError(
        "encryption_key must be a Fernet key or a list of them; make one with: python -c "
        "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    )
