"""State of a bulk call: prepared records, batches, and the context that all batches share.

Only this module builds or changes these values. Records and batches are frozen, so their methods
return changed copies. The context is the only value that changes.
"""

from __future__ import annotations

import math
import time
from collections import deque
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Self

import anyio
from attrs import define, evolve, field, frozen

from .._instrumentation import RequestCounter
from .._validation import Json, validate_record
from ..errors import AutoLeapError, RecordError
from .claims import Claims
from .journal import Journal
from .journal_row import JournalRow
from .matching import (
    Digest,
    Fingerprint,
    compute_fingerprint,
    compute_identity,
    list_field_paths,
)
from .options import BulkOperation, OnExisting
from .results import Outcome, Status

# Records that an earlier run has stored in so many seconds are reported to other calls.
REGISTERED_SECONDS = 3600.0


@frozen
class PreparedRecord:
    """A validated record.

    Attributes:
        index: Index of the record in the input.
        record: The record as the caller passed it.
        payload: The record in the API's JSON.
        fingerprint: Fingerprint of the payload.
        content: Hash of the whole payload.
        id: Id of the row that an update or archive changes; None for a create.
    """

    index: int
    record: object
    payload: Json
    fingerprint: Fingerprint
    content: Digest
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
        attempts: Number of times that the batch was sent without success.
        error: Error of the last request; None if the batch was not sent in this run.
        sent_at: Time of the last request whose result is uncertain, in seconds of the call's clock.
        doubtful_since: Time of the first request that is not proven absent; None if there is none.
        ended_at: Time at which that request ended.
        refused: Whether it ended with a complete response of the class 4xx.
        resent: Whether the records were sent before and proven absent.
        sent_count: Number of records in that request.
        looked_at: Whether a listing was read since its last request.
        forbidden_at: When the only record was first refused without a reason; None if it was not.
    """

    records: Sequence[PreparedRecord]
    attempts: int = 0
    error: AutoLeapError | None = None
    sent_at: float | None = None
    doubtful_since: float | None = None
    ended_at: float = 0.0
    refused: bool = False
    resent: bool = False
    sent_count: int = 0
    looked_at: bool = False
    forbidden_at: float | None = None

    @property
    def records_by_index(self) -> dict[int, PreparedRecord]:
        """The records, by index."""
        return {record.index: record for record in self.records}

    @property
    def digests(self) -> set[Digest]:
        """Digests of the records."""
        return {record.fingerprint.digest for record in self.records}

    def make_outcomes(self, status: Status, error: AutoLeapError | None = None) -> list[Outcome]:
        """Return an outcome with this status for each record."""
        return [record.make_outcome(status, error=error) for record in self.records]

    def select(self, indexes: Collection[int]) -> Self:
        """Return the batch with only some of its records."""
        return evolve(self, records=[item for item in self.records if item.index in indexes])

    def split(self, size: int) -> list[Self]:
        """Return the records in batches of at most `size`, in the same state."""
        starts = range(0, len(self.records), size)
        return [evolve(self, records=self.records[start : start + size]) for start in starts]

    def halve(self) -> list[Self]:
        """Return the two halves, with attempts of their own; a single record stays one batch."""
        size = (len(self.records) + 1) // 2
        return [evolve(half, attempts=0) for half in self.split(size)]

    @property
    def attempts_of_its_own(self) -> int:
        """Number of attempts before the last request; 0 if the batch is only a part of it.

        The failures so far can be due to the other records of that request.
        """
        return self.attempts if len(self.records) >= self.sent_count else 0

    def count_attempt(self) -> Self:
        """Return the batch after one more attempt without success."""
        is_part = len(self.records) < self.sent_count
        return evolve(self, attempts=0 if is_part else self.attempts + 1)

    def record_error(self, error: AutoLeapError | None) -> Self:
        """Return the batch after an attempt to send it; None is a success."""
        return evolve(self, error=error)

    def set_aside(self, sent_at: float, ended_at: float, *, refused: bool) -> Self:
        """Return the batch as doubtful: its records may be stored.

        Args:
            sent_at: When its request was sent, in seconds of the call's clock.
            ended_at: When its request ended.
            refused: Whether it ended with a complete response of the class 4xx.
        """
        return evolve(
            self,
            sent_at=sent_at,
            doubtful_since=sent_at if self.doubtful_since is None else self.doubtful_since,
            ended_at=ended_at,
            refused=refused,
            looked_at=False,
            sent_count=len(self.records),
        )

    def prepare_resend(self) -> Self:
        """Return the batch for one more request."""
        return evolve(self, sent_at=None, resent=self.resent or self.sent_at is not None)

    def mark_absent(self) -> Self:
        """Return the batch after all of its requests so far were proven absent."""
        return evolve(self, doubtful_since=None)


@define
class BulkContext:
    """State that all batches of a bulk call share.

    Attributes:
        operation: The operation of the API.
        journal: The open journal.
        claims: Claims of all calls of this operation.
        counter: Counts the HTTP requests of the call.
        batch_size: Largest number of records in a request.
        identify_by: Fields that identify a record; none means its whole content.
        on_existing: What to do with a record that the company has already.
        batches_finished: Number of batches with a response or an error.
        fatal_error: Error after which the server refuses every batch; None if there is none.
        list_forbidden: Whether the client may not read the list of the server.
        sent_field_paths: Paths of all fields of the records read so far.
        slowest_batch: Seconds of the slowest acknowledged request.
        last_acknowledged: Time of the last acknowledged request, in seconds of the call's clock.
        recent_sendings: When the last acknowledged requests were sent, in seconds.
        call_number: Number of the call among those of its claims.
        baseline_lock: Held while the rows from before the call are read.
    """

    operation: BulkOperation
    journal: Journal
    claims: Claims
    counter: RequestCounter
    batch_size: int
    identify_by: Sequence[str] = ()
    on_existing: OnExisting = "create"
    batches_finished: int = field(default=0, init=False)
    fatal_error: AutoLeapError | None = field(default=None, init=False)
    list_forbidden: bool = field(default=False, init=False)
    sent_field_paths: set[str] = field(factory=set[str], init=False)
    slowest_batch: float = field(default=0.0, init=False)
    last_acknowledged: float = field(default=-math.inf, init=False)
    recent_sendings: deque[float] = field(factory=partial(deque[float], maxlen=3), init=False)
    baseline_lock: anyio.Lock = field(factory=anyio.Lock, init=False)
    call_number: int = field(init=False)
    _clock_anchor: float = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.sent_field_paths |= self.journal.field_paths
        self.call_number = self.claims.open_call()
        self._clock_anchor = time.time() - anyio.current_time()
        self._register_earlier_run()

    def _register_earlier_run(self) -> None:
        """Tell other calls which records an earlier run of this call has stored."""
        if self.operation.creates:
            stored = self.journal.find_completed_since(self.now() - REGISTERED_SECONDS)
            self.record_stored(stored)

    def record_stored(self, rows: Iterable[JournalRow]) -> None:
        """Tell other calls which records are stored."""
        stored = [row.to_acknowledged() for row in rows]
        self.claims.record_stored(self.call_number, stored, self.now())

    def now(self) -> float:
        """Return the time of the call's clock, in seconds since the epoch.

        The clock starts at the time of day and never jumps, so that its times can be compared
        within the call, and with those of an earlier run in the journal.
        """
        return anyio.current_time() + self._clock_anchor

    def to_server_time(self, at: float) -> datetime:
        """Return the server's time at a time of the call's clock."""
        server_time = self.operation.server_time() or datetime.fromtimestamp(self.now(), UTC)
        return server_time - timedelta(seconds=self.now() - at)

    def prepare_record(self, index: int, record: object) -> PreparedRecord:
        """Validate a record and compute its fingerprint.

        Raises:
            RecordError: if the record does not satisfy the contract.
        """
        operation = self.operation
        content = {operation.id_field: record} if operation.ids_only else record
        payload = validate_record(content, operation.schema, index=index, extra=operation.defaults)
        self.sent_field_paths |= list_field_paths(payload)
        whole = compute_fingerprint(payload, operation.schema, operation.key_fields)
        fingerprint = self._identify(index, payload) if self.identify_by else whole
        id_ = str(payload[operation.id_field]) if operation.id_field else None
        return PreparedRecord(index, record, payload, fingerprint, whole.digest, id_)

    def _identify(self, index: int, payload: Json) -> Fingerprint:
        fingerprint = compute_identity(payload, self.identify_by)
        if fingerprint is None:
            names = ", ".join(self.identify_by)
            raise RecordError.for_field(names, "is blank, and identify_by needs it", index)
        first = self.journal.claim_identity(fingerprint.digest, index)
        if first != index:
            names = ", ".join(self.identify_by)
            reason = f"is that of row {first} too, and identify_by says that it identifies a record"
            raise RecordError.for_field(names, reason, index)
        return fingerprint

    def fingerprint_row(self, content: Json) -> Fingerprint | None:
        """Return the fingerprint of a row; None if it lacks what identifies a record."""
        if self.identify_by:
            return compute_identity(content, self.identify_by)
        operation = self.operation
        return compute_fingerprint(
            content, operation.schema, operation.key_fields, self.sent_field_paths
        )

    def count_finished_batch(self) -> None:
        """Count a batch with a response or an error."""
        self.batches_finished += 1

    def record_acknowledgement(self, sent_at: float, ended_at: float) -> None:
        """Note that the server has acknowledged a request."""
        self.slowest_batch = max(self.slowest_batch, ended_at - sent_at)
        self.last_acknowledged = ended_at
        self.recent_sendings.append(sent_at)

    def shrink_batch_size(self, refused_size: int) -> None:
        """Send at most half as many records per request as the server refused."""
        self.batch_size = max(1, min(self.batch_size, refused_size // 2))

    def mark_fatal(self, error: AutoLeapError | None) -> None:
        """Stop sending: the server refuses every batch with this error."""
        self.fatal_error = error
