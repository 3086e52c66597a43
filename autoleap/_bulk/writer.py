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
from .._instrumentation import Meter
from .._tasks import Task, end_all, first_ended, spawn
from .._validation import checked
from ..errors import APIError, AutoLeapError, ConfigurationError, RecordError
from .delivery import deliver
from .journal import Entry, Journal
from .lookup import named
from .matching import Digest, mark, paths
from .options import BulkOptions, CreateOptions, Operation, Plan
from .results import BulkProgress, BulkReport, Outcome, Status
from .state import Desk, Part, Row

Records: TypeAlias = Iterable[object] | AsyncIterable[object]


# Ids are read back for many batches together, since one listing serves them all. After each
# reading twice as many may wait: a burst would otherwise be listed again for every few of them.
FIRST_NAMING, LAST_NAMING = 10, 40


@frozen
class _Batch:
    """What was read of the input at one go.

    Attributes:
        parts: Rows to deliver.
        told: Outcomes that are known already: refused here, or noted in the journal.
    """

    parts: list[Part] = field(factory=list[Part])
    told: list[Outcome] = field(factory=list[Outcome])

    def claims(self, *, creates: bool) -> set[Digest]:
        """What no other batch on its way may have: equal creates, or the same records' ids."""
        marks = [row.mark for part in self.parts for row in part.rows]
        return {one.digest if creates else one.key for one in marks}


