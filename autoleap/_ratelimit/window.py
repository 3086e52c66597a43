"""Pure: no I/O, no clock. The sliding window of one HTTP method."""

from __future__ import annotations

import math
from collections import deque


class SlidingWindow:
    """Decides when a call of one method may start; the caller passes the clock.

    Args:
        limit: Calls in any window, at least 1.
        per: Length of the window in seconds.
    """

    def __init__(self, limit: int, per: float) -> None:
        self._limit, self._per = limit, per
        self._running = 0
        self._end_times: deque[float] = deque()
        self._blocked_until = -math.inf

    def delay(self, now: float) -> float:
        """Return the seconds until a call may start.

        Returns:
            0 for now; infinity if a running call must end first.
        """
        while self._end_times and self._end_times[0] + self._per <= now:
            self._end_times.popleft()
        if now < self._blocked_until:
            return self._blocked_until - now
        if self._running + len(self._end_times) < self._limit:
            return 0.0
        return self._end_times[0] + self._per - now if self._end_times else math.inf

    def start(self) -> None:
        """Record the start of a call."""
        self._running += 1

    def finish(self, now: float) -> None:
        """Record the end of a call, with or without a response."""
        self._running -= 1
        self._end_times.append(now)

    def block_until(self, time: float) -> None:
        """Start no call before a time; an earlier time does not end a longer block."""
        self._blocked_until = max(self._blocked_until, time)
