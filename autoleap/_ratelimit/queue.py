"""Pure: no I/O, no clock. A queue with two priorities."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from itertools import chain, islice
from typing import Generic

from .priority import Priority, T

# After this number of high items has overtaken a low item, the low item is next.
MAX_OVERTAKES = 4


class PriorityQueue(Generic[T]):
    """A queue in which high items overtake low ones; items of one priority keep their order.

    The head is a high item, unless `MAX_OVERTAKES` of them have overtaken the first low one.
    """

    def __init__(self) -> None:
        # A cancelled call leaves the middle of the queue, so the queues are ordered dicts.
        self._high: OrderedDict[T, None] = OrderedDict()
        self._low: OrderedDict[T, None] = OrderedDict()
        self._overtakes = 0

    def __len__(self) -> int:
        return len(self._high) + len(self._low)

    def __iter__(self) -> Iterator[T]:
        return chain(self._high, self._low)

    @property
    def head(self) -> T | None:
        """The item that `pop` returns next, or None if the queue is empty."""
        return next(iter(self._choose_next()), None)

    @property
    def low_is_due(self) -> bool:
        """Whether so many high items have overtaken the first low item that it is next."""
        return bool(self._low) and self._overtakes >= MAX_OVERTAKES

    def count_ahead(self, priority: Priority) -> int:
        """Return the number of items before a new item, without later ones that overtake it."""
        return len(self._high) if priority == "high" else len(self)

    def push(self, item: T, priority: Priority) -> None:
        """Add an item behind those of its priority."""
        if priority == "high":
            self._high[item] = None
            return
        if not self._low:
            self._overtakes = 0
        self._low[item] = None

    def pop(self) -> T:
        """Remove the head and return it."""
        chosen = self._choose_next()
        item, _ = chosen.popitem(last=False)
        self._overtakes = self._overtakes + 1 if chosen is self._high and self._low else 0
        return item

    def remove(self, item: T) -> bool:
        """Remove an item; return whether it was in the queue."""
        size = len(self)
        self._high.pop(item, None)
        self._low.pop(item, None)
        return len(self) < size

    def first(self, priority: Priority, count: int) -> Iterator[T]:
        """Return the first items of one priority, in their order."""
        return islice(self._high if priority == "high" else self._low, count)

    def _choose_next(self) -> OrderedDict[T, None]:
        return self._low if self.low_is_due or not self._high else self._high
