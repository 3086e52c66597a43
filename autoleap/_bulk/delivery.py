"""One batch, from the intention to send it to the fate of each of its records.

The API knows no idempotency key and promises nothing about half-done batches. So a create is never
sent again on a guess: after a refusal or a lost answer the server is read first, and only what is
clearly absent is sent again. Updates and archives say the same thing twice without harm.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import anyio
from attrs import define, evolve, field

from .._instrumentation import count_requests
from .._ratelimit.priority import run_low_priority
from ..errors import AuthenticationError, AutoLeapError, OutcomeUnknownError
from .journal import RowResult
from .lookup import MAX_TRIES, backoff, reconcile_uncertain
from .matching import MatchResult
from .options import FindCreated
from .policy import BatchResult, NextAction, classify_error, next_action
from .results import Outcome, Status
from .state import Batch, BulkContext, PreparedRecord, for_resend, halve, split

# A request whose answer is lost may still be worked on: look twice, this many seconds apart.
LOOKUP_DELAY = 1.0


async def process_batches(context: BulkContext, batches: Sequence[Batch]) -> list[Outcome]:
    """Bring every row of some parts to its fate, behind whatever is more urgent."""
    delivery = _BatchProcessor(context, list(batches))
    return await run_low_priority(partial(count_requests, context.counter, delivery.run))


@define
class _BatchProcessor:
    context: BulkContext
    waiting: list[Batch]
    outcomes: list[Outcome] = field(factory=list[Outcome], init=False)

    async def run(self) -> list[Outcome]:
        while self.waiting:
            batch = self.waiting.pop(0)
            if batch.attempts:
                await backoff(batch.attempts)
            if batch.sent_at is not None and self.context.operation.find_created is not None:
                await self._look_up(batch, batch.sent_at, self.context.operation.find_created)
            elif len(batch.records) > self.context.batch_size:
                self.waiting[:0] = split(batch, self.context.batch_size)
            else:
                await self._send(batch)
        return self.outcomes

    async def _send(self, batch: Batch) -> None:
        context = self.context
        if context.fatal_error is not None:
            self._add_outcomes(batch.records, "failed", context.fatal_error)
            return
        try:
            sent = await context.server_time_before_send()
        except AutoLeapError as unreachable:
            hopeless = classify_error(unreachable) is BatchResult.FATAL
            result = BatchResult.FATAL if hopeless else BatchResult.NOT_SENT
            await self._apply(evolve(batch, error=unreachable), result)
            return
        fingerprints = {row.index: row.fingerprint for row in batch.records}
        await context.journal.record_sending(
            fingerprints, sent.timestamp(), context.sent_field_paths
        )
        error = await _capture_error(
            partial(context.operation.send, [row.payload for row in batch.records])
        )
        context.batches_finished += 1
        await self._apply(
            evolve(batch, error=error, sent_at=sent, lookups=0), classify_error(error)
        )

    async def _apply(self, batch: Batch, result: BatchResult) -> None:
        """Do what the answer to a sending calls for."""
        if result is BatchResult.TOO_LARGE:
            self.context.batch_size = max(1, min(self.context.batch_size, len(batch.records) // 2))
        creates = self.context.operation.find_created is not None
        retries_left = batch.attempts + 1 < MAX_TRIES
        match next_action(
            result, creates=creates, single_row=len(batch.records) == 1, retries_left=retries_left
        ):
            case NextAction.DONE:
                await self._finish(batch.records, "done")
            case NextAction.FAIL:
                await self._finish(batch.records, "failed", batch.error)
            case NextAction.MARK_UNKNOWN:
                await self._finish(batch.records, "unknown", batch.error)
            case NextAction.HALVE:
                self.waiting[:0] = halve(batch)
            case NextAction.LOOK_UP:
                self.waiting.insert(0, batch)
            case NextAction.RESEND:
                # First of all: what follows may change the same records again.
                self.waiting.insert(0, for_resend(batch))
            case NextAction.GIVE_UP:
                if result is BatchResult.FATAL or isinstance(batch.error, AuthenticationError):
                    self.context.fatal_error = batch.error
                await self._fail(batch)

    async def _look_up(self, batch: Batch, since: datetime, find_created: FindCreated) -> None:
        """Read what became of rows in doubt."""
        try:
            fingerprints = {row.index: row.fingerprint for row in batch.records}
            found = await reconcile_uncertain(self.context, fingerprints, since, find_created)
        except AutoLeapError as error:
            if batch.attempts + 1 < MAX_TRIES:
                self.waiting.append(evolve(batch, attempts=batch.attempts + 1))
            else:
                await self._finish(batch.records, "unknown", batch.error or error)
            return
        by_index = {row.index: row for row in batch.records}
        await self._finish_found(by_index, found)
        absent = [by_index[index] for index in found.absent]
        if absent:
            await self._handle_absent(evolve(batch, records=absent, lookups=batch.lookups + 1))

    async def _finish_found(self, rows: dict[int, PreparedRecord], found: MatchResult) -> None:
        results: list[RowResult] = []
        self.outcomes += [rows[i].make_outcome("done", id_) for i, id_ in found.found.items()]
        for index, id_ in found.similar.items():
            error = OutcomeUnknownError(
                f"its answer was lost, and {id_} there is like it but not equal: look at both"
            )
            results.append(RowResult(index, "unknown", None, (type(error).__name__, str(error))))
            self.outcomes.append(rows[index].make_outcome("unknown", None, error))
        await self.context.journal.record_results(results, self._server_timestamp())

    async def _handle_absent(self, batch: Batch) -> None:
        """Send again what is clearly not there."""
        result = classify_error(batch.error)
        refused = result in {BatchResult.REFUSED, BatchResult.TOO_LARGE}
        if refused or (result is BatchResult.REJECTED and len(batch.records) > 1):
            self.waiting[:0] = halve(batch)
        elif (
            result is not BatchResult.NOT_SENT
            and batch.lookups < 2
            and _may_still_be_processing(batch.error)
        ):
            await anyio.sleep(LOOKUP_DELAY)
            self.waiting.insert(0, batch)
        elif batch.error is None:
            self.waiting.append(Batch(batch.records))
        elif batch.attempts + 1 < MAX_TRIES:
            self.waiting.append(for_resend(batch))
        else:
            await self._fail(batch)

    async def _fail(self, batch: Batch) -> None:
        """Tell that rows failed that are surely not done; a later run may try them again."""
        await self.context.journal.delete([row.index for row in batch.records])
        self._add_outcomes(batch.records, "failed", batch.error)

    async def _finish(
        self, rows: Sequence[PreparedRecord], status: Status, error: AutoLeapError | None = None
    ) -> None:
        spelled = (type(error).__name__, str(error)) if error is not None else None
        results = [RowResult(row.index, status, self._id_of(row), spelled) for row in rows]
        await self.context.journal.record_results(results, self._server_timestamp())
        self._add_outcomes(rows, status, error)

    def _add_outcomes(
        self, rows: Sequence[PreparedRecord], status: Status, error: AutoLeapError | None = None
    ) -> None:
        self.outcomes += [row.make_outcome(status, self._id_of(row), error) for row in rows]

    def _id_of(self, row: PreparedRecord) -> str | None:
        key = self.context.operation.id_field
        return str(row.payload[key]) if key else None

    def _server_timestamp(self) -> float:
        return self.context.server_now().timestamp()


async def _capture_error(work: Callable[[], Awaitable[object]]) -> AutoLeapError | None:
    try:
        await work()
    except AutoLeapError as error:
        # A copy has no frames, which would keep every record of the batch alive.
        return copy.copy(error)
    return None


def _may_still_be_processing(error: AutoLeapError | None) -> bool:
    """Whether the server may still be busy with a request: it never said that it had ended."""
    return error is None or isinstance(error, OutcomeUnknownError)
