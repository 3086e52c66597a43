"""The token pair in Redis, for processes on several machines."""

from __future__ import annotations

import secrets
import threading
import weakref
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar
from urllib.parse import urlsplit

import anyio
from attrs import frozen

from .._auth.locking import acquire_lock
from .._auth.tokens import TokenPair, pair_from_json, pair_to_json
from .._config import LOOPBACK_HOSTS, Secret, wrap_secret
from .._instrumentation import logger
from .._tasks import cancel_and_wait, run_in_thread, spawn_detached
from ..errors import ConfigurationError, LockLostError, TokenStoreError

if TYPE_CHECKING:
    from cryptography.fernet import Fernet
    from redis import Redis
    from redis.lock import Lock


T = TypeVar("T")


# Seconds after which the lock of a holder that was killed is free; a living one moves it on.
LOCK_TTL = 5.0


# Seconds to wait for Redis to accept a connection, and for each answer.
TIMEOUT = 2.0


# Whoever was too slow to keep the lock may not write over what the next holder has saved.
_SAVE = """
if ARGV[1] ~= '' and redis.call('get', KEYS[1]) ~= ARGV[1] then
    return 0
end
if ARGV[2] == '' then
    redis.call('del', KEYS[2])
else
    redis.call('set', KEYS[2], ARGV[2], 'PX', ARGV[3])
end
return 1
"""


class RedisTokenStore:
    """Keeps the pair in Redis, for processes on any number of machines.

    One process refreshes at a time, under a lock that a living holder keeps alive and that is free
    a few seconds after a holder was killed. The pair vanishes by itself when its refresh token is
    past its life. Needs the extra `redis`; works in worker threads, on asyncio and trio alike.

    Args:
        url: `redis://`, `rediss://` (TLS) or `unix://`, with user and password if there are any.
        name: Tells the sessions in one Redis apart: one for each partner account and server.
        encryption_key: A key of `cryptography.fernet.Fernet.generate_key()`, the same in all
            processes, that the pair is encrypted with before it leaves the machine.

    Raises:
        ConfigurationError: when an argument cannot be used, or a package is missing.
    """

    def __init__(
        self,
        url: str | Secret,
        *,
        name: str = "autoleap",
        encryption_key: str | bytes | Secret | None = None,
    ) -> None:
        # Out of sight before anything can fail: a traceback may show the local variables.
        url, encryption_key = wrap_secret("url", url) or Secret(""), _wrap_key(encryption_key)
        self._address, self._name = "", name
        self._cipher = _make_cipher(encryption_key)
        self._redis, self._address = connect(url), redacted_url(url)
        if not name:
            raise ConfigurationError("name must not be empty")
        if self._cipher is None and not is_encrypted_or_local(url):
            logger.warning(
                "tokens travel unencrypted to %s: use rediss://, or an encryption_key",
                self._address,
            )
        # In braces: a Redis cluster keeps the two keys together, as a script needs them.
        self._pair_key, self._lock_key = f"autoleap:{{{name}}}:pair", f"autoleap:{{{name}}}:lock"
        # Closes the sockets of a store that nobody closed; without it they end in warnings.
        weakref.finalize(self, self._redis.close)
        # One task of this process at a time asks for the lock, so that it is clear whose a save is.
        self._local_lock = threading.Lock()
        self._lock_token = ""

    async def load(self) -> TokenPair | None:
        """Return the pair that was saved last, if any.

        Raises:
            ConfigurationError: when what is there cannot be read with this encryption key.
            TokenStoreError: when Redis does not answer.
        """
        found, pair = await self._execute(self._load)
        if found and pair is None:
            raise ConfigurationError(
                f"what {self._address} keeps under {self._pair_key} cannot be read: give all "
                "processes the same encryption_key, or this one another name"
            )
        return pair

    async def save(self, pair: TokenPair | None) -> None:
        """Keep a pair in place of the last one; None forgets it.

        Raises:
            LockLostError: when the lock ran out while it was held: nothing was changed.
            TokenStoreError: when Redis does not answer.
        """
        if not await self._execute(partial(self._save, pair)):
            raise LockLostError(
                f"the lock {self._lock_key} of {self._address} ran out while it was held: this "
                f"process, or Redis, stood still for more than {LOCK_TTL:.0f} seconds"
            )

    @asynccontextmanager
    async def lock(self) -> AsyncGenerator[None]:
        """Held by one task of one process at a time, and kept alive for as long as it is held.

        Raises:
            TokenStoreError: when it cannot be had.
        """
        what = f"the lock {self._lock_key} of {self._address}"
        await acquire_lock(self._try_local_lock, what)
        try:
            async with self._redis_lock(what):
                yield
        finally:
            self._local_lock.release()

    async def aclose(self) -> None:
        """Close the connections to Redis; a later use opens them again."""
        await run_in_thread(self._redis.close)

    def __repr__(self) -> str:
        return f"RedisTokenStore({self._address!r}, name={self._name!r})"

    async def _try_local_lock(self) -> bool:
        return self._local_lock.acquire(blocking=False)

    @asynccontextmanager
    async def _redis_lock(self, what: str) -> AsyncGenerator[None]:
        token = secrets.token_hex(16)
        lock = self._redis.lock(self._lock_key, timeout=LOCK_TTL, thread_local=False)
        take = partial(lock.acquire, blocking=False, token=token)
        try:
            await acquire_lock(partial(self._execute, take), what)
            self._lock_token = token
            async with self._renewing(lock):
                yield
        finally:
            self._lock_token = ""
            # When Redis is away, or the lock was lost, there is nothing to release.
            with anyio.CancelScope(shield=True), suppress(TokenStoreError):
                await self._execute(lock.release)

    @asynccontextmanager
    async def _renewing(self, lock: Lock) -> AsyncGenerator[None]:
        keeper = spawn_detached(partial(self._renew_lock, lock))
        try:
            yield
        finally:
            await cancel_and_wait([keeper])

    async def _renew_lock(self, lock: Lock) -> None:
        while True:
            await anyio.sleep(LOCK_TTL / 3)
            # Redis may be back before the lock runs out; and if not, a save will notice.
            with suppress(TokenStoreError):
                await self._execute(lock.reacquire)

    def _load(self) -> tuple[bool, TokenPair | None]:
        data = self._redis.get(self._pair_key)
        return (False, None) if data is None else (True, self._decrypt(data))

    def _save(self, pair: TokenPair | None) -> bool:
        keys = (self._lock_key, self._pair_key)
        sealed, life = (b"", 0) if pair is None else (self._encrypt(pair), _ttl_ms(pair))
        return bool(self._redis.eval(_SAVE, 2, *keys, self._lock_token, sealed, life))

    async def _execute(self, question: Callable[[], T]) -> T:
        answer = await run_in_thread(partial(run_command, question))
        if isinstance(answer, CommandFailure):
            raise TokenStoreError(
                f"Redis at {self._address} cannot be used ({answer.reason}): check that it runs, the "
                "url and the network; tokens are shared again as soon as it works"
            )
        return answer

    def _encrypt(self, pair: TokenPair) -> bytes:
        return (
            pair_to_json(pair) if self._cipher is None else self._cipher.encrypt(pair_to_json(pair))
        )

    def _decrypt(self, data: bytes | str) -> TokenPair | None:
        if self._cipher is None:
            return pair_from_json(data)
        from cryptography.fernet import InvalidToken

        try:
            return pair_from_json(self._cipher.decrypt(data))
        except InvalidToken:
            return None


