"""The slots of one partner account in Redis: the slots in use, and the times of their release.

A method has `limit` slots. A process takes one before a call. The slot is free `per` seconds
after the call has ended. A process that finds no free slot gets a reservation for the slot that
is free next, with the seconds to wait. Reservations serve the processes in the order of their
requests. Each step is one Lua script, therefore atomic. All times come from Redis's clock, so
that the clocks of the machines do not matter.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

from attrs import frozen

from .._config import Secret
from ..errors import RateLimiterUnavailableError
from ._connection import CommandFailure, RedisConnection, load_script

if TYPE_CHECKING:
    from redis.commands.core import Script

# Seconds to wait for Redis. A script takes about a millisecond.
TIMEOUT = 1.0

# A process that finds no state in Redis waits for these seconds. In that time another process
# may report that Redis has lost its state.
STARTUP_GRACE = 1.0

# While calls run on all slots, the time at which one is free is not known. A slot is free one
# window after its call has ended, so the next request is sent after this part of a window.
POLL_FRACTION = 1 / 50


@frozen
class SlotReply:
    """The response of Redis to a request for a slot.

    Attributes:
        wait: Seconds until the call may start; 0 for now.
        server_time: Redis's time, in microseconds.
        state_lost: Whether Redis has lost its state, so that all processes must wait.
    """

    wait: float
    server_time: int
    state_lost: bool


class RedisSlots:
    """Runs the scripts. All methods block, for little more than two times `TIMEOUT`.

    Args:
        url: Address of the Redis server.
        name: The name that all processes of one partner account use.
        per: Length of the window in seconds.
        lease: Seconds after which a call counts as ended if its slot was not released.
        verify: Whether to check the certificate of the server.
    """

    def __init__(
        self, url: Secret, name: str, per: float, lease: float, *, verify: bool = True
    ) -> None:
        self._connection = RedisConnection(url, name, TIMEOUT, verify=verify)
        self._per, self._lease = _to_microseconds(per), _to_microseconds(lease)
        register = self._connection.client.register_script
        self._reserve_script = register(load_script("reserve.lua"))
        self._release_script = register(load_script("release.lua"))
        self._block_script = register(load_script("block.lua"))

    def reserve(
        self, method: str, slot_id: str, limit: int, *, last_seen: int, offline_calls: bool
    ) -> SlotReply:
        """Take or reserve a slot; the same id keeps the same slot.

        Args:
            method: HTTP method.
            slot_id: An id that no other request uses.
            limit: Number of slots.
            last_seen: Redis's time in its last response to this process; 0 for none.
            offline_calls: Whether this process has sent calls without a slot.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        keys = ("state", f"{method}:running", f"{method}:cooling", f"{method}:blocked_until")
        times = [self._per, self._lease, _to_microseconds(STARTUP_GRACE)]
        reply = self._run(
            self._reserve_script, keys, [slot_id, limit, *times, last_seen, int(offline_calls)]
        )
        wait, now, state_lost = cast("tuple[float, int, int]", reply)
        if wait < 0:
            wait = POLL_FRACTION * self._per
        return SlotReply(wait / 1e6, now, state_lost == 1)

    def release(self, method: str, slot_id: str, *, used: bool) -> None:
        """Give a slot back: free `per` seconds from now, or at once if no call was made.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        keys = (f"{method}:running", f"{method}:cooling")
        self._run(self._release_script, keys, [slot_id, int(used), self._per, self._lease])

    def block(self, method: str, seconds: float) -> None:
        """Let no process start a call of a method for some seconds.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        self._run(self._block_script, (f"{method}:blocked_until",), [_to_microseconds(seconds)])

    def close(self) -> None:
        """Close the connections; a later use opens them again."""
        self._connection.close()

    def _run(self, script: Script, keys: tuple[str, ...], args: list[str | int]) -> object:
        full_keys = [self._connection.key(suffix) for suffix in keys]
        reply: object = self._connection.run(partial(script, keys=full_keys, args=args))
        if isinstance(reply, CommandFailure):
            message = f"the shared rate limiter is not available: {reply.message}"
            raise RateLimiterUnavailableError(message)
        return reply


def _to_microseconds(seconds: float) -> int:
    return round(seconds * 1_000_000)
