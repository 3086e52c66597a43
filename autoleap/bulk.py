"""Bulk writes: records in, one outcome for each record out, in bounded memory.

Records are checked one by one, cut into batches, and sent a few batches at a time. A batch is a
task of its own, so the reader of the outcomes is never inside anybody's scope.
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
    Sized,
)
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias, cast

from attrs import define, frozen

from .bulk_plan import BulkOptions, CreateOptions, Json, Operation, Plan
from .checking import checked
from .errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    ConfigurationError,
    PermissionDeniedError,
    RecordError,
    RejectedError,
    ServerError,
)
from .outcomes import BulkProgress, BulkReport, Outcome, Status
from .tasks import Task, end_all, first_ended, spawn
from .telemetry import Meter, logger, metered

Records: TypeAlias = Iterable[object] | AsyncIterable[object]

# Ids are read back for so many batches together: one listing serves them all.
BATCHES_PER_LOOK_UP = 10


@frozen
class _Row:
    """A record that keeps the contract, ready to be sent."""

    index: int
    record: object
    plain: Json

    def outcome(self, error: AutoLeapError | None, status: Status, id: str | None) -> Outcome:
        return Outcome(index=self.index, record=self.record, status=status, id=id, error=error)


@define
class _Part:
    """Rows that shared one request, and what came of it."""

    rows: list[_Row]
    sent_at: datetime
    error: AutoLeapError | None = None


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
        self._look_up = operation.look_up if self._plan.resolve_ids else None
        self._total = len(records) if isinstance(records, Sized) else None
        self._records = _iterate(records)
        self._read = 0
        self._running: list[Task[list[_Part]]] = []
        self._nameless: list[_Part] = []
        self._counts: Counter[Status] = Counter()
        self._batches = 0
        self._meter, self._began = Meter(), time.monotonic()
        self._hopeless: AutoLeapError | None = None

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
        try:
            more = True
            while more:
                rows, refused, more = await self._next_batch()
                for outcome in self._counted(refused):
                    yield outcome
                if rows and len(self._running) >= self._plan.concurrency:
                    for outcome in await self._answered():
                        yield outcome
                if rows:
                    self._running.append(spawn(partial(self._carry, rows)))
            while self._running:
                for outcome in await self._answered():
                    yield outcome
            for outcome in self._counted(await self._named()):
                yield outcome
        finally:
            await end_all(self._running)

    async def _next_batch(self) -> tuple[list[_Row], list[Outcome], bool]:
        """Read up to a batch of good records, with the bad ones met on the way."""
        rows: list[_Row] = []
        refused: list[Outcome] = []
        async for record in self._records:
            index, self._read = self._read, self._read + 1
            try:
                rows.append(_Row(index, record, self._checked(record, index)))
            except RecordError as error:
                refused.append(Outcome(index=index, record=record, status="failed", error=error))
            if max(len(rows), len(refused)) == self._plan.batch_size:
                return rows, refused, True
        return rows, refused, False

    def _checked(self, record: object, index: int) -> Json:
        operation = self._operation
        if operation.bare:
            record = {operation.id_field: record}
        return checked(record, operation.schema, index=index, extra=operation.fill)

    async def _carry(self, rows: list[_Row]) -> list[_Part]:
        """Send a batch. One that is refused and safe to repeat is halved down to its bad rows."""
        parts: list[_Part] = []
        waiting = [rows]
        while waiting:
            part = await self._sent(waiting.pop())
            if self._may_halve(part):
                middle = len(part.rows) // 2
                waiting += [part.rows[middle:], part.rows[:middle]]
            else:
                parts.append(part)
        return parts

    async def _sent(self, rows: list[_Row]) -> _Part:
        part = _Part(rows, self._operation.server_time(), self._hopeless)
        if self._hopeless is not None:
            return part
        self._batches += 1
        send = partial(self._operation.send, [row.plain for row in rows])
        try:
            await metered(self._meter, send)
        except AutoLeapError as error:
            part.error = error
            if isinstance(error, AuthenticationError | PermissionDeniedError):
                # The next batches would hear the same: spare the server and the lock-out.
                self._hopeless = error
        return part

    def _may_halve(self, part: _Part) -> bool:
        refused = isinstance(part.error, BadRequestError | RejectedError)
        return refused and len(part.rows) > 1 and self._operation.id_field is not None

    async def _answered(self) -> list[Outcome]:
        """Wait for a batch to be answered, and give the outcomes that are ready to be told."""
        task = await first_ended(self._running)
        self._running.remove(task)
        ready: list[Outcome] = []
        for part in task.result():
            if self._look_up is not None and part.error is None:
                self._nameless.append(part)
            else:
                ready += self._outcomes_of(part, {})
        if len(self._nameless) >= BATCHES_PER_LOOK_UP:
            ready += await self._named()
        return self._counted(ready)

    async def _named(self) -> list[Outcome]:
        """Read back the ids of what was created. Without them, it is created all the same."""
        if self._look_up is None or not self._nameless:
            return []
        sent = {row.index: row.plain for part in self._nameless for row in part.rows}
        since = min(part.sent_at for part in self._nameless)
        try:
            ids = await metered(self._meter, partial(self._look_up, sent, since))
        except AutoLeapError as error:
            logger.warning("ids could not be read back: %s", error)
            ids = {}
        parts, self._nameless = self._nameless, []
        return [outcome for part in parts for outcome in self._outcomes_of(part, ids)]

    def _outcomes_of(self, part: _Part, ids: Mapping[int, str]) -> list[Outcome]:
        status = _status_of(part.error, alone=len(part.rows) == 1)
        key = self._operation.id_field
        return [
            row.outcome(part.error, status, row.plain[key] if key else ids.get(row.index))
            for row in part.rows
        ]

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


def _status_of(error: AutoLeapError | None, *, alone: bool) -> Status:
    """What an error says of the rows that shared its request.

    The contract promises no atomicity, so a refusal clears a record of having been done only when
    it was alone in its request.
    """
    if error is None:
        return "done"
    if isinstance(error, BadRequestError | RejectedError):
        return "failed" if alone else "unknown"
    surely_not = isinstance(error, APIError | APIConnectionError | ConfigurationError)
    return "failed" if surely_not and not isinstance(error, ServerError) else "unknown"


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


@define
class _Steps(AsyncIterator[object]):
    """A plain iterator in the clothes of an async one."""

    _steps: Iterator[object]

    async def __anext__(self) -> object:
        try:
            return next(self._steps)
        except StopIteration:
            raise StopAsyncIteration from None
