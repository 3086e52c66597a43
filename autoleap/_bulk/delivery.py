"""Delivery of batches: from sending a batch to an outcome for each of its records.

The API has no idempotency keys, and the contract does not say that a batch is atomic. A create that
is sent twice can therefore be stored twice. After a refusal or a lost response, the records are
looked up on the server, and only absent records are sent again. An update or archive can be sent
twice without harm, so it needs no lookup.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

import anyio
from attrs import define, evolve, field

from .._instrumentation import count_requests
from .._ratelimit.priority import run_low_priority
from ..errors import AuthenticationError, AutoLeapError, OutcomeUnknownError, RejectedError
from .acknowledgement import read_acknowledgement
from .lookup import backoff, ensure_server_time, find_records
from .matching import MatchResult
from .options import FindCreated
from .policy import (
    MAX_ATTEMPTS,
    BatchResult,
    NextAction,
    choose_absent_action,
    choose_next_action,
    classify_error,
)
from .results import Outcome
from .state import Batch, BulkContext

# Seconds between two lookups, in which the server can finish a request and its list can catch up.
# Nothing is known of the time that AutoLeap needs.
LOOKUP_DELAY = 10.0


async def process_batches(context: BulkContext, batches: Sequence[Batch]) -> list[Outcome]:
    """Process batches at low priority until every record has an outcome."""
    processor = _BatchProcessor(context, list(batches))
    return await run_low_priority(partial(count_requests, context.counter, processor.run))


@define
class _BatchProcessor:
    """Processes batches one after the other.

    Attributes:
        context: State of the bulk call.
        queue: Batches to send or to look up; the first is next.
        outcomes: Outcomes of the records that need no more requests.
    """

    context: BulkContext
    queue: list[Batch]
    outcomes: list[Outcome] = field(factory=list[Outcome], init=False)

    async def run(self) -> list[Outcome]:
        """Process the queue until it is empty, and return the outcomes."""
        find_created = self.context.operation.find_created
        while self.queue:
            batch = self.queue.pop(0)
            if batch.attempts:
                await backoff(batch.attempts)
            if batch.sent_at is not None and find_created is not None:
                await self._look_up(batch, batch.sent_at, find_created)
            elif len(batch.records) > self.context.batch_size:
                self.queue[:0] = batch.split(self.context.batch_size)
            else:
                await self._send(batch)
        return self.outcomes

    async def _send(self, batch: Batch) -> None:
        """Send a batch and act on the response."""
        context = self.context
        if context.fatal_error is not None:
            self.outcomes += batch.make_outcomes("failed", context.fatal_error)
            return
        try:
            sent_at = await ensure_server_time(context)
        except AutoLeapError as clock_error:
            fatal = classify_error(clock_error) is BatchResult.FATAL
            result = BatchResult.FATAL if fatal else BatchResult.NOT_SENT
            await self._act_on_response(batch.record_error(clock_error), result)
            return
        await context.journal.record_sending(
            batch.fingerprints, sent_at.timestamp(), context.sent_field_paths
        )
        failures, error = await self._send_payloads(batch)
        context.count_finished_batch()
        if failures:
            batch = await self._finish_failures(batch, failures)
        await self._act_on_response(batch.record_error(error, sent_at), classify_error(error))

    async def _send_payloads(self, batch: Batch) -> tuple[Mapping[int, str], AutoLeapError | None]:
        """Return the failures of single records by position, and the error of the whole batch."""
        payloads = [record.payload for record in batch.records]
        try:
            response = await self.context.operation.send(payloads)
        except AutoLeapError as error:
            # The traceback of the error keeps every record of the batch in memory. A copy has none.
            return {}, copy.copy(error)
        acknowledgement = read_acknowledgement(response, len(payloads))
        if acknowledgement.is_success:
            return acknowledgement.failures, None
        return {}, RejectedError(f"not acknowledged: {acknowledgement.reason}")

    async def _finish_failures(self, batch: Batch, failures: Mapping[int, str]) -> Batch:
        """Report the records that the server has refused one by one, and return the others."""
        await self._finish(
            [
                batch.records[position].make_outcome("failed", error=RejectedError(text))
                for position, text in failures.items()
            ]
        )
        rest = [record for place, record in enumerate(batch.records) if place not in failures]
        return evolve(batch, records=rest)

    async def _act_on_response(self, batch: Batch, result: BatchResult) -> None:
        if result is BatchResult.TOO_LARGE:
            self.context.shrink_batch_size(len(batch.records))
        action = choose_next_action(
            result,
            creates=self.context.operation.creates,
            single_record=len(batch.records) == 1,
            retries_left=_has_retries_left(batch),
        )
        await self._act(batch, action)

    async def _look_up(self, batch: Batch, sent_at: datetime, find_created: FindCreated) -> None:
        """Look up the records of a batch whose result is uncertain, and act on what is found."""
        try:
            result = await find_records(self.context, batch.fingerprints, sent_at, find_created)
        except AutoLeapError as error:
            if _has_retries_left(batch):
                self.queue.append(batch.count_attempt())
            else:
                await self._finish(batch.make_outcomes("unknown", batch.error or error))
            return
        await self._finish_found(batch, result)
        if result.absent:
            await self._act_on_absence(batch.mark_absent(result.absent))

    async def _finish_found(self, batch: Batch, result: MatchResult) -> None:
        """Add the outcomes of records that have an equal or a similar row."""
        records = batch.records_by_index
        self.outcomes += [records[i].make_outcome("done", id_) for i, id_ in result.ids.items()]
        similar: list[Outcome] = []
        for index, id_ in result.similar_ids.items():
            error = OutcomeUnknownError(
                f"the result of the create is not known: {id_} on the server is similar but not "
                "equal; compare both before you create the record again"
            )
            similar.append(records[index].make_outcome("unknown", error=error))
        await self._finish(similar)

    async def _act_on_absence(self, batch: Batch) -> None:
        action = choose_absent_action(
            batch.error,
            single_record=len(batch.records) == 1,
            lookups=batch.lookups,
            retries_left=_has_retries_left(batch),
        )
        await self._act(batch, action)

    async def _act(self, batch: Batch, action: NextAction) -> None:
        match action:
            case NextAction.DONE:
                await self._finish(batch.make_outcomes("done"))
            case NextAction.FAIL:
                await self._finish(batch.make_outcomes("failed", batch.error))
            case NextAction.MARK_UNKNOWN:
                await self._finish(batch.make_outcomes("unknown", batch.error))
            case NextAction.HALVE:
                self.queue[:0] = batch.halve()
            case NextAction.LOOK_UP:
                if batch.lookups:
                    await anyio.sleep(LOOKUP_DELAY)
                self.queue.insert(0, batch)
            case NextAction.RESEND:
                # An update stays in front, because a batch behind it may change the same rows.
                position = len(self.queue) if batch.lookups else 0
                self.queue.insert(position, batch.prepare_resend())
            case NextAction.GIVE_UP:
                await self._give_up(batch)

    async def _give_up(self, batch: Batch) -> None:
        """Report records as failed that are not stored, and let a later run send them again."""
        fatal = classify_error(batch.error) is BatchResult.FATAL
        if fatal or isinstance(batch.error, AuthenticationError):
            self.context.mark_fatal(batch.error)
        await self.context.journal.delete_rows([record.index for record in batch.records])
        self.outcomes += batch.make_outcomes("failed", batch.error)

    async def _finish(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes to the journal, then report them."""
        completed_at = self.context.server_time.timestamp()
        await self.context.journal.record_outcomes(outcomes, completed_at)
        self.outcomes += outcomes


def _has_retries_left(batch: Batch) -> bool:
    return batch.attempts + 1 < MAX_ATTEMPTS
