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

    @property
    def next_release(self) -> float:
        """When the next slot becomes free, or infinity if a running call must end first."""
        return self._end_times[0] + self._per if self._end_times else math.inf

    def free_slots(self, now: float) -> int:
        """Return the number of free slots, at least 0."""
        while self._end_times and self._end_times[0] + self._per <= now:
            self._end_times.popleft()
        return self._limit - self._running - len(self._end_times)

    def delay(self, now: float, reserve: int = 0) -> float:
        """Return the seconds until a call may start.

        Args:
            now: Seconds on the clock of the caller.
            reserve: Number of slots that the call leaves free.

        Returns:
            0 for now; infinity if a running call must end first.
        """
        missing = reserve + 1 - self.free_slots(now)
        if now < self._blocked_until:
            return self._blocked_until - now
        if missing <= 0:
            return 0.0
        if missing > len(self._end_times):
            return math.inf
        return self._end_times[missing - 1] + self._per - now

    def expected_wait(self, now: float, ahead: int) -> float:
        """Return the seconds until a call may start, if running calls end now.

        Args:
            now: Seconds on the clock of the caller.
            ahead: Number of calls that start before it.
        """
        missing = ahead + 1 - self.free_slots(now)
        blocked = max(0.0, self._blocked_until - now)
        if missing <= 0:
            return blocked
        windows, place = divmod(missing - 1, self._limit)
        is_known = place < len(self._end_times)
        release = self._end_times[place] + self._per - now if is_known else self._per
        return max(blocked, release + windows * self._per)

    def start(self) -> None:
        """Record the start of a call."""
        self._running += 1

    def finish(self, now: float) -> None:
        """Record the end of a call, with or without a response."""
        self._running -= 1
        self._end_times.append(now)

    def abandon(self) -> None:
        """Record that a call which has started has sent nothing; its slot is free at once."""
        self._running -= 1

    def block_until(self, time: float) -> None:
        """Start no call before a time; an earlier time does not end a longer block."""
        self._blocked_until = max(self._blocked_until, time)