@frozen
class CommandFailure:
    """Why Redis gave no answer, in words that give no secret away."""

    reason: str


def run_command(question: Callable[[], T]) -> T | CommandFailure:
    """Ask; the frames of a failed attempt, in which passwords and tokens stand, end here."""
    from redis import exceptions

    try:
        return question()
    except exceptions.AuthenticationError:
        return CommandFailure("it refuses user and password")
    except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
        return CommandFailure(str(error))
    except exceptions.RedisError as error:
        # The text of a command's refusal may repeat what was to be saved.
        return CommandFailure(type(error).__name__)


def _ttl_ms(pair: TokenPair) -> int:
    """Milliseconds for which a pair is of use, on nobody's clock; a minute to a month."""
    seconds = max(pair.expires_at, pair.refresh_expires_at) - pair.obtained_at
    return round(1000 * min(max(seconds, 60.0), 2_592_000.0))


def connect(url: Secret) -> Redis:
    """A client of Redis; it connects when it is first used."""
    try:
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise missing_package("redis") from None
    # Once more at once, since a connection that was idle may be gone.
    again = Retry(NoBackoff(), 1)
    with suppress(ValueError):
        return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # its options are Any
            url.reveal(), socket_timeout=TIMEOUT, socket_connect_timeout=TIMEOUT, retry=again
        )
    raise ConfigurationError(
        "url must be redis://, rediss:// or unix://, and a password in it percent-encoded"
    )


def redacted_url(url: Secret) -> str:
    """The URL without user, password and options."""
    parts = urlsplit(url.reveal())
    host = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else ""
    return f"{parts.scheme}://{host}{parts.path}"


def is_encrypted_or_local(url: Secret) -> bool:
    parts = urlsplit(url.reveal())
    return parts.scheme in {"rediss", "unix"} or parts.hostname in LOOPBACK_HOSTS


def _wrap_key(key: str | bytes | Secret | None) -> Secret | None:
    text = key.decode("ascii", "replace") if isinstance(key, bytes) else key
    # An empty one, perhaps of an unset variable, must not mean: do not encrypt.
    return Secret("") if text == "" else wrap_secret("encryption_key", text)


def _make_cipher(key: Secret | None) -> Fernet | None:
    if key is None:
        return None
    try:
        from cryptography.fernet import Fernet
    except ImportError:
        raise missing_package("cryptography") from None
    with suppress(ValueError):
        return Fernet(key.reveal())
    raise ConfigurationError(
        "encryption_key must be a Fernet key; make one with: python -c "
        "'from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())'"
    )


def missing_package(package: str) -> ConfigurationError:
    return ConfigurationError(
        f"RedisTokenStore needs the package {package}: pip install autoleap[redis]"
    )
