"""Send the messages of one process to the shared rate limiter; record if Redis responds."""

from __future__ import annotations

import math
import time
from functools import partial

from attrs import define, evolve

from .._instrumentation import logger
from .._tasks import run_in_thread
from ..errors import RateLimiterUnavailableError
from ._connection import OUTAGE_TIMEOUT, outage_backoff
from ._slot_scripts import RedisSlots, SlotMessage, SlotReply


class RedisAvailability:
    """State of Redis as one process knows it; the caller passes the clock.

    Args:
        drain_seconds: Seconds after which AutoLeap's server no longer counts any earlier call.
    """

    def __init__(self, drain_seconds: float) -> None:
        self._drain_seconds = drain_seconds
        self._server_time, self._last_success = 0, -math.inf
        self._last_offline_call = -math.inf
        self._first_failure, self._last_failure, self._failures = math.inf, -math.inf, 0

    def last_server_time(self, now: float) -> int:
        """Return Redis's time in its last response; 0 without a recent response."""
        return self._server_time if now - self._last_success < self._drain_seconds else 0

    def has_offline_calls(self, now: float) -> bool:
        """Return whether the server may still count calls that Redis has not counted."""
        return now - self._last_offline_call < self._drain_seconds

    def retry_delay(self, now: float) -> float:
        """Return the seconds until Redis should be tried again; 0 for now."""
        return max(0.0, self._last_failure + outage_backoff(self._failures) - now)

    def outage_seconds(self, now: float) -> float:
        """Return for how long Redis has not responded; 0 if it responded last."""
        return max(0.0, now - self._first_failure)

    def resume_at(self) -> float:
        """Return the time before which this process may start no call without Redis."""
        return self._first_failure + self._drain_seconds

    def record_success(self, server_time: int, asked_at: float, now: float) -> bool:
        """Record a response of Redis; return whether the message before it failed.

        Args:
            server_time: Redis's time.
            asked_at: When the message was sent. Redis takes earlier offline calls into account.
            now: When the response arrived.
        """
        was_down = self._first_failure < math.inf
        self._server_time, self._last_success = max(server_time, self._server_time), now
        self._first_failure, self._last_failure, self._failures = math.inf, -math.inf, 0
        if self._last_offline_call <= asked_at:
            self._last_offline_call = -math.inf
        return was_down

    def record_failure(self, now: float) -> bool:
        """Record a message without a response; return whether the message before it succeeded."""
        was_up = self._first_failure == math.inf
        self._first_failure, self._last_failure = min(now, self._first_failure), now
        self._failures += 1
        return was_up

    def record_offline_call(self, now: float) -> None:
        """Record a call that starts without Redis."""
        self._last_offline_call = now


@define(eq=False)
class RedisSlotClient:
    """Sends the messages of all queues of one limiter to Redis.

    Attributes:
        slots: Runs the scripts.
        drain_seconds: Seconds after which AutoLeap's server no longer counts any earlier call.
        availability: State of Redis as this process knows it.
        has_fallback: Whether this process has fallback limits.
    """

    slots: RedisSlots
    drain_seconds: float
    availability: RedisAvailability
    has_fallback: bool = False

    async def exchange(self, method: str, limit: int, message: SlotMessage) -> SlotReply:
        """Send a message; return the reply.

        Raises:
            RateLimiterUnavailableError: when Redis does not respond.
        """
        asked_at = time.monotonic()
        message = evolve(
            message,
            last_seen=self.availability.last_server_time(asked_at),
            offline_calls=self.availability.has_offline_calls(asked_at),
        )
        try:
            reply = await run_in_thread(partial(self.slots.exchange, method, limit, message))
        except RateLimiterUnavailableError as error:
            if self.availability.record_failure(time.monotonic()):
                logger.warning("%s; %s", error, self._describe_outage())
            raise
        if self.availability.record_success(reply.server_time, asked_at, time.monotonic()):
            logger.warning("the shared rate limiter is available again")
        if reply.state_lost:
            logger.warning(
                "Redis has lost the state of the rate limiter: calls wait for %g s",
                self.drain_seconds,
            )
        return reply

    def _describe_outage(self) -> str:
        if not self.has_fallback:
            return f"calls wait up to {OUTAGE_TIMEOUT:g} s"
        return (
            f"calls wait for {self.drain_seconds:g} s, then this process uses its fallback limits"
        )
