"""Pure: no I/O, no clock. A queue with two priorities."""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic

from .priority import Priority, T

# After so many high calls that passed ahead of a waiting low one, the low one has its turn.
MAX_OVERTAKES = 4


class PriorityQueue(Generic[T]):
    """A waiting line with two lanes, as a plain state machine: first come, first served in each.

    The head is of the high lane, unless `AHEAD` have passed ahead of whoever waits in the low one.
    """

    def __init__(self) -> None:
        # Ordered, so that who gives up can leave from the middle at once.
        self._high: OrderedDict[T, None] = OrderedDict()
        self._low: OrderedDict[T, None] = OrderedDict()
        self._overtakes = 0

    def __len__(self) -> int:
        return len(self._high) + len(self._low)

    @property
    def head(self) -> T | None:
        """Whose turn is next; None when nobody waits."""
        return next(iter(self._next_queue()), None)

    def push(self, who: T, priority: Priority) -> None:
        """Somebody comes, and stands at the end of a lane."""
        if priority == "high":
            self._high[who] = None
            return
        if not self._low:
            self._overtakes = 0
        self._low[who] = None

    def pop(self) -> T:
        """The head goes through."""
        lane = self._next_queue()
        who, _ = lane.popitem(last=False)
        self._overtakes = self._overtakes + 1 if lane is self._high and self._low else 0
        return who

    def remove(self, who: T) -> None:
        """Somebody gives up, or had gone through; who comes next moves up."""
        self._high.pop(who, None)
        self._low.pop(who, None)

    def _next_queue(self) -> OrderedDict[T, None]:
        low_is_due = self._low and self._overtakes >= MAX_OVERTAKES
        return self._low if low_is_due or not self._high else self._high
