"""Delivery of a batch: from its request to an outcome for each record, or to a doubt.

The API has no idempotency keys, and the contract does not say that a batch is atomic. A create that
is sent twice can therefore be stored twice. After a refusal or a lost response, `settlement` looks
for the records on the server. An update or archive can be sent twice without harm.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from attrs import define, evolve, field

from .._instrumentation import count_requests, run_before_sending
from .._ratelimit.priority import run_low_priority
from ..errors import AuthenticationError, AutoLeapError, RejectedError
from .acknowledgement import read_acknowledgement
from .baseline import ensure_baseline
from .lookup import backoff
from .policy import (
    MAX_ATTEMPTS,
    MAX_ATTEMPTS_OF_POISON,
    BatchResult,
    NextAction,
    choose_next_action,
    classify_error,
    is_complete_refusal,
)
from .results import Outcome
from .state import Batch, BulkContext


@define
class Delivery:
    """Sends one batch, and the parts into which a refused batch is split.

    Attributes:
        context: State of the bulk call.
        queue: Batches to send; the first is next.
        outcomes: Outcomes of the records that need no more requests.
        doubtful: Batches whose records may be stored.
    """

    context: BulkContext
    queue: list[Batch]
    outcomes: list[Outcome] = field(factory=list[Outcome], init=False)
    doubtful: list[Batch] = field(factory=list[Batch], init=False)

    async def run(self) -> None:
        """Send the queue at low priority until every record has an outcome or is doubtful."""
        await run_low_priority(partial(count_requests, self.context.counter, self._run))

    async def _run(self) -> None:
        while self.queue:
            batch = self.queue.pop(0)
            if batch.attempts and not batch.resent:
                await backoff(batch.attempts)
            if len(batch.records) > self.context.batch_size:
                self.queue[:0] = batch.split(self.context.batch_size)
            else:
                await self._send(batch)

    async def _send(self, batch: Batch) -> None:
        """Send a batch and act on the response."""
        context = self.context
        if context.fatal_error is not None:
            self.outcomes += batch.make_outcomes("failed", context.fatal_error)
            return
        if context.operation.list_changed is not None:
            baseline = partial(ensure_baseline, context, context.operation.list_changed)
            error = await _capture_error(baseline)
            if error is not None:
                if batch.attempts + 1 >= MAX_ATTEMPTS:
                    # A list that cannot be read for one batch cannot be read for the others.
                    context.mark_fatal(error)
                fatal = classify_error(error) is BatchResult.FATAL
                result = BatchResult.FATAL if fatal else BatchResult.NOT_SENT
                await self._act(batch.record_error(error), result)
                return
        await self._send_records(batch)

    async def _send_records(self, batch: Batch) -> None:
        context = self.context
        sent_at = context.now()

        async def record_sending() -> None:
            # Only now has the attempt its slot: a process that still waits has sent nothing.
            nonlocal sent_at
            sent_at = context.now()
            records = [(item.index, item.fingerprint, item.content) for item in batch.records]
            await context.journal.record_sending(records, sent_at, context.sent_field_paths)

        failures: dict[int, str] = {}

        async def send() -> None:
            payloads = [record.payload for record in batch.records]
            response = await context.operation.send(payloads)
            acknowledgement = read_acknowledgement(response, len(payloads))
            failures.update(acknowledgement.failures)
            if not acknowledgement.is_success:
                raise RejectedError(f"not acknowledged: {acknowledgement.reason}")

        error = await _capture_error(partial(run_before_sending, record_sending, send))
        ended_at = context.now()
        context.count_finished_batch()
        result = classify_error(error)
        if result is BatchResult.DONE:
            context.record_acknowledgement(sent_at, ended_at)
            batch = await self._finish_failures(batch, failures)
        refused = is_complete_refusal(result)
        await self._act(
            batch.record_error(error).set_aside(sent_at, ended_at, refused=refused), result
        )

    async def _finish_failures(self, batch: Batch, failures: Mapping[int, str]) -> Batch:
        """Report the records that the server has refused one by one, and return the others."""
        refused = {batch.records[position].index: text for position, text in failures.items()}
        by_index = batch.records_by_index
        await self._finish(
            [
                by_index[index].make_outcome("failed", error=RejectedError(text))
                for index, text in refused.items()
            ]
        )
        return batch.select(by_index.keys() - refused.keys())

    async def _act(self, batch: Batch, result: BatchResult) -> None:
        if result is BatchResult.TOO_LARGE:
            self.context.shrink_batch_size(len(batch.records))
        if result is BatchResult.FORBIDDEN and self._may_do_nothing():
            self.context.mark_fatal(batch.error)
            result = BatchResult.FATAL
        single = len(batch.records) == 1
        if result is BatchResult.FORBIDDEN and single:
            action = self._choose_forbidden_action(batch)
            batch = evolve(batch, forbidden_at=batch.forbidden_at or batch.sent_at)
        else:
            action = choose_next_action(
                result,
                creates=self.context.operation.creates,
                single_record=single,
                retries_left=batch.attempts + 1 < MAX_ATTEMPTS,
            )
        await self._apply(action, batch)

    def _may_do_nothing(self) -> bool:
        """Return whether the client may neither read nor write, so that no record was stored."""
        return self.context.list_forbidden and self.context.last_acknowledged == -math.inf

    def _choose_forbidden_action(self, batch: Batch) -> NextAction:
        """Choose what to do with a record that is refused without a reason."""
        if self._is_refusal_final(batch):
            return NextAction.FAIL
        return NextAction.LOOK_UP if self.context.operation.creates else NextAction.RESEND

    async def _apply(self, action: NextAction, batch: Batch) -> None:
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
                self.doubtful.append(batch)
            case NextAction.RESEND:
                # An update stays in front, because a batch behind it may change the same rows.
                self.queue.insert(0, evolve(batch, attempts=batch.attempts + 1))
            case NextAction.GIVE_UP:
                await self._give_up(batch)

    def _is_refusal_final(self, batch: Batch) -> bool:
        """Check whether a record that is refused without a reason has failed.

        If the server accepted nothing since the first refusal, it will refuse every batch.
        """
        if batch.forbidden_at is None:
            return False
        if self.context.last_acknowledged < batch.forbidden_at:
            self.context.mark_fatal(batch.error)
            return True
        return batch.attempts + 1 >= MAX_ATTEMPTS_OF_POISON

    async def _give_up(self, batch: Batch) -> None:
        """Report records as failed that are not stored, and let a later run send them again."""
        fatal = classify_error(batch.error) is BatchResult.FATAL
        if fatal or isinstance(batch.error, AuthenticationError):
            self.context.mark_fatal(batch.error)
        if not batch.resent:
            await self.context.journal.delete_rows([record.index for record in batch.records])
        self.outcomes += batch.make_outcomes("failed", batch.error)

    async def _finish(self, outcomes: Sequence[Outcome]) -> None:
        """Write outcomes to the journal, then report them."""
        await finish(self.context, outcomes)
        self.outcomes += outcomes


async def finish(context: BulkContext, outcomes: Sequence[Outcome]) -> None:
    """Write outcomes to the journal, and tell other calls which records are stored."""
    now = context.now()
    await context.journal.record_outcomes(outcomes, now)
    if context.operation.creates:
        stored = [outcome.index for outcome in outcomes if outcome.status == "done"]
        context.record_stored(context.journal.load_rows(stored).values())


async def _capture_error(work: Callable[[], Awaitable[object]]) -> AutoLeapError | None:
    """Return the error that the work raises, or None."""
    try:
        await work()
    except AutoLeapError as error:
        # The traceback of the error keeps every record of the batch in memory. A copy has none.
        return copy.copy(error)
    return None
