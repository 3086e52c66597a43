"""What all processes of the soak know: the rate limits, the records, and the log of a worker."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeAlias

from attrs import define, frozen

from autoleap import RateLimits

Json: TypeAlias = dict[str, Any]

# The counts are those of the contract, in a tenth of the time.
SCALE = 0.1
LIMITS = RateLimits(per=60.0 * SCALE)
LEASE = 30.0 * SCALE

WORKERS = 4
RECORDS, BATCH_SIZE = 300, 5  # of one import
TIMEOUT = 5.0  # seconds of an attempt; a hang of the sandbox is longer


@frozen
class WorkerSettings:
    """What a worker needs to know; it arrives as JSON.

    Attributes:
        number: Number of the worker, from 0.
        redis_url: URL of the shared Redis.
        folder: Folder of its log and its journals.
        company: Id of the company.
        customers: Ids of customers to read, and to own the vehicles.
        deadline: When the worker starts nothing new, in seconds of the monotonic clock.
        seed: Seed of the times of its interactive calls.
    """

    number: int
    redis_url: str
    folder: str
    company: str
    customers: list[str]
    deadline: float
    seed: int


def customer_name(worker: int, number: int, index: int) -> str:
    """Return the first name of a record; every fiftieth record has an equal one before it."""
    twin = index - 1 if index % 50 == 49 else index
    return f"worker {worker} import {number} row {twin}"


def make_records(worker: int, number: int) -> list[Json]:
    """Return the records of one import; the last one breaks the contract."""
    names = [customer_name(worker, number, index) for index in range(RECORDS)]
    records: list[Json] = [{"firstName": name, "lastName": "Soak"} for name in names]
    return [*records[:-1], {"firstName": names[-1]}]


@define
class WorkerLog:
    """The log of a worker: a JSON object in each line, on disk before the next step.

    Args:
        path: The file. A worker that is started again appends to it.
    """

    path: Path

    def write(self, kind: str, **values: object) -> None:
        """Append one entry."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": kind, **values}) + "\n")

    def read(self, kind: str) -> Iterator[Json]:
        """Return the entries of one kind in their order, without a line that was cut by a kill."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8").splitlines():
            entry: Json = json.loads(line) if line.endswith("}") else {}
            if entry.get("kind") == kind:
                yield entry


def worker_log(folder: str | Path, number: int) -> WorkerLog:
    """Return the log of a worker."""
    return WorkerLog(Path(folder) / f"worker-{number}.jsonl")
