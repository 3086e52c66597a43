"""Work that the server goes on with after its request has ended."""

import heapq
from collections.abc import Callable
from itertools import count

Job = Callable[[], object]


class LateJobs:
    """Jobs in the order of their times. A job runs when the store is next used after its time.

    A job needs no task and no timer. Therefore the result depends only on the clock.
    """

    def __init__(self) -> None:
        self._jobs: list[tuple[float, int, Job]] = []
        self._numbers = count()

    def __len__(self) -> int:
        return len(self._jobs)

    def add(self, due: float, job: Job) -> None:
        """Add a job.

        Args:
            due: Time of the job in seconds of the store's clock.
            job: The function to call.
        """
        heapq.heappush(self._jobs, (due, next(self._numbers), job))

    def pop_due(self, now: float) -> tuple[float, Job] | None:
        """Remove and return the earliest job and its time, or None if no job is due."""
        if not self._jobs or self._jobs[0][0] > now:
            return None
        due, _, job = heapq.heappop(self._jobs)
        return due, job
