"""Input of a bulk call: read records one by one and return them in chunks.

A chunk holds at most a few batches, so the memory of a bulk call does not grow with its input.
"""

from __future__ import annotations

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
from typing import TypeAlias, cast

import anyio
from attrs import define, field, frozen

from ..errors import ConfigurationError, RecordError
from .journal_row import JournalRow
from .results import Outcome
from .state import Batch, BulkContext, PreparedRecord

Records: TypeAlias = Iterable[object] | AsyncIterable[object]


@frozen
class InputChunk:
    """Records that are read from the input together.

    Attributes:
        batches: Batches to process, one after the other.
        finished: Outcomes that need no request: the record is not valid, or the journal has its
            result.
        unaudited: Stored records that an earlier run has sent twice, with the time of the first.
        last: Whether the input has no more records.
    """

    batches: list[Batch] = field(factory=list[Batch])
    finished: list[Outcome] = field(factory=list[Outcome])
    unaudited: list[tuple[PreparedRecord, float]] = field(
        factory=list[tuple[PreparedRecord, float]]
    )
    last: bool = False


class InputReader:
    """Reads the input of a bulk call.

    Args:
        records: An iterable or async iterable of models, dicts or ids.

    Raises:
        ConfigurationError: if `records` is not such an iterable.
    """

    def __init__(self, records: Records) -> None:
        self.total = len(records) if isinstance(records, Sized) else None
        self._records = _to_async_iterator(records)
        self._next_index = 0

    async def read_chunk(self, context: BulkContext) -> InputChunk:
        """Read records until they fill a batch, or until as many are not valid.

        Raises:
            ConfigurationError: if the journal belongs to another input.
        """
        prepared: list[PreparedRecord] = []
        refused: list[Outcome] = []
        async for record in self._records:
            index, self._next_index = self._next_index, self._next_index + 1
            try:
                prepared.append(context.prepare_record(index, record))
            except RecordError as error:
                refused.append(Outcome(index=index, record=record, status="failed", error=error))
            if max(len(prepared), len(refused)) >= context.batch_size:
                return _build_chunk(context, prepared, refused, last=False)
        return _build_chunk(context, prepared, refused, last=True)

    async def close(self) -> None:
        """Close an input that is an async generator, so that its cleanup runs now."""
        records: object = self._records
        if isinstance(records, AsyncGenerator):
            with anyio.CancelScope(shield=True):
                await cast("AsyncGenerator[object]", records).aclose()


def _build_chunk(
    context: BulkContext,
    records: Sequence[PreparedRecord],
    refused: Sequence[Outcome],
    *,
    last: bool,
) -> InputChunk:
    """Sort records by their state in the journal: not sent, finished, or uncertain."""
    rows = context.journal.load_rows([record.index for record in records])
    finished, not_sent, uncertain = [*refused], list[PreparedRecord](), list[PreparedRecord]()
    unaudited: list[tuple[PreparedRecord, float]] = []
    for record in records:
        row = rows.get(record.index)
        if row is not None:
            _check_same_record(context, record, row)
        mended = row is not None and record.content != row.content
        if row is not None and row.status == "done" and row.audit == "due":
            unaudited.append((record, row.first_sent_at))
        elif row is not None and row.is_final and row.status is not None and not mended:
            finished.append(record.make_outcome(row.status, row.id, row.error))
        elif row is not None and context.operation.creates and not mended:
            uncertain.append(record)
        else:
            # An update can be repeated. It is sent at its place in the input, because a later
            # record may change the same row.
            not_sent.append(record)
    batches = [Batch(not_sent)] if not_sent else []
    if uncertain:
        sent_at = min(rows[record.index].sent_at for record in uncertain)
        since = min(rows[record.index].doubtful_since for record in uncertain)
        batch = Batch(uncertain, doubtful_since=since)
        batches.append(batch.set_aside(sent_at, context.now(), refused=False))
    return InputChunk(batches, finished, unaudited, last)


def _check_same_record(context: BulkContext, record: PreparedRecord, row: JournalRow) -> None:
    """Refuse a record that has changed since it was sent, unless it has failed."""
    if record.content == row.content or row.status == "failed":
        return
    journal = context.journal
    created = f"{journal.count_done()} rows of this input are created already"
    if row.status == "done":
        where = f"was created as {row.id}" if row.id is not None else "was created"
        raise ConfigurationError(
            f"journal {journal.path}: row {record.index} has changed since it {where}; {created}. "
            "Undo the change here, and update the created row instead. A new journal would create "
            "all rows again"
        )
    raise ConfigurationError(
        f"journal {journal.path}: row {record.index} has changed since it was sent, and its result "
        f"is not known; {created}. Undo the change. If the journal belongs to another input, use "
        "a new journal"
    )


def _to_async_iterator(records: object) -> AsyncIterator[object]:
    kind = type(records).__name__
    if isinstance(records, AsyncIterable):
        return aiter(cast("AsyncIterable[object]", records))
    # Iterating over a string or a dict gives characters or keys, which are not records.
    if isinstance(records, Iterable) and not isinstance(records, str | bytes | Mapping):
        return _AsyncIteratorAdapter(iter(cast("Iterable[object]", records)))
    raise ConfigurationError(
        f"records must be an iterable or async iterable of records, such as a list, not {kind}"
    )


@define
class _AsyncIteratorAdapter(AsyncIterator[object]):
    """Async iterator over a plain iterator."""

    _iterator: Iterator[object]

    async def __anext__(self) -> object:
        try:
            return next(self._iterator)
        except StopIteration:
            raise StopAsyncIteration from None
