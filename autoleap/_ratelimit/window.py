"""Pure: no I/O, no clock. The sliding window of one HTTP method."""

from __future__ import annotations

import math
from collections import deque


class SlidingWindow:
    """The budget of one method as a plain state machine; the clock is passed in.

    Args:
        limit: Calls in any window, at least 1.
        per: Length of the window in seconds.
    """

    def __init__(self, limit: int, per: float) -> None:
        self._limit, self._per = limit, per
        self._running = 0
        self._ends: deque[float] = deque()
        self._blocked_until = -math.inf

    def delay(self, now: float) -> float:
        """Seconds until a call may begin: 0 for now, infinity until a running call ends."""
        while self._ends and self._ends[0] + self._per <= now:
            self._ends.popleft()
        if now < self._blocked_until:
            return self._blocked_until - now
        if self._running + len(self._ends) < self._limit:
            return 0.0
        return self._ends[0] + self._per - now if self._ends else math.inf

    def start(self) -> None:
        """A call begins."""
        self._running += 1

    def finish(self, now: float) -> None:
        """A call ended: answered, failed or cancelled."""
        self._running -= 1
        self._ends.append(now)

    def block_until(self, when: float) -> None:
        """Allow nothing before a moment; an earlier moment than the one set changes nothing."""
        self._blocked_until = max(self._blocked_until, when)
