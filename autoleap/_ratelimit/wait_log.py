"""Tell in the log that a call will wait for long."""

from __future__ import annotations

import math

from .._instrumentation import logger

# A call that will wait longer than these seconds is logged.
LONG_WAIT = 5.0

# Many calls are often queued at once. One line for each of them would hide the rest of the log.
MIN_INTERVAL = 5.0


class WaitLog:
    """Logs the long waits of one method, at most one in `MIN_INTERVAL` seconds.

    Args:
        method: HTTP method.
        limit: Calls in any window.
        per: Length of the window in seconds.
    """

    def __init__(self, method: str, limit: int, per: float) -> None:
        self._rate_limit = f"{method} {limit} per {per:g} s"
        self._last_time = -math.inf

    def report(self, wait: float, ahead: int, now: float) -> None:
        """Log the wait of one call if it is long.

        Args:
            wait: Expected seconds of waiting.
            ahead: Number of calls before it in the queue.
            now: Seconds on any clock.
        """
        if wait <= LONG_WAIT or now < self._last_time + MIN_INTERVAL:
            return
        self._last_time = now
        logger.info(
            "waiting %.0f s for the rate limit, %s, %d calls ahead", wait, self._rate_limit, ahead
        )
