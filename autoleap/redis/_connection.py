"""The connection to Redis, used by the token store and by the rate limiter.

The client is the synchronous one, called in worker threads: redis-py's asyncio client does not
run on trio.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from contextlib import suppress
from importlib.resources import files
from typing import TYPE_CHECKING, TypeVar, cast
from urllib.parse import urlsplit

from attrs import frozen

from .._config import LOOPBACK_HOSTS, Secret
from ..errors import ConfigurationError

if TYPE_CHECKING:
    from redis import Redis

T = TypeVar("T")

# Broken connections are common after a restart of Redis, so each command is tried once more.
# Therefore Redis may run a command or a script twice.
RETRIES = 1

# Seconds for which the token store and the rate limiter wait until Redis responds again, and the
# backoff between their attempts.
OUTAGE_TIMEOUT = 10.0
BACKOFF_BASE, BACKOFF_MAX = 0.1, 1.0


@frozen
class CommandFailure:
    """A command without a result.

    Attributes:
        message: The reason and the remedy, without passwords and tokens.
        may_pass: Whether the command may succeed later, when Redis responds again.
    """

    message: str
    may_pass: bool = False


class RedisConnection:
    """A Redis client that connects when it is first used. All methods block.

    Args:
        url: Address of the server, with user and password if it needs them.
        name: Separates the keys of partner accounts in one Redis.
        timeout: Seconds to wait for a connection, and for each response.
        verify: Whether to check the certificate of the server.

    Raises:
        ConfigurationError: when an argument cannot be used or the redis package is missing.
    """

    def __init__(self, url: Secret, name: str, timeout: float, *, verify: bool = True) -> None:
        if not isinstance(cast("object", name), str) or not name:
            raise ConfigurationError(f"name must be a str that is not empty, not {name!r}")
        self._name = name
        self.client = _make_client(url, timeout)
        _check_verify(self.client, verify)
        self.address = redacted_url(url)
        # Closes the sockets if the application does not; Python warns of sockets left open.
        weakref.finalize(self, self.client.close)

    def key(self, suffix: str) -> str:
        """Return the full name of a key.

        The braces make a Redis cluster keep these keys on one node, as scripts require.
        """
        return f"autoleap:{{{self._name}}}:{suffix}"

    def run(self, command: Callable[[], T]) -> T | CommandFailure:
        """Run a command; return a failure instead of raising it.

        The frames of a redis-py error hold passwords and tokens, so the error must not leave here.
        """
        from redis import exceptions

        may_pass = False
        try:
            return command()
        except exceptions.AuthenticationError:
            reason = "it refuses the user or the password"
        except (exceptions.ConnectionError, exceptions.TimeoutError) as error:
            reason, may_pass = str(error), True
        except exceptions.RedisError as error:
            # The text of a refused command may repeat the value that was to be saved.
            reason = type(error).__name__
        return CommandFailure(
            f"Redis at {self.address} does not respond ({reason}): "
            "check that it runs, the url and the network",
            may_pass,
        )

    def close(self) -> None:
        """Close the sockets of no running command; a later command opens them again."""
        # A thread would fail in the middle of redis-py if its socket were closed.
        self.client.connection_pool.disconnect(inuse_connections=False)


def outage_backoff(failures: int) -> float:
    """Return the seconds until the next attempt, after this number of failures in a row."""
    # The backoff has its maximum long before failure 32, and 2.0**1024 overflows a float.
    return min(BACKOFF_MAX, BACKOFF_BASE * 2.0 ** min(failures - 1, 32))


def _make_client(url: Secret, timeout: float) -> Redis:
    try:
        from redis import ConnectionError as RedisConnectionError
        from redis import Redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry
    except ImportError:
        raise missing_package("redis") from None
    with suppress(ValueError):  # its frames hold the URL
        return Redis.from_url(  # pyright: ignore[reportUnknownMemberType]  # its options are Any
            url.reveal(),
            socket_timeout=timeout,
            socket_connect_timeout=timeout,
            retry=Retry(NoBackoff(), RETRIES),
            retry_on_error=[RedisConnectionError],
        )
    raise ConfigurationError(
        "url must be redis://, rediss:// or unix://, and a password in it percent-encoded"
    )


def _check_verify(client: Redis, verify: bool) -> None:
    """Refuse a connection without a check of the certificate, unless two places ask for it."""
    options: Mapping[str, object] = client.connection_pool.connection_kwargs
    required = str(options.get("ssl_cert_reqs", "required")).lower()
    checks = required != "none" and options.get("ssl_check_hostname", True) is not False
    if checks != verify:
        raise ConfigurationError(
            "a Redis whose certificate is not checked can be any server: to use it, give both "
            "ssl_cert_reqs=none in the url and verify=False; else give neither"
        )


def missing_package(package: str) -> ConfigurationError:
    """Return the error for a package of the extra `redis` that is not installed."""
    return ConfigurationError(f"the package {package} is missing: pip install 'autoleap[redis]'")


def redacted_url(url: Secret) -> str:
    """Return a URL without user, password and options."""
    parts = urlsplit(url.reveal())
    host = f"{parts.hostname}:{parts.port or 6379}" if parts.hostname else ""
    return f"{parts.scheme}://{host}{parts.path}"


def is_encrypted_or_local(url: Secret) -> bool:
    """Return whether the traffic is encrypted or stays on this machine."""
    parts = urlsplit(url.reveal())
    return parts.scheme in {"rediss", "unix"} or parts.hostname in LOOPBACK_HOSTS


def load_script(name: str) -> str:
    """Read a Lua script of this package."""
    return (files("autoleap.redis") / name).read_text(encoding="utf-8")
