"""Pure: no I/O, no clock. Which slots calls of low priority leave to calls of high priority.

Order alone does not make a call of high priority quick. An import would use the whole window in one
burst, and then no slot is free until the window has passed. Therefore a call of low priority
- leaves a few slots free after recent calls of high priority,
- starts at once only while less than half of the slots are in use. The other slots are spread over
  the window, so that slots become free at regular times too.
`redis/exchange.lua` follows the same rules.
"""

from __future__ import annotations

import math
from collections import deque

from .priority import Priority
from .window import SlidingWindow

# Calls of high priority are recent for this number of windows. A single one, such as a login, does
# not count.
RECENT_WINDOWS = 2
RECENT_CALLS = 2

# With recent calls of high priority, the limit divided by this number is left free for them.
RESERVE_DIVISOR = 20

# Calls of low priority start at this part of the time that a slot lasts, divided by the limit.
# It is less than 1, because timers are late; the number of slots keeps the limit.
PACE = 0.9


class LowPriorityPace:
    """Decides when a call of low priority may start; the caller passes the clock.

    Args:
        limit: Calls in any window, at least 1.
        per: Length of the window in seconds.
    """

    def __init__(self, limit: int, per: float) -> None:
        self._limit, self._per = limit, per
        self._high_requests: deque[float] = deque(maxlen=RECENT_CALLS)
        self._last_low_start = -math.inf

    def record_request(self, priority: Priority, now: float) -> None:
        """Record that a call requests a slot."""
        if priority == "high":
            self._high_requests.append(now)

    def record_start(self, priority: Priority, now: float) -> None:
        """Record the start of a call."""
        if priority == "low":
            self._last_low_start = now

    def delay(self, window: SlidingWindow, now: float) -> float:
        """Return the seconds until a call of low priority may start.

        Returns:
            0 for now; infinity if a running call must end first.
        """
        reserve = self._reserve(now)
        delay = window.delay(now, reserve)
        free = window.free_slots(now)
        if delay > 0 or 2 * free > self._limit or self._last_low_start == -math.inf:
            return delay
        interval = max(
            PACE * self._per / self._limit,
            self._spread_interval(free - reserve, window.next_release),
        )
        return max(0.0, self._last_low_start + interval - now)

    def expected_wait(self, window: SlidingWindow, now: float, ahead: int) -> float:
        """Return the seconds that the calls ahead take at the pace of low priority."""
        if 2 * window.free_slots(now) > self._limit:
            return 0.0
        return ahead * PACE * self._per / self._limit

    def _spread_interval(self, spare: int, next_release: float) -> float:
        """Return the seconds between calls if the spare slots last until the next release."""
        if next_release == math.inf:
            return self._per / spare
        return (next_release - self._last_low_start) / (spare + 1)

    def _reserve(self, now: float) -> int:
        requests = self._high_requests
        has_recent = len(requests) == RECENT_CALLS and (
            now < requests[0] + RECENT_WINDOWS * self._per
        )
        # A limit of 1 has no slot to leave free.
        return min(self._limit - 1, math.ceil(self._limit / RESERVE_DIVISOR)) if has_recent else 0
