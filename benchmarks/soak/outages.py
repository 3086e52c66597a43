"""Random outages of Redis, and kills of a worker, until a deadline."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from random import Random

from attrs import define, field, frozen

from benchmarks.soak.programs import WorkerProgram
from benchmarks.token_store_outage import Redis

# Seconds between two outages of Redis, and between two kills of the worker.
OUTAGE_PAUSE, KILL_PAUSE = (15.0, 35.0), (20.0, 50.0)

# Seconds of an outage. The token store and the rate limiter wait for ten seconds.
REFUSED, HUNG = (0.2, 6.0), (0.5, 8.0)


@frozen
class Outage:
    """An outage of Redis, in seconds of the monotonic clock."""

    kind: str
    begin: float
    end: float


@define
class Disturber:
    """Disturbs Redis and one worker at random times.

    Attributes:
        redis: The Redis server.
        worker: The worker to kill.
        deadline: Time to end, in seconds of the monotonic clock.
        random: Decides about times and kinds of Redis outages.
        kill_random: The same for the kills.
        outages: All outages so far.
        kills: Number of kills so far.
    """

    redis: Redis
    worker: WorkerProgram
    deadline: float
    random: Random
    kill_random: Random
    outages: list[Outage] = field(factory=list[Outage])
    kills: int = 0

    def run(self) -> None:
        """Disturb both until the deadline; both run afterwards."""
        kills = threading.Thread(target=self.repeat, args=(KILL_PAUSE, self.kill_worker))
        kills.start()
        self.repeat(OUTAGE_PAUSE, self.disturb_redis)
        kills.join()

    def repeat(self, pause: tuple[float, float], work: Callable[[], None]) -> None:
        """Do some work after random pauses, until the deadline."""
        rng = self.kill_random if work == self.kill_worker else self.random
        while (next_time := time.monotonic() + rng.uniform(*pause)) < self.deadline:
            time.sleep(next_time - time.monotonic())
            work()
        time.sleep(max(0.0, self.deadline - time.monotonic()))

    def disturb_redis(self) -> None:
        """Kill Redis and start it again without its data, or stop it for some time."""
        begin = time.monotonic()
        if self.random.random() < 0.5:
            kind, seconds = "killed", self.random.uniform(*REFUSED)
            self.redis.kill()
            time.sleep(seconds)
            self.redis.start()
        else:
            kind, seconds = "hung", self.random.uniform(*HUNG)
            self.redis.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            self.redis.send_signal(signal.SIGCONT)
        self.outages.append(Outage(kind, begin, time.monotonic()))

    def kill_worker(self) -> None:
        """Kill the worker and start it again."""
        self.worker.kill()
        self.kills += 1
        self.worker.start()
