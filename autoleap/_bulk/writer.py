"""Bulk writes: records in, one outcome for each record out, in bounded memory.

Records are checked one by one, cut into batches, and delivered a few batches at a time. A batch is
a task of its own, so the reader of the outcomes is never inside anybody's scope.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Iterable,
    Iterator,
    Mapping,
    Sequence,
    Sized,
)
from contextlib import aclosing
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeAlias, cast

import anyio
import anyio.lowlevel
from attrs import define, field, frozen

from .. import errors
from .._instrumentation import RequestCounter
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached, wait_first
from .._validation import validate_record
from ..errors import APIError, AutoLeapError, ConfigurationError, RecordError
from .delivery import process_batches
from .journal import Journal, JournalRow
from .lookup import resolve_ids
from .matching import Digest, field_paths, fingerprint
from .options import BulkOperation, BulkOptions, CreateOptions, ResolvedOptions
from .results import BulkProgress, BulkReport, Outcome, Status
from .state import Batch, BulkContext, PreparedRecord

Records: TypeAlias = Iterable[object] | AsyncIterable[object]


# Ids are read back for many batches together, since one listing serves them all. After each
# reading twice as many may wait: a burst would otherwise be listed again for every few of them.
MIN_ID_LOOKUP_BATCHES, MAX_ID_LOOKUP_BATCHES = 10, 40


@frozen
class _InputChunk:
    """What was read of the input at one go.

    Attributes:
        parts: Rows to deliver.
        told: Outcomes that are known already: refused here, or noted in the journal.
    """

    batches: list[Batch] = field(factory=list[Batch])
    finished: list[Outcome] = field(factory=list[Outcome])

    def conflict_keys(self, *, creates: bool) -> set[Digest]:
        """What no other batch on its way may have: equal creates, or the same records' ids."""
        fingerprints = [row.fingerprint for batch in self.batches for row in batch.records]
        return {one.digest if creates else one.key for one in fingerprints}


