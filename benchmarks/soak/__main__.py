"""A soak of some minutes: `python -m benchmarks.soak [--minutes 10] [--seed 1]`.

Four processes share a session and the rate limits in Redis. Each of them runs imports with a
journal, paged exports, and interactive calls of high priority. The rate limits are those of the
contract in a tenth of the time. The sandbox loses connections and responses. Redis is killed or
stopped at random times, for less than 10 s, and one of the processes is killed and started again.

The program prints its seed, and the counts of the workers and of the sandbox. It exits with 1 if a
record is lost or doubled, if the sandbox responds with 429, if an interactive call fails, or if
the memory of a worker grows. Needs `redis-server`.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from random import Random

from attrs import asdict

from benchmarks.soak.outages import Disturber, Outage
from benchmarks.soak.plan import WORKERS, Json, WorkerSettings, worker_log
from benchmarks.soak.programs import run_server, run_workers
from benchmarks.soak.verdict import Verdict
from benchmarks.token_store_outage import PROGRAM, running_redis

# The memory of a worker is flat from this part of the run on.
WARM_UP = 0.2


def main() -> int:
    """Run the soak; return 1 if a promise was not kept."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keep", type=Path, help="copy the logs of the workers to this folder")
    options = parser.parse_args()
    if PROGRAM is None:
        raise SystemExit("redis-server is not installed")
    print(f"{options.minutes:g} minutes, seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        broken = run(Path(folder), 60 * options.minutes, options.seed)
        if options.keep:
            shutil.copytree(folder, options.keep, dirs_exist_ok=True)
    print("\n".join(f"BROKEN: {text}" for text in broken) or "all promises were kept")
    return 1 if broken else 0


def run(folder: Path, seconds: float, seed: int) -> list[str]:
    """Run the soak, print its results, and return the promises that were not kept."""
    with ExitStack() as stack:
        redis = stack.enter_context(running_redis())
        server = stack.enter_context(run_server(folder))
        started_at = time.monotonic()
        deadline = started_at + seconds
        settings = make_settings(folder, redis.url, server.details, deadline, seed)
        workers = stack.enter_context(run_workers(settings, server.details))
        rng, kill_rng = Random(seed), Random(f"kills {seed}")  # noqa: S311  # not for security
        disturber = Disturber(redis, workers[0], deadline, rng, kill_rng)
        disturber.run()
        codes = [worker.finish() for worker in workers]
        verdict = Verdict([worker_log(folder, n) for n in range(WORKERS)], server.finish())
    verdict.require(codes == [0] * WORKERS, f"the workers ended with {codes}")
    check_stderr(verdict, folder)
    outages = [asdict(outage) for outage in disturber.outages]
    (folder / "outages.json").write_text(json.dumps(outages), encoding="utf-8")
    print_disturbances(disturber)
    print_results(verdict, disturber.outages, started_at + WARM_UP * seconds)
    print(f"the last import ended {time.monotonic() - deadline:.0f} s after the deadline")
    return verdict.broken


def make_settings(
    folder: Path, redis_url: str, server: Json, deadline: float, seed: int
) -> list[WorkerSettings]:
    """Return the settings of all workers."""
    company, customers = server["company"], server["customers"]
    return [
        WorkerSettings(number, redis_url, str(folder), company, customers, deadline, seed)
        for number in range(WORKERS)
    ]


def print_disturbances(disturber: Disturber) -> None:
    """Print how often Redis and the worker failed."""
    kinds = Counter(outage.kind for outage in disturber.outages)
    seconds = [outage.end - outage.begin for outage in disturber.outages]
    print(
        f"{len(seconds)} outages of Redis: {dict(kinds)}, the longest {max(seconds, default=0):.1f}"
        f" s; worker 0 was killed and started again {disturber.kills} times"
    )


def print_results(verdict: Verdict, outages: Sequence[Outage], since: float) -> None:
    """Print a line for each check."""
    print(verdict.check_imports())
    print(verdict.check_exports())
    print(verdict.check_creates())
    print(*verdict.check_visits(outages), sep="\n")
    print(verdict.check_requests())
    # Worker 0 is a new process after each kill, so its memory says nothing.
    for number in range(1, WORKERS):
        print(verdict.check_memory(number, since))


def check_stderr(verdict: Verdict, folder: Path) -> None:
    """Check that no worker has a traceback on its standard error."""
    for number in range(WORKERS):
        text = (folder / f"worker-{number}.err").read_text(encoding="utf-8")
        verdict.require("Traceback" not in text, f"worker {number}: {text[-2000:]}")


if __name__ == "__main__":
    sys.exit(main())
