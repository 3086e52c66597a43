"""The slots of one partner account in Redis: the slots in use, and the times of their release.

A method has `limit` slots. A process takes slots before its calls. A slot is free `per` seconds
after its call has ended. Each process sends messages: which slots it holds, which calls have ended,
and which calls wait. The reply grants as many slots as there are waiting calls and free slots. Each
message is one run of a Lua script, therefore atomic. All times come from Redis's clock, so that the
clocks of the machines do not matter. `exchange.lua` describes the state in Redis.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, cast

from attrs import asdict, frozen

from .._config import Secret
from .._ratelimit.pace import PACE, RECENT_WINDOWS, RESERVE_DIVISOR
from .._ratelimit.queue import MAX_OVERTAKES
from ..errors import RateLimiterUnavailableError
from ._connection import CommandFailure, RedisConnection, load_script

if TYPE_CHECKING:
    from redis.commands.core import Script

# Seconds to wait for Redis. A script takes about a millisecond.
TIMEOUT = 1.0

# A process that finds no state in Redis waits for these seconds. In that time another process
# may report that Redis has lost its state.
STARTUP_GRACE = 1.0

# Seconds after which a slot ends that its process no longer reports. It is shorter than a window,
# so that a slot of a killed process is free again within two windows.
SLOT_TTL = 5.0
SLOT_TTL_WINDOWS = 0.75

# Seconds between two messages of a process that waits, at most, and in parts of a window.
POLL_INTERVAL = 1.0
POLL_WINDOWS = 1 / 50

# Seconds without a message after which a process that waits has lost its place in the line.
WAITING_TTL = 3.0
WAITING_TTL_WINDOWS = 0.5

# The keys of one method, in the order of the script.
KEY_NAMES = ("running", "cooling", "blocked_until", "pace", "high_waiting", "low_waiting", "seen")

# Seconds without a message after which Redis deletes the keys, besides those of running calls.
KEEP = 3600.0


@frozen(kw_only=True)
class SlotTimes:
    """The times of a rate limit, in seconds.

    Attributes:
        per: Length of the window.
        lease: Time after which the server no longer receives an earlier call.
    """

    per: float
    lease: float

    @property
    def slot_ttl(self) -> float:
        """Time after which a slot ends that its process no longer reports."""
        return min(SLOT_TTL, SLOT_TTL_WINDOWS * self.per, self.lease)

    @property
    def poll_interval(self) -> float:
        """Longest time between two messages of a process that waits."""
        return min(POLL_INTERVAL, POLL_WINDOWS * self.per)

    @property
    def waiting_ttl(self) -> float:
        """Time without a message after which a process that waits has lost its place."""
        return min(WAITING_TTL, WAITING_TTL_WINDOWS * self.per)

    @property
    def drain(self) -> float:
        """Time after which the server no longer counts any earlier call."""
        return self.per + self.lease


@frozen(kw_only=True)
class SlotMessage:
    """What a process tells Redis about one method.

    Attributes:
        process: An id that no other process uses.
        sequence: Number of the message; Redis ignores a message after a later one.
        ended: Ids of slots whose calls have ended.
        unused: Ids of slots that no call has used.
        held: Ids of slots that calls use now.
        high, low: Ids for the calls that wait, by priority and in their order.
        new_high: Number of calls of high priority since the last message.
        last_seen: Redis's time in its last response to this process; 0 for none.
        offline_calls: Whether this process has sent calls without a slot.
    """

    process: str
    sequence: int
    ended: Sequence[str] = ()
    unused: Sequence[str] = ()
    held: Sequence[str] = ()
    high: Sequence[str] = ()
    low: Sequence[str] = ()
    new_high: int = 0
    last_seen: int = 0
    offline_calls: bool = False


@frozen
class SlotReply:
    """The response of Redis to a message.

    Attributes:
        granted: Ids of the calls that may start now.
        wait: Seconds after which the process should ask again; None if it waits for nothing.
        server_time: Redis's time, in microseconds.
        state_lost: Whether Redis has lost its state, so that all processes must wait.
    """

    granted: Sequence[str]
    wait: float | None
    server_time: int
    state_lost: bool


class RedisSlots:
    """Runs the scripts. All methods block, for little more than two times `TIMEOUT`.

    Args:
        url: Address of the Redis server.
        name: The name that all processes of one partner account use.
        times: The times of the rate limit.
        verify: Whether to check the certificate of the server.
    """

    def __init__(self, url: Secret, name: str, times: SlotTimes, *, verify: bool = True) -> None:
        self._connection = RedisConnection(url, name, TIMEOUT, verify=verify)
        self._times, self._account_prefix = times, ""
        register = self._connection.client.register_script
        self._exchange_script = register(load_script("exchange.lua"))
        self._block_script = register(load_script("block.lua"))

    def use_account(self, account: str) -> None:
        """Keep the slots of this account only; the name of a key shows no account."""
        self._account_prefix = f"{hashlib.sha256(account.encode()).hexdigest()[:16]}:"

    def exchange(self, method: str, limit: int, message: SlotMessage) -> SlotReply:
        """Send a message about one method.

        Args:
            method: HTTP method.
            limit: Number of slots.
            message: The slots of this process.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        sequence = f"sequence:{message.process}"
        keys = ("state", *(f"{method}:{name}" for name in (*KEY_NAMES, sequence)))
        content = json.dumps(self._rate_limit(limit) | asdict(message))
        now, state_lost, wait, *granted = cast(
            "tuple[int, int, int, *tuple[bytes | str, ...]]",
            self._run(self._exchange_script, keys, [content]),
        )
        ids = [slot_id if isinstance(slot_id, str) else slot_id.decode() for slot_id in granted]
        return SlotReply(ids, wait / 1e6 if wait >= 0 else None, now, state_lost == 1)

    def block(self, method: str, seconds: float) -> None:
        """Let no process start a call of a method for some seconds.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        self._run(self._block_script, (f"{method}:blocked_until",), [_to_microseconds(seconds)])

    def close(self) -> None:
        """Close the connections; a later use opens them again."""
        self._connection.close()

    def _rate_limit(self, limit: int) -> dict[str, object]:
        times = self._times
        return {
            "limit": limit,
            "per": _to_microseconds(times.per),
            "slot_ttl": _to_microseconds(times.slot_ttl),
            "poll_interval": _to_microseconds(times.poll_interval),
            "waiting_ttl": _to_microseconds(times.waiting_ttl),
            "drain": _to_microseconds(times.drain),
            "startup_grace": _to_microseconds(STARTUP_GRACE),
            "keep_ms": round(1000 * (KEEP + times.drain)),
            "recent": _to_microseconds(RECENT_WINDOWS * times.per),
            "reserve_divisor": RESERVE_DIVISOR,
            "pace_interval": _to_microseconds(PACE * times.per / limit),
            "max_overtakes": MAX_OVERTAKES,
        }

    def _run(self, script: Script, keys: tuple[str, ...], args: list[str | int]) -> object:
        full_keys = [self._connection.key(self._account_prefix + suffix) for suffix in keys]
        reply: object = self._connection.run(partial(script, keys=full_keys, args=args))
        if isinstance(reply, CommandFailure):
            message = f"the shared rate limiter is not available: {reply.message}"
            raise RateLimiterUnavailableError(message)
        return reply


def _to_microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
