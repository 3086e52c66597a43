"""Send the requests of one process to the shared rate limiter; record if Redis responds."""

from __future__ import annotations

import math
import time
from functools import partial

from attrs import define

from .._instrumentation import logger
from .._tasks import run_in_thread
from ..errors import RateLimiterUnavailableError
from ._slot_scripts import RedisSlots

# Seconds between two requests to a Redis that does not respond.
RETRY_INTERVAL = 0.5


class RedisAvailability:
    """State of Redis as one process knows it; the caller passes the clock.

    Args:
        drain_seconds: Seconds after which AutoLeap's server no longer counts any earlier call.
    """

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._server_time, self._last_success = 0, -math.inf
        self._last_offline_call = -math.inf
        self._first_failure, self._last_failure = math.inf, -math.inf

    def last_server_time(self, now: float) -> int:
        """Return Redis's time in its last response; 0 without a recent response."""
        return self._server_time if now - self._last_success < self._drain_seconds else 0

    def has_offline_calls(self, now: float) -> bool:
        """Return whether the server may still count calls that Redis has not counted."""
        return now - self._last_offline_call < self._drain_seconds

    def should_try(self, now: float) -> bool:
        """Return whether enough time has passed since the last failure to try Redis again."""
        return now >= self._last_failure + RETRY_INTERVAL

    def resume_at(self) -> float:
        """Return the time before which this process may start no call without Redis."""
        return self._first_failure + self._drain_seconds

    def record_success(self, server_time: int, asked_at: float, now: float) -> bool:
        """Record a response of Redis; return whether the request before it failed.

        Args:
            server_time: Redis's time.
            asked_at: When the request was sent. Redis takes earlier offline calls into account.
            now: When the response arrived.
        """
        was_down = self._first_failure < math.inf
        self._server_time, self._last_success = max(server_time, self._server_time), now
        self._first_failure, self._last_failure = math.inf, -math.inf
        if self._last_offline_call <= asked_at:
            self._last_offline_call = -math.inf
        return was_down

    def record_failure(self, now: float) -> bool:
        """Record a request without a response; return whether the request before it succeeded."""
        was_up = self._first_failure == math.inf
        self._first_failure, self._last_failure = min(now, self._first_failure), now
        return was_up

    def record_offline_call(self, now: float) -> None:
        """Record a call that starts without Redis."""
        self._last_offline_call = now


@define(eq=False)
class RedisSlotClient:
    """Sends the requests of all queues of one limiter to Redis.

    Attributes:
        slots: Runs the scripts.
        drain_seconds: Seconds after which AutoLeap's server no longer counts any earlier call.
        availability: State of Redis as this process knows it.
    """

    slots: RedisSlots
    drain_seconds: float
    availability: RedisAvailability

    async def reserve(self, method: str, slot_id: str, limit: int) -> float:
        """Request a slot; return the seconds to wait for it.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        asked_at = time.monotonic()
        request = partial(
            self.slots.reserve,
            method,
            slot_id,
            limit,
            last_seen=self.availability.last_server_time(asked_at),
            offline_calls=self.availability.has_offline_calls(asked_at),
        )
        reply = await run_in_thread(request)
        if self.availability.record_success(reply.server_time, asked_at, time.monotonic()):
            logger.warning("the shared rate limiter is available again")
        if reply.state_lost:
            logger.warning(
                "Redis has lost the state of the rate limiter: calls wait for %g s",
                self.drain_seconds,
            )
        return reply.wait

    def record_failure(self, error: RateLimiterUnavailableError) -> None:
        """Record that Redis does not respond, and log the first failure."""
        if self.availability.record_failure(time.monotonic()):
            logger.warning(
                "%s; calls wait for %g s, then this process uses its fallback limits",
                error,
                self.drain_seconds,
            )

    async def release(self, method: str, slot_id: str, *, used: bool) -> None:
        """Give a slot back; if Redis does not respond, the slot's lease ends it later."""
        try:
            await run_in_thread(partial(self.slots.release, method, slot_id, used=used))
        except RateLimiterUnavailableError as error:
            logger.debug("a slot was not released: %s", error)
