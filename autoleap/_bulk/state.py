"""State of a bulk call: prepared records, batches, and the context that all batches share.

Only this module builds or changes these values. Records and batches are frozen, so their methods
return changed copies. The context is the only value that changes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Self

import anyio
from attrs import define, evolve, field, frozen

from .._instrumentation import RequestCounter
from .._validation import validate_record
from ..errors import AutoLeapError
from .journal import Journal
from .matching import Fingerprint, compute_fingerprint, list_field_paths
from .options import BulkOperation, Json
from .results import Outcome, Status


@frozen
class PreparedRecord:
    """A validated record.

    Attributes:
        index: Index of the record in the input.
        record: The record as the caller passed it.
        payload: The record in the API's JSON.
        fingerprint: Fingerprint of the payload.
        id: Id of the row that an update or archive changes; None for a create.
    """

    index: int
    record: object
    payload: Json
    fingerprint: Fingerprint
    id: str | None = None

    def make_outcome(
        self, status: Status, id: str | None = None, error: AutoLeapError | None = None
    ) -> Outcome:
        """Return the outcome of this record."""
        return Outcome(
            index=self.index, record=self.record, status=status, id=id or self.id, error=error
        )


@frozen
class Batch:
    """Records that are sent in one request.

    Attributes:
        records: The records, in the order of the input.
        attempts: Number of times that the batch was sent or looked up without success.
        sent_at: Server time of the request whose result is uncertain; None if there is none.
        error: Error of the last request; None if the batch was not sent in this run.
        lookups: Number of lookups since the last request.
    """

    records: Sequence[PreparedRecord]
    attempts: int = 0
    sent_at: datetime | None = None
    error: AutoLeapError | None = None
    lookups: int = 0

    @property
    def fingerprints(self) -> dict[int, Fingerprint]:
        """Fingerprints of the records, by index."""
        return {record.index: record.fingerprint for record in self.records}

    @property
    def records_by_index(self) -> dict[int, PreparedRecord]:
        """The records, by index."""
        return {record.index: record for record in self.records}

    def make_outcomes(self, status: Status, error: AutoLeapError | None = None) -> list[Outcome]:
        """Return an outcome with this status for each record."""
        return [record.make_outcome(status, error=error) for record in self.records]

    def split(self, size: int) -> list[Self]:
        """Return the records in batches of at most `size`, in the same state."""
        starts = range(0, len(self.records), size)
        return [evolve(self, records=self.records[start : start + size]) for start in starts]

    def halve(self) -> list[Batch]:
        """Return the two halves, ready to be sent; a single record stays one batch."""
        size = (len(self.records) + 1) // 2
        return [Batch(half.records, self.attempts) for half in self.split(size)]

    def record_error(self, error: AutoLeapError | None, sent_at: datetime | None = None) -> Self:
        """Return the batch after an attempt to send it.

        Args:
            error: Error of the attempt; None after a success.
            sent_at: Server time of the request; None if there was no request.
        """
        return evolve(self, error=error, sent_at=sent_at, lookups=0)

    def mark_absent(self, indexes: Sequence[int]) -> Self:
        """Return the batch after a lookup, with only the records that it did not find."""
        records = self.records_by_index
        return evolve(self, records=[records[index] for index in indexes], lookups=self.lookups + 1)

    def count_attempt(self) -> Self:
        """Return the batch with one more attempt."""
        return evolve(self, attempts=self.attempts + 1)

    def prepare_resend(self) -> Batch:
        """Return the batch for one more request, with one more attempt.

        Attempts of an earlier run do not count, so a batch from the journal starts from zero.
        """
        if self.error is None:
            return Batch(self.records)
        return evolve(self.count_attempt(), sent_at=None, lookups=0)


@define
class BulkContext:
    """State that all batches of a bulk call share.

    Attributes:
        operation: The operation of the API.
        journal: The open journal.
        counter: Counts the HTTP requests of the call.
        batch_size: Largest number of records in a request.
        batches_finished: Number of batches with a response or an error.
        fatal_error: Error after which the server refuses every batch; None if there is none.
        sent_field_paths: Paths of all fields of the records read so far.
        match_lock: Held while records are matched with rows. Two matches at the same time could
            give one row to two equal records.
        clock_lock: Held while the first request for the server's time is made.
    """

    operation: BulkOperation
    journal: Journal
    counter: RequestCounter
    batch_size: int
    batches_finished: int = field(default=0, init=False)
    fatal_error: AutoLeapError | None = field(default=None, init=False)
    sent_field_paths: set[str] = field(factory=set[str], init=False)
    match_lock: anyio.Lock = field(factory=anyio.Lock, init=False)
    clock_lock: anyio.Lock = field(factory=anyio.Lock, init=False)

    def __attrs_post_init__(self) -> None:
        self.sent_field_paths |= self.journal.field_paths

    @property
    def server_time(self) -> datetime:
        """Current time of the server; the local time before its first response."""
        return self.operation.server_time() or datetime.now(UTC)

    def prepare_record(self, index: int, record: object) -> PreparedRecord:
        """Validate a record and compute its fingerprint.

        Raises:
            RecordError: if the record does not satisfy the contract.
        """
        operation = self.operation
        content = {operation.id_field: record} if operation.ids_only else record
        payload = validate_record(content, operation.schema, index=index, extra=operation.defaults)
        self.sent_field_paths |= list_field_paths(payload)
        fingerprint = compute_fingerprint(payload, operation.schema, operation.key_fields)
        id_ = str(payload[operation.id_field]) if operation.id_field else None
        return PreparedRecord(index, record, payload, fingerprint, id_)

    def count_finished_batch(self) -> None:
        """Count a batch with a response or an error."""
        self.batches_finished += 1

    def shrink_batch_size(self, refused_size: int) -> None:
        """Send at most half as many records per request as the server refused."""
        self.batch_size = max(1, min(self.batch_size, refused_size // 2))

    def mark_fatal(self, error: AutoLeapError | None) -> None:
        """Stop sending: the server refuses every batch with this error."""
        self.fatal_error = error