class BulkWriter:
    """One bulk call on its way.

    Args:
        operation: What is done to the records.
        records: An iterable or async iterable of models or dicts; it is read as it is needed.
        options: How.

    Raises:
        ConfigurationError: when `records` is not such an iterable, or an option cannot be used.
    """

    def __init__(
        self, operation: BulkOperation, records: Records, options: BulkOptions | CreateOptions
    ) -> None:
        self._operation, self._options = (
            operation,
            ResolvedOptions(**cast("dict[str, Any]", options)),
        )
        self._total = len(records) if isinstance(records, Sized) else None
        self._records = _iterate_input(records)
        self._records_read = 0
        self._running: dict[DetachedTask[list[Outcome]], set[Digest]] = {}
        self._awaiting_ids: list[Outcome] = []
        self._id_lookup_batches = MIN_ID_LOOKUP_BATCHES
        self._counts: Counter[Status] = Counter()
        self._batches = 0
        self._counter, self._started_at = RequestCounter(), time.monotonic()

    async def report(self) -> BulkReport:
        """Run to the end, and keep of the outcomes what a report holds."""
        kept: dict[Status, list[Outcome]] = {"failed": [], "unknown": []}
        ids: dict[int, str] = {}
        async with aclosing(self.outcomes()) as outcomes:
            async for outcome in outcomes:
                if outcome.id is not None:
                    ids[outcome.index] = outcome.id
                if outcome.status != "done":
                    kept[outcome.status].append(outcome)
        return BulkReport(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            failures=sorted(kept["failed"], key=lambda outcome: outcome.index),
            unknowns=sorted(kept["unknown"], key=lambda outcome: outcome.index),
            ids=dict(sorted(ids.items())),
            batches=self._batches,
            requests=self._counter.requests,
            elapsed=time.monotonic() - self._started_at,
        )

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        """Yield an outcome for every record, in the order in which batches are answered."""
        about = {**self._operation.journal_identity, "operation": self._operation.schema}
        journal = Journal(self._options.journal, about)
        context = BulkContext(self._operation, journal, self._counter, self._options.batch_size)
        context.sent_field_paths |= journal.field_paths
        try:
            more = True
            while more:
                # A long run of bad records would otherwise hold up everybody else.
                await anyio.lowlevel.checkpoint()
                batch, more = await self._read_chunk(context)
                for outcome in self._release(batch.finished):
                    yield outcome
                while batch.batches and self._must_wait(batch):
                    for outcome in await self._next_finished(context):
                        yield outcome
                if batch.batches:
                    task = spawn_detached(partial(process_batches, context, batch.batches))
                    self._running[task] = self._conflict_keys(batch)
            while self._running:
                for outcome in await self._next_finished(context):
                    yield outcome
            for outcome in await self._resolve_ids(context):
                yield outcome
        finally:
            try:
                await cancel_and_wait(list(self._running))
                await _close_input(self._records)
            finally:
                journal.close()

    async def _read_chunk(self, context: BulkContext) -> tuple[_InputChunk, bool]:
        """Read up to a batch of good records, with the bad ones met on the way."""
        batch, rows = _InputChunk(), list[PreparedRecord]()
        async for record in self._records:
            index, self._records_read = self._records_read, self._records_read + 1
            try:
                rows.append(self._prepare(context, index, record))
            except RecordError as error:
                batch.finished.append(
                    Outcome(index=index, record=record, status="failed", error=error)
                )
            if max(len(rows), len(batch.finished)) >= context.batch_size:
                return self._split_by_journal(context, batch, rows), True
        return self._split_by_journal(context, batch, rows), False

    def _prepare(self, context: BulkContext, index: int, record: object) -> PreparedRecord:
        operation = self._operation
        source = {operation.id_field: record} if operation.ids_only else record
        plain = validate_record(source, operation.schema, index=index, extra=operation.defaults)
        context.sent_field_paths |= field_paths(plain)
        key = [operation.id_field] if operation.id_field else operation.fingerprint_key
        return PreparedRecord(index, record, plain, fingerprint(plain, operation.schema, key))

    def _split_by_journal(
        self, context: BulkContext, batch: _InputChunk, rows: Sequence[PreparedRecord]
    ) -> _InputChunk:
        """Sort rows by what the journal knows: nothing, their fate, or that they are in doubt."""
        entries = context.journal.load_rows([row.index for row in rows])
        fresh, doubtful = list[PreparedRecord](), list[PreparedRecord]()
        for row in rows:
            entry = entries.get(row.index)
            if entry is not None and entry.fingerprint != row.fingerprint:
                raise ConfigurationError(
                    f"journal {self._options.journal} belongs to another input: row {row.index} "
                    "is not what it was; give this input a journal of its own"
                )
            if entry is not None and entry.status in {"done", "failed"}:
                batch.finished.append(_outcome_from_journal(row, entry))
            elif entry is not None and self._operation.find_created is not None:
                doubtful.append(row)
            else:
                # A change in doubt is made again, in its place: a later one may be of its record.
                fresh.append(row)
        if fresh:
            batch.batches.append(Batch(fresh))
        if doubtful:
            sent = min(entries[row.index].sent for row in doubtful)
            batch.batches.append(Batch(doubtful, sent_at=datetime.fromtimestamp(sent, UTC)))
        return batch

    def _must_wait(self, batch: _InputChunk) -> bool:
        """Whether a batch has to wait for one on its way.

        Two creates of equal records are never on their way together: when an answer is lost,
        nobody could tell whose row it is that is there. Two changes of the same record are not
        either: the later one is to hold.
        """
        if len(self._running) >= self._options.concurrency:
            return True
        claims = self._conflict_keys(batch)
        return any(claims & busy for busy in self._running.values())

    def _conflict_keys(self, batch: _InputChunk) -> set[Digest]:
        return batch.conflict_keys(creates=self._operation.find_created is not None)

    async def _next_finished(self, context: BulkContext) -> list[Outcome]:
        """Wait for a batch to be answered, and give the outcomes that are ready to be told."""
        task = await wait_first(list(self._running))
        del self._running[task]
        self._batches = context.batches_finished
        ready = self._release(task.result())
        if len(self._awaiting_ids) >= self._id_lookup_batches * self._options.batch_size:
            self._id_lookup_batches = min(2 * self._id_lookup_batches, MAX_ID_LOOKUP_BATCHES)
            ready += await self._resolve_ids(context)
        return ready

    async def _resolve_ids(self, context: BulkContext) -> list[Outcome]:
        """Tell the outcomes that waited for their ids; without them if they cannot be read."""
        waiting, self._awaiting_ids = self._awaiting_ids, []
        return self._count(await resolve_ids(context, waiting)) if waiting else []

    def _release(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Set aside what still wants an id, and count the rest."""
        if self._options.resolve_ids and self._operation.find_created is not None:
            nameless = [one for one in outcomes if one.status == "done" and one.id is None]
            self._awaiting_ids += nameless
            outcomes = [one for one in outcomes if one.status != "done" or one.id is not None]
        return self._count(outcomes)

    def _count(self, outcomes: list[Outcome]) -> list[Outcome]:
        if outcomes:
            self._counts.update(outcome.status for outcome in outcomes)
            if self._options.on_progress is not None:
                self._options.on_progress(self._make_progress())
        return outcomes

    def _make_progress(self) -> BulkProgress:
        return BulkProgress(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            batches=self._batches,
            requests=self._counter.requests,
            elapsed=time.monotonic() - self._started_at,
            total=self._total,
        )


def _outcome_from_journal(row: PreparedRecord, entry: JournalRow) -> Outcome:
    """The outcome of a row that an earlier run has brought to its end."""
    error: AutoLeapError | None = None
    if entry.error is not None:
        name, words = entry.error
        kind: type[AutoLeapError] = getattr(errors, name, APIError)
        error = kind(words)
    return row.make_outcome("failed" if entry.status == "failed" else "done", entry.id, error)


def _iterate_input(records: object) -> AsyncIterator[object]:
    kind = type(records).__name__
    if isinstance(records, AsyncIterable):
        return aiter(cast("AsyncIterable[object]", records))
    # A string or a dict can be iterated, but hardly means its characters or its keys.
    if isinstance(records, Iterable) and not isinstance(records, str | bytes | Mapping):
        return _AsyncIteratorAdapter(iter(cast("Iterable[object]", records)))
    raise ConfigurationError(
        f"records must be an iterable or async iterable of records, not {kind}"
    )


async def _close_input(records: AsyncIterator[object]) -> None:
    """Let a generator that was not read to its end clean up now, not some time later."""
    if isinstance(records, AsyncGenerator):
        with anyio.CancelScope(shield=True):
            await cast("AsyncGenerator[object]", records).aclose()


@define
class _AsyncIteratorAdapter(AsyncIterator[object]):
    """A plain iterator in the clothes of an async one."""

    _steps: Iterator[object]

    async def __anext__(self) -> object:
        try:
            return next(self._steps)
        except StopIteration:
            raise StopAsyncIteration from None
