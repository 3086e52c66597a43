"""Rate limits that the processes of one partner account share through Redis.

pyrate-limiter has a Redis backend. It uses the clock of each machine, counts a call when it starts
and not until it has ended, and has no queue; see `_ratelimit.limiter`.

In each process one task sends messages for all calls of a method, and each message requests as
many slots as calls wait. Processes that wait take turns. Calls of high priority overtake others of
all processes, by the rules of `_ratelimit.pace`.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from .._config import RateLimits, Secret, check_seconds, validate_limits, wrap_secret
from .._loop_affinity import LoopAffinity
from .._ratelimit.priority import Priority
from .._ratelimit.slot import Slot
from .._ratelimit.window import SlidingWindow
from .._tasks import run_in_thread
from ..errors import ConfigurationError
from ._queue import SlotQueue
from ._slot_client import RedisAvailability, RedisSlotClient
from ._slot_scripts import TIMEOUT, RedisSlots, SlotTimes


class RedisRateLimiter:
    """Rate limits shared by all processes that use the same Redis and the same name.

    Pass it to the client: `AutoLeap(rate_limiter=RedisRateLimiter("redis://..."))`. In any
    window all processes together start at most `limits` calls, by Redis's own clock. Processes
    take turns. Calls of high priority overtake those of low priority in all processes. A 429 in
    one process blocks all of them. A limiter belongs to the event loop of its first use. It needs
    the extra `redis`, and Redis 5 or later with eviction turned off.

    A process reports its slots while its calls run. If it is killed, its slots end a few seconds
    later, and they are free one window after that. Redis deletes all keys after an hour without a
    call. `fallback` decides what happens while Redis does not respond:

    - Without `fallback`, calls wait for Redis, up to 10 seconds or their deadline. Then they raise
      `RateLimiterUnavailableError`, and nothing is sent.
    - With `fallback`, this process sends nothing for `lease + per` seconds, because the calls of
      other processes in that time are not known. Then it keeps the fallback limits. The fallback
      limits of all processes together must be within `limits`. Redis must be down for all of them:
      if a single process cannot reach Redis, its calls are added to those of the others.

    All processes send nothing for `lease + per` seconds when a process has made calls without
    Redis, or has seen a later state than Redis has (after a restart, a loss or an old copy). A new
    process cannot know whether Redis is new or was emptied. It waits one second, in which the
    other processes can report a loss.

    Args:
        url: Address of the Redis server: redis://, rediss:// or unix://.
        limits: Calls per window and method of all processes together.
        name: Separates rate limits in one Redis. Accounts and servers are always separate.
        lease: Seconds after which the server no longer receives an earlier call.
        fallback: Calls per window and method of this process while Redis does not respond.
        verify: False to accept any certificate; the url must say `ssl_cert_reqs=none` too.

    Raises:
        ConfigurationError: when an argument cannot be used or the redis package is missing.
    """

    def __init__(
        self,
        url: str | Secret,
        limits: RateLimits | None = None,
        *,
        name: str = "autoleap",
        lease: float = 30.0,
        fallback: RateLimits | None = None,
        verify: bool = True,
    ) -> None:
        # A traceback may show local variables, and the URL may hold a password. Hide it first.
        url = wrap_secret("url", url) or Secret("")
        self._limits = validate_limits(limits)
        self._fallback = _validate_fallback(fallback, self._limits)
        self._times = SlotTimes(per=self._limits.per, lease=check_seconds("lease", lease))
        slots = RedisSlots(url, name, self._times, verify=verify)
        drain = self._times.drain
        availability = RedisAvailability(drain)
        self._client = RedisSlotClient(slots, drain, availability, fallback is not None)
        self._queues: dict[str, SlotQueue] = {}
        self._loop_affinity = LoopAffinity("rate limiter")
        self._account: str | None = None

    def bind_account(self, account: str) -> None:
        """Keep the rate limits of one account; `AutoLeap` calls this.

        Args:
            account: The partner and the server.

        Raises:
            ConfigurationError: when a client of another account uses this rate limiter.
        """
        if self._account not in {None, account}:
            raise ConfigurationError(
                f"this rate limiter has the limits of {self._account}, and this client is "
                f"{account}: use one rate limiter for each account and server"
            )
        self._account = account
        self._client.slots.use_account(account)

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[Slot]:
        """Wait for a slot and hold it during the attempt; the value is the slot.

        Args:
            method: The HTTP method, in capitals.
            priority: "high" or "low"; high ones overtake low ones.

        Raises:
            ConfigurationError: when this is another event loop or process.
            RateLimiterUnavailableError: when Redis does not respond and there is no fallback.
        """
        queue = self._queue_for(method)
        if queue is None:
            yield Slot()
            return
        slot = await queue.acquire(priority)
        try:
            yield slot
        finally:
            queue.release(slot)

    async def block_for(self, method: str, seconds: float) -> None:
        """Start no call of a method for some seconds, in any process.

        Args:
            method: The HTTP method, in capitals.
            seconds: Seconds from now.
        """
        queue = self._queue_for(method)
        if queue is not None:
            await queue.block_for(seconds)

    async def aclose(self) -> None:
        """Close the connections to Redis after the last report; a later use opens them again."""
        with anyio.move_on_after(TIMEOUT):
            for queue in self._queues.values():
                await queue.wait_until_reported()
        await run_in_thread(self._client.slots.close)

    def _queue_for(self, method: str) -> SlotQueue | None:
        self._loop_affinity.ensure_current()
        limit = self._limits.get_limit(method)
        if limit is None:
            return None
        if method not in self._queues:
            window = self._make_fallback_window(method)
            self._queues[method] = SlotQueue(self._client, method, limit, self._times, window)
        return self._queues[method]

    def _make_fallback_window(self, method: str) -> SlidingWindow | None:
        limit = self._fallback.get_limit(method) if self._fallback is not None else None
        return SlidingWindow(limit, self._limits.per) if limit is not None else None


def _validate_fallback(fallback: RateLimits | None, limits: RateLimits) -> RateLimits | None:
    """Refuse fallback limits above the limits, or of another window."""
    if fallback is None:
        return None
    fallback = validate_limits(fallback, "fallback")
    if fallback.per != limits.per:
        raise ConfigurationError(f"fallback.per must equal limits.per, {limits.per:g}")
    for method in ("get", "post", "put", "patch", "delete"):
        limit, maximum = fallback.get_limit(method), limits.get_limit(method)
        if maximum is not None and (limit is None or limit > maximum):
            raise ConfigurationError(
                f"fallback.{method} must be at most limits.{method}, {maximum}"
            )
    return fallback
