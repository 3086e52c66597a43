"""Budgets that the processes of one partner account share through Redis.

pyrate-limiter has a bucket in Redis, but it goes by the clock of each machine, counts a call when
it is allowed and not until it is answered, and has nobody stand in line: see `limits`.

In each process one task asks Redis on behalf of all who wait for a method, and whoever is head of
the line when a place is there has it. So a process has one reservation at a time, which is fair
between processes; urgent calls pass ahead within one; and who gives up while Redis is being asked
leaves nothing behind.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from .._config import RateLimits, Secret, check_seconds, validate_limits, wrap_secret
from .._ratelimit.priority import Priority
from .._ratelimit.window import SlidingWindow
from ..errors import ConfigurationError
from ._queue import SlotQueue
from ._slot_client import RedisAvailability, RedisSlotClient, in_thread
from ._slot_scripts import RedisSlots


class RedisRateLimiter:
    """Budgets shared by every process that gives the same Redis and the same name.

    Give one to each client: `AutoLeap(rate_limiter=RedisRateLimiter("redis://..."))`. No window
    holds more calls than the limit, counted over all processes by Redis's own clock. Processes take
    turns; within one, calls of high priority pass ahead of background work. A 429 that one process
    is given holds back all. It needs the extra `redis`, and Redis 5 or later that does not evict.

    A process that is killed gives its places back after `lease + per`: until then the server may
    still count its calls. What happens when Redis does not answer is for you to say:

    - without `fallback`, calls fail with `RateLimiterUnavailableError` and nothing is sent;
    - with `fallback`, this process stays quiet for `lease + per`, since what others sent meanwhile
      is not known, and then goes on within that share of its own. The shares of all processes
      together must be within the limits, and Redis must be gone for all: a process that alone
      cannot reach it uses its share on top of what the others do.

    Whoever comes back after calls of its own, or remembers more than Redis does (it was restarted,
    empty or with an old copy), has all processes stay quiet for `lease + per`. Only a process that
    is new itself cannot tell an emptied Redis from a new one: it waits a second for the others.

    Args:
        url: Address of the Redis server: redis://, rediss:// or unix://.
        limits: Calls per window and method of all processes together.
        name: Tells the budgets in one Redis apart: one for each partner account and server.
        lease: Seconds in which any call surely has reached the server, or never will.
        fallback: Calls per window and method of this process alone when Redis does not answer.

    Raises:
        ConfigurationError: when an argument cannot be used, or the redis package is missing.
    """

    def __init__(
        self,
        url: str | Secret,
        limits: RateLimits | None = None,
        *,
        name: str = "autoleap",
        lease: float = 30.0,
        fallback: RateLimits | None = None,
    ) -> None:
        # Out of sight before anything can fail: it may hold a password.
        url = wrap_secret("url", url) or Secret("")
        self._limits = validate_limits(limits)
        self._fallback = _validate_fallback(fallback, self._limits)
        slots = RedisSlots(
            url, _validate_name(name), self._limits.per, check_seconds("lease", lease)
        )
        quiet = self._limits.per + lease
        self._client = RedisSlotClient(slots, quiet, RedisAvailability(quiet))
        self._queues: dict[str, SlotQueue] = {}

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[float]:
        """Wait for a place, hold it while the call runs; enters with the seconds waited.

        Raises:
            RateLimiterUnavailableError: when Redis does not answer and there is no fallback.
        """
        queue = self._queue_for(method)
        if queue is None:
            yield 0.0
            return
        slot = await queue.acquire(priority)
        try:
            yield slot.waited
        finally:
            await queue.release(slot)

    async def block_for(self, method: str, seconds: float) -> None:
        """Let no further call of this method begin for some seconds, in any process."""
        queue = self._queue_for(method)
        if queue is not None:
            await queue.block_for(seconds)

    async def aclose(self) -> None:
        """Close the connections to Redis; a later use opens them again."""
        await in_thread(self._client.slots.close)

    def _queue_for(self, method: str) -> SlotQueue | None:
        limit = self._limits.of(method)
        if limit is None:
            return None
        if method not in self._queues:
            fallback_window = self._fallback.of(method) if self._fallback is not None else None
            window = (
                SlidingWindow(fallback_window, self._limits.per)
                if fallback_window is not None
                else None
            )
            self._queues[method] = SlotQueue(self._client, method, limit, window)
        return self._queues[method]


def _validate_name(name: object) -> str:
    if not isinstance(name, str) or not name:
        raise ConfigurationError(f"name must be a str that is not empty, not {name!r}")
    return name


def _validate_fallback(fallback: object, limits: RateLimits) -> RateLimits | None:
    """Refuse a share that is more than the whole, or of another window."""
    if fallback is None:
        return None
    if not isinstance(fallback, RateLimits):
        raise ConfigurationError(f"fallback must be RateLimits(...), not {type(fallback).__name__}")
    if fallback.per != limits.per:
        raise ConfigurationError(f"fallback.per must be that of limits, {limits.per:g}")
    for method in ("get", "post", "put", "patch", "delete"):
        part, whole = fallback.of(method), limits.of(method)
        if whole is not None and (part is None or part > whole):
            raise ConfigurationError(f"fallback.{method} must be within limits.{method}, {whole}")
    return fallback
