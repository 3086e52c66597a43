"""What became of records: one outcome each, and the report that sums them up."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from ..errors import AutoLeapError, RecordError

Status: TypeAlias = Literal["done", "failed", "unknown"]


@frozen(kw_only=True)
class Outcome:
    """What became of one record.

    Attributes:
        index: Row of the input, counted from 0.
        record: The record as it was given.
        status: "done", "failed" (it did not happen) or "unknown" (it may have happened).
        id: The record's id at AutoLeap, when it is known.
        error: Why it is not done.
    """

    index: int
    record: object = field(repr=False)  # somebody's data, which a log should not hold
    status: Status
    id: str | None = None
    error: AutoLeapError | None = None

    def describe(self) -> str:
        """The error in one line, with the row it belongs to."""
        named = isinstance(self.error, RecordError)
        return str(self.error) if named else f"row {self.index}: {self.error}"


@frozen(kw_only=True)
class BulkProgress:
    """How far a bulk call has come.

    Attributes:
        done, failed, unknown: Records by outcome so far.
        batches, requests: Batches answered, and HTTP requests made.
        elapsed: Seconds since the start.
        total: Number of input records, or None when the input does not say.
    """

    done: int
    failed: int
    unknown: int
    batches: int
    requests: int
    elapsed: float
    total: int | None


@frozen(kw_only=True)
class BulkReport:
    """What became of a whole bulk call.

    Attributes:
        done, failed, unknown: Records by outcome.
        failures, unknowns: The outcomes that are not "done".
        ids: Id at AutoLeap by row of the input, where it is known.
        batches, requests: Batches sent, and HTTP requests made.
        elapsed: Seconds from start to end.
    """

    done: int = 0
    failed: int = 0
    unknown: int = 0
    failures: list[Outcome] = field(factory=list[Outcome])
    unknowns: list[Outcome] = field(factory=list[Outcome])
    ids: Mapping[int, str] = field(factory=dict[int, str])
    batches: int = 0
    requests: int = 0
    elapsed: float = 0.0

    def raise_for_failures(self) -> None:
        """Raise when not every record was done.

        Raises:
            BulkError: with this report, naming the first failures.
        """
        bad = self.failures + self.unknowns
        if bad:
            first = "; ".join(outcome.describe() for outcome in bad[:3])
            error = BulkError(f"{self.failed} failed, {self.unknown} unknown: {first}")
            error.report = self
            raise error


class BulkError(AutoLeapError):
    """Some records of a bulk call failed or are unknown.

    Attributes:
        report: The whole report.
    """

    report: BulkReport | None = None