class BulkRun:
    """One bulk call on its way.

    Args:
        operation: What is done to the records.
        records: An iterable or async iterable of models or dicts; it is read as it is needed.
        options: How.

    Raises:
        ConfigurationError: when `records` is not such an iterable, or an option cannot be used.
    """

    def __init__(
        self, operation: Operation, records: Records, options: BulkOptions | CreateOptions
    ) -> None:
        self._operation, self._plan = operation, Plan(**cast("dict[str, Any]", options))
        self._total = len(records) if isinstance(records, Sized) else None
        self._records = _iterate(records)
        self._read = 0
        self._running: dict[Task[list[Outcome]], set[Digest]] = {}
        self._nameless: list[Outcome] = []
        self._naming_due = FIRST_NAMING
        self._counts: Counter[Status] = Counter()
        self._batches = 0
        self._meter, self._began = Meter(), time.monotonic()

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
            requests=self._meter.requests,
            elapsed=time.monotonic() - self._began,
        )

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        """Yield an outcome for every record, in the order in which batches are answered."""
        about = {**self._operation.about, "operation": self._operation.schema}
        journal = Journal(self._plan.journal, about)
        desk = Desk(self._operation, journal, self._meter, self._plan.batch_size)
        desk.sent_paths |= journal.paths
        try:
            more = True
            while more:
                # A long run of bad records would otherwise hold up everybody else.
                await anyio.lowlevel.checkpoint()
                batch, more = await self._next_batch(desk)
                for outcome in self._ready(batch.told):
                    yield outcome
                while batch.parts and self._must_wait(batch):
                    for outcome in await self._answered(desk):
                        yield outcome
                if batch.parts:
                    task = spawn(partial(deliver, desk, batch.parts))
                    self._running[task] = self._claims(batch)
            while self._running:
                for outcome in await self._answered(desk):
                    yield outcome
            for outcome in await self._named(desk):
                yield outcome
        finally:
            try:
                await end_all(list(self._running))
                await _close(self._records)
            finally:
                journal.close()

    async def _next_batch(self, desk: Desk) -> tuple[_Batch, bool]:
        """Read up to a batch of good records, with the bad ones met on the way."""
        batch, rows = _Batch(), list[Row]()
        async for record in self._records:
            index, self._read = self._read, self._read + 1
            try:
                rows.append(self._row(desk, index, record))
            except RecordError as error:
                batch.told.append(Outcome(index=index, record=record, status="failed", error=error))
            if max(len(rows), len(batch.told)) >= desk.size:
                return self._with_journal(desk, batch, rows), True
        return self._with_journal(desk, batch, rows), False

    def _row(self, desk: Desk, index: int, record: object) -> Row:
        operation = self._operation
        source = {operation.id_field: record} if operation.bare else record
        plain = checked(source, operation.schema, index=index, extra=operation.fill)
        desk.sent_paths |= paths(plain)
        key = [operation.id_field] if operation.id_field else operation.key
        return Row(index, record, plain, mark(plain, operation.schema, key))

    def _with_journal(self, desk: Desk, batch: _Batch, rows: Sequence[Row]) -> _Batch:
        """Sort rows by what the journal knows: nothing, their fate, or that they are in doubt."""
        entries = desk.journal.entries([row.index for row in rows])
        fresh, doubtful = list[Row](), list[Row]()
        for row in rows:
            entry = entries.get(row.index)
            if entry is not None and entry.mark != row.mark:
                raise ConfigurationError(
                    f"journal {self._plan.journal} belongs to another input: row {row.index} "
                    "is not what it was; give this input a journal of its own"
                )
            if entry is not None and entry.status in {"done", "failed"}:
                batch.told.append(_noted(row, entry))
            elif entry is not None and self._operation.look_up is not None:
                doubtful.append(row)
            else:
                # A change in doubt is made again, in its place: a later one may be of its record.
                fresh.append(row)
        if fresh:
            batch.parts.append(Part(fresh))
        if doubtful:
            sent = min(entries[row.index].sent for row in doubtful)
            batch.parts.append(Part(doubtful, since=datetime.fromtimestamp(sent, UTC)))
        return batch

    def _must_wait(self, batch: _Batch) -> bool:
        """Whether a batch has to wait for one on its way.

        Two creates of equal records are never on their way together: when an answer is lost,
        nobody could tell whose row it is that is there. Two changes of the same record are not
        either: the later one is to hold.
        """
        if len(self._running) >= self._plan.concurrency:
            return True
        claims = self._claims(batch)
        return any(claims & busy for busy in self._running.values())

    def _claims(self, batch: _Batch) -> set[Digest]:
        return batch.claims(creates=self._operation.look_up is not None)

    async def _answered(self, desk: Desk) -> list[Outcome]:
        """Wait for a batch to be answered, and give the outcomes that are ready to be told."""
        task = await first_ended(list(self._running))
        del self._running[task]
        self._batches = desk.batches
        ready = self._ready(task.result())
        if len(self._nameless) >= self._naming_due * self._plan.batch_size:
            self._naming_due = min(2 * self._naming_due, LAST_NAMING)
            ready += await self._named(desk)
        return ready

    async def _named(self, desk: Desk) -> list[Outcome]:
        """Tell the outcomes that waited for their ids; without them if they cannot be read."""
        waiting, self._nameless = self._nameless, []
        return self._counted(await named(desk, waiting)) if waiting else []

    def _ready(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Set aside what still wants an id, and count the rest."""
        if self._plan.resolve_ids and self._operation.look_up is not None:
            nameless = [one for one in outcomes if one.status == "done" and one.id is None]
            self._nameless += nameless
            outcomes = [one for one in outcomes if one.status != "done" or one.id is not None]
        return self._counted(outcomes)

    def _counted(self, outcomes: list[Outcome]) -> list[Outcome]:
        if outcomes:
            self._counts.update(outcome.status for outcome in outcomes)
            if self._plan.on_progress is not None:
                self._plan.on_progress(self._progress())
        return outcomes

    def _progress(self) -> BulkProgress:
        return BulkProgress(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            batches=self._batches,
            requests=self._meter.requests,
            elapsed=time.monotonic() - self._began,
            total=self._total,
        )


def _noted(row: Row, entry: Entry) -> Outcome:
    """The outcome of a row that an earlier run has brought to its end."""
    error: AutoLeapError | None = None
    if entry.error is not None:
        name, words = entry.error
        kind: type[AutoLeapError] = getattr(errors, name, APIError)
        error = kind(words)
    return row.outcome("failed" if entry.status == "failed" else "done", entry.id, error)


def _iterate(records: object) -> AsyncIterator[object]:
    kind = type(records).__name__
    if isinstance(records, AsyncIterable):
        return aiter(cast("AsyncIterable[object]", records))
    # A string or a dict can be iterated, but hardly means its characters or its keys.
    if isinstance(records, Iterable) and not isinstance(records, str | bytes | Mapping):
        return _Steps(iter(cast("Iterable[object]", records)))
    raise ConfigurationError(
        f"records must be an iterable or async iterable of records, not {kind}"
    )


async def _close(records: AsyncIterator[object]) -> None:
    """Let a generator that was not read to its end clean up now, not some time later."""
    if isinstance(records, AsyncGenerator):
        with anyio.CancelScope(shield=True):
            await cast("AsyncGenerator[object]", records).aclose()


@define
class _Steps(AsyncIterator[object]):
    """A plain iterator in the clothes of an async one."""

    _steps: Iterator[object]

    async def __anext__(self) -> object:
        try:
            return next(self._steps)
        except StopIteration:
            raise StopAsyncIteration from None
