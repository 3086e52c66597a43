"""State of a bulk call: prepared records, batches, and what all batches share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import anyio
from attrs import define, evolve, field, frozen

from .._instrumentation import RequestCounter
from ..errors import AutoLeapError
from .journal import Journal
from .matching import Fingerprint
from .options import BulkOperation, Json
from .results import Outcome, Status


@frozen
class PreparedRecord:
    """A record that keeps the contract, ready to be sent."""

    index: int
    record: object
    payload: Json
    fingerprint: Fingerprint

    def make_outcome(
        self, status: Status, id: str | None = None, error: AutoLeapError | None = None
    ) -> Outcome:
        """What became of it."""
        return Outcome(index=self.index, record=self.record, status=status, id=id, error=error)


@frozen
class Batch:
    """Rows that share a request.

    Attributes:
        tries: How often they were sent, or looked for, in vain.
        since: Server time of the sending that left them in doubt; None when they are not.
        error: What that sending ended with; None when a journal tells of it.
        looks: How often they were looked for since.
    """

    records: Sequence[PreparedRecord]
    attempts: int = 0
    sent_at: datetime | None = None
    error: AutoLeapError | None = None
    lookups: int = 0


def halve(batch: Batch) -> list[Batch]:
    rows, middle = batch.records, (len(batch.records) + 1) // 2
    return [Batch(half, batch.attempts) for half in (rows[:middle], rows[middle:]) if half]


def split(batch: Batch, size: int) -> list[Batch]:
    """A batch cut before the server showed what it takes, in pieces that it takes."""
    starts = range(0, len(batch.records), size)
    return [evolve(batch, records=batch.records[start : start + size]) for start in starts]


def for_resend(batch: Batch) -> Batch:
    return evolve(batch, attempts=batch.attempts + 1, sent_at=None, lookups=0)


@define
class BulkContext:
    """What all deliveries of one bulk call share.

    Attributes:
        size: Records in a request at most; shrinks when the server finds a batch too large.
        batches: Batches answered so far, whatever the answer.
        hopeless: Set once no batch will be accepted any more.
        sent_paths: Fields that some record has had so far.
    """

    operation: BulkOperation
    journal: Journal
    counter: RequestCounter
    batch_size: int
    batches_finished: int = 0
    fatal_error: AutoLeapError | None = None
    sent_field_paths: set[str] = field(factory=set[str])
    # One comparison at a time: two could give the same row to two equal records.
    match_lock: anyio.Lock = field(factory=anyio.Lock, init=False)
    _clock_lock: anyio.Lock = field(factory=anyio.Lock, init=False)

    def server_now(self) -> datetime:
        """The time of day at the server, or ours when its answers do not tell."""
        return self.operation.server_time() or datetime.now(UTC)

    async def server_time_before_send(self) -> datetime:
        """The server's time, by which a create can be found again: asked for if need be.

        Raises:
            AutoLeapError: when the server does not answer.
        """
        find_created = self.operation.find_created
        async with self._clock_lock:
            if find_created is not None and self.operation.server_time() is None:
                try:
                    await find_created(self.server_now() + timedelta(days=1))
                except AutoLeapError:
                    if self.operation.server_time() is None:
                        raise
        return self.server_now()
