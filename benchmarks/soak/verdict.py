"""Compare what the workers report with what the sandbox has."""

from __future__ import annotations

import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence

from attrs import define, field

from benchmarks.soak.outages import Outage
from benchmarks.soak.plan import LEASE, LIMITS, RECORDS, Json, WorkerLog, customer_name

# MiB by which the memory of a worker may grow from a fifth of the run to its end.
MAX_GROWTH = 10.0

# Seconds after an outage in which calls still wait. Redis without data blocks all of them for
# `per + lease`. The calls that have waited then fill one window.
AFTER_OUTAGE = LIMITS.per + LEASE + LIMITS.per + 1.0


@define
class Verdict:
    """The logs of the workers against the counts of the sandbox.

    Attributes:
        logs: The logs, by number of the worker.
        server: The counts of the sandbox.
        broken: Each promise that was not kept.
    """

    logs: Sequence[WorkerLog]
    server: Json
    broken: list[str] = field(factory=list[str])

    def require(self, holds: bool, text: str) -> None:
        """Note a promise that was not kept."""
        if not holds:
            self.broken.append(text)

    def entries(self, kind: str) -> Iterator[Json]:
        """Return the entries of one kind of all workers."""
        for log in self.logs:
            yield from log.read(kind)

    def check_imports(self) -> str:
        """Check that each record that is done has one row, and each that failed has none."""
        done, unknown, failed = self.count_names()
        rows = Counter({k: n for k, n in self.server["customers"].items() if k.startswith("work")})
        lost, doubled = (done - rows).total(), (rows - done - unknown).total()
        self.require(lost == 0, f"{lost} rows are lost: {list(done - rows)[:3]}")
        doubled_names = list(rows - done - unknown)[:3]
        self.require(doubled == 0, f"{doubled} rows are doubled or not reported: {doubled_names}")
        begun = {(id(log), e["number"]) for log in self.logs for e in log.read("import started")}
        ended = sum(1 for _ in self.entries("import"))
        self.require(len(begun) == ended, f"{len(begun)} imports began and {ended} ended")
        self.require(ended > 0, "no import came to its end")
        self.require(failed == ended, f"{failed} records failed, and {ended} break the contract")
        errors = Counter(entry["error"][:120] for entry in self.entries("import error"))
        return (
            f"{ended} imports: {done.total()} records done, {failed} failed, "
            f"{unknown.total()} unknown; {lost} lost, {doubled} doubled; "
            f"imports that raised an error and were repeated: {dict(errors)}"
        )

    def count_names(self) -> tuple[Counter[str], Counter[str], int]:
        """Return the names that are done and unknown, and the number of records that failed."""
        done, unknown, failed = Counter[str](), Counter[str](), 0
        for worker, log in enumerate(self.logs):
            for entry in log.read("import"):
                names = [customer_name(worker, entry["number"], i) for i in range(RECORDS)]
                unknown.update(names[index] for index in entry["unknown"])
                not_done = {*entry["failed"], *entry["unknown"]}
                done.update(name for i, name in enumerate(names) if i not in not_done)
                failed += len(entry["failed"])
        return done, unknown, failed

    def check_exports(self) -> str:
        """Check that each export has exactly the rows of its time."""
        updated, wrong, seconds = self.server["updated"], 0, [0.0]
        exports = list(self.entries("export"))
        for entry in exports:
            before = bisect_left(updated, entry["until"])
            wrong += not before <= entry["rows"] <= bisect_right(updated, entry["until"])
            seconds.append(entry["seconds"])
        errors = [entry["error"] for entry in self.entries("export error")]
        self.require(bool(exports), "no export came to its end")
        self.require(wrong == 0, f"{wrong} exports have too few or too many rows")
        self.require(not errors, f"exports failed: {errors[:3]}")
        rows, unsure = sum(entry["rows"] for entry in exports), sum(e["unsure"] for e in exports)
        return (
            f"{len(exports)} exports: {rows} rows, {wrong} with a wrong number of rows, "
            f"{unsure} unsure, {len(errors)} failed, the longest took {max(seconds):.0f} s"
        )

    def check_creates(self) -> str:
        """Check the interactive creates: done once, and others at most once."""
        rows: dict[str, int] = self.server["vehicles"]
        begun = [entry["vin"] for entry in self.entries("create started")]
        done = {e["vin"] for e in self.entries("visit") if "vin" in e and e["status"] == "done"}
        lost = [vin for vin in done if rows.get(vin, 0) == 0]
        doubled = [vin for vin in begun if rows.get(vin, 0) > 1]
        self.require(not lost, f"interactive creates are lost: {lost[:3]}")
        self.require(not doubled, f"interactive creates are doubled: {doubled[:3]}")
        cut = len(begun) - len(done)
        return (
            f"{len(begun)} interactive creates: {len(done)} done, {cut} without a success "
            f"(a kill, or an error below); {len(lost)} lost, {len(doubled)} doubled"
        )

    def check_visits(self, outages: Sequence[Outage]) -> Iterator[str]:
        """Check that no interactive call fails, and describe their seconds."""
        for method in ("GET", "POST"):
            visits = [entry for entry in self.entries("visit") if entry["method"] == method]
            errors = Counter(e["status"][:160] for e in visits if e["status"] != "done")
            self.require(not errors, f"interactive {method} calls failed: {dict(errors)}")
            quiet = [entry for entry in visits if not is_disturbed(entry, outages)]
            yield (
                f"interactive {method}: {len(visits)} calls, {errors.total()} failed; "
                f"all: {describe_times(visits)}; without an outage: {describe_times(quiet)}"
            )

    def check_requests(self) -> str:
        """Check that the sandbox refused nothing, and that no window was too full."""
        statuses, fullest = self.server["statuses"], self.server["fullest"]
        refused = sum(n for status, n in statuses.items() if status.endswith(" 429"))
        self.require(refused == 0, f"{refused} responses of 429")
        for method, number in fullest.items():
            limit = LIMITS.get_limit(method) or 0
            self.require(number <= limit, f"a window had {number} {method} of {limit}")
        return (
            f"{refused} responses of 429; fullest windows {fullest}; statuses {statuses}; "
            f"faults {self.server['faults']}; logins {self.server['logins']}, "
            f"refreshes {self.server['refreshes']}"
        )

    def check_memory(self, number: int, since: float) -> str:
        """Check that the memory of a worker does not grow after a time."""
        entries = [entry for entry in self.logs[number].read("memory") if entry["at"] >= since]
        if not entries:
            self.require(False, f"worker {number} has not logged its memory")
            return f"worker {number}: no memory logged"
        first, last = entries[0]["rss"], entries[-1]["rss"]
        highest = max(entry["rss"] for entry in entries)
        grows = last - first > MAX_GROWTH
        self.require(not grows, f"worker {number} has grown from {first:.1f} to {last:.1f} MiB")
        return f"worker {number}: {first:.1f} MiB, at the end {last:.1f} (highest {highest:.1f})"


def is_disturbed(entry: Json, outages: Sequence[Outage]) -> bool:
    """Return whether a call ran in an outage or shortly after it."""
    begin, end = entry["at"], entry["at"] + entry["seconds"]
    return any(end >= one.begin and begin <= one.end + AFTER_OUTAGE for one in outages)


def describe_times(entries: Sequence[Json]) -> str:
    """Return the median, the p99 and the highest time of calls."""
    times = [entry["seconds"] for entry in entries]
    if len(times) < 2:
        return "too few calls"
    p50, p99 = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return f"{len(times)} calls, p50 {p50:.2f} s, p99 {p99:.2f} s, max {max(times):.2f} s"
