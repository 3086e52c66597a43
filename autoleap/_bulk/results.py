"""Results of a bulk call: an outcome for each record, the progress, and the final report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias

from attrs import field, frozen

from ..errors import AutoLeapError, RecordError

Status: TypeAlias = Literal["done", "existing", "failed", "unknown"]

# Number of outcomes that the message of a `BulkError` names.
MAX_NAMED_OUTCOMES = 3


@frozen(kw_only=True)
class Outcome:
    """Result of a bulk call for one record.

    Attributes:
        index: Position of the record in the input, counted from 0.
        record: The record as the caller passed it.
        status: "done", "existing" (the company had it before, see `on_existing`), "failed" (not
            stored) or "unknown" (possibly stored).
        id: Id of the row at AutoLeap, if known.
        error: The reason why the record is not done; None if it is done.
    """

    index: int
    record: object = field(repr=False)  # personal data, so it stays out of logs
    status: Status
    id: str | None = None
    error: AutoLeapError | None = None

    def describe(self) -> str:
        """Return the error in one line, with the index of the record."""
        if isinstance(self.error, RecordError):
            return str(self.error)  # the message names the row already
        return f"row {self.index}: {self.error}"


@frozen(kw_only=True)
class BulkProgress:
    """Progress of a running bulk call.

    Attributes:
        done, failed, unknown, existing: Number of records with this status so far.
        batches: Number of batches with a response or an error so far.
        requests: Number of HTTP requests so far.
        elapsed: Seconds since the start.
        waited: Seconds of waiting for rate limit slots so far, added over all requests.
        total: Number of records in the input; None if the input has no length.
    """

    done: int
    failed: int
    unknown: int
    existing: int
    batches: int
    requests: int
    elapsed: float
    waited: float
    total: int | None


@frozen(kw_only=True)
class BulkReport:
    """Result of a whole bulk call.

    Attributes:
        done, failed, unknown, existing: Number of records with this status.
        failures: Outcomes with the status "failed", in the order of the input.
        unknowns: Outcomes with the status "unknown", in the order of the input.
        ids: Ids at AutoLeap by index of the record, where known.
        batches: Number of batches sent.
        requests: Number of HTTP requests.
        elapsed: Seconds from start to end.
    """

    done: int = 0
    failed: int = 0
    unknown: int = 0
    existing: int = 0
    failures: list[Outcome] = field(factory=list[Outcome])
    unknowns: list[Outcome] = field(factory=list[Outcome])
    ids: Mapping[int, str] = field(factory=dict[int, str])
    batches: int = 0
    requests: int = 0
    elapsed: float = 0.0

    def raise_for_failures(self) -> None:
        """Raise an error if a record is not done.

        Raises:
            BulkError: names the first outcomes and carries this report.
        """
        not_done = self.failures + self.unknowns
        if not_done:
            examples = "; ".join(outcome.describe() for outcome in not_done[:MAX_NAMED_OUTCOMES])
            error = BulkError(f"{self.failed} failed, {self.unknown} unknown: {examples}")
            error.report = self
            raise error


class BulkError(AutoLeapError):
    """Records of a bulk call are "failed" or "unknown".

    Attributes:
        report: The report of the whole call.
    """

    report: BulkReport | None = None
