"""How many requests the partner account may still make.

The contract gives budgets per HTTP method and minute and does not say how the minute is measured;
this is the strictest reading: in *any* stretch of `per` seconds, no more than the limit.
"""

from collections import deque
from collections.abc import Callable, Mapping

Clock = Callable[[], float]

DEFAULT_LIMITS: Mapping[str, int | None] = {
    "GET": 150,
    "POST": 50,
    "PUT": 50,
    "PATCH": 50,
    "DELETE": 50,
}


class SlidingWindow:
    """Counts admitted requests per method over the last `per` seconds.

    Args:
        limits: requests allowed per method; `None`, or a method left out, means unlimited.
        per: length of the window in seconds.
        clock: the time in seconds; only differences matter.
    """

    def __init__(self, limits: Mapping[str, int | None], per: float, clock: Clock) -> None:
        self._limits = dict(limits)
        self._per = per
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {method: deque() for method in limits}

    def admit(self, method: str) -> float | None:
        """Count this request, or say in how many seconds the method opens again.

        A refused request is not counted, so that a client which keeps knocking still gets in.
        """
        limit = self._limits.get(method)
        if limit is None:
            return None
        now = self._clock()
        admitted = self._admitted[method]
        while admitted and admitted[0] <= now - self._per:
            admitted.popleft()
        if len(admitted) < limit:
            admitted.append(now)
            return None
        return admitted[0] + self._per - now if admitted else self._per
