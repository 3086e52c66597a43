"""The rate limits of the partner account.

The contract gives a limit per HTTP method and minute. It does not say how the minute is measured.
The sandbox uses the strictest reading: a limit holds in *any* period of `per` seconds.
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
    """A counter of the admitted requests per method in the last `per` seconds.

    Args:
        limits: Requests per method and window. A method that is None or missing is unlimited.
        per: Length of the window in seconds.
        clock: Returns the time in seconds. Only differences matter.
    """

    def __init__(self, limits: Mapping[str, int | None], per: float, clock: Clock) -> None:
        self._limits = dict(limits)
        self._per = per
        self._clock = clock
        self._admitted: dict[str, deque[float]] = {method: deque() for method in limits}

    def admit(self, method: str) -> float | None:
        """Count a request; return None, or the seconds until the next free slot.

        A refused request is not counted. Therefore a client that repeats too early is admitted
        in the end.
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
