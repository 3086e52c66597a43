"""Settlement: find out about doubtful records, outside the concurrency of the bulk call.

Doubtful batches are set aside. A background task reads the list of the server from time to time and
lets `absence` decide about all of them together. A record that is found is done. A record that is
proven absent is sent again. A record that stays in doubt is reported as `unknown`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import anyio
from attrs import define, evolve, field

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from ..errors import AutoLeapError, OutcomeUnknownError
from .absence import LOOK_INTERVAL, decide, quiet_period
from .audit import Audit
from .baseline import LIST_REFUSALS
from .delivery import finish
from .evidence import Decision, Doubt, Memory
from .lookup import backoff, collect_evidence
from .options import ListChanged
from .policy import NextAction, choose_absent_action
from .results import Outcome
from .state import Batch, BulkContext
from .window import WIDENINGS

# Seconds from the end of a request to the first listing, if the call sends nothing more.
FIRST_LOOK = 1.0
# How much longer a record stays in doubt while the list cannot be read.
READ_PATIENCE = 5.0
# Seconds from the response to a canary to the next listing.
AFTER_WITNESS = 0.2


@define
class Settlement:
    """The doubtful batches of one bulk call.

    Args:
        context: State of the bulk call.
        list_changed: Lists the rows that were changed since a time.
        settle_within: Seconds after which a doubtful record is unknown.
        is_idle: Returns whether the call sends nothing now.
        resend: Sends a batch that is proven absent.
        report: Takes outcomes.
        audit: Checks the records that are sent again.
    """

    context: BulkContext
    list_changed: ListChanged
    settle_within: float
    is_idle: Callable[[], bool]
    resend: Callable[[Batch], object]
    report: Callable[[Sequence[Outcome]], object]
    audit: Audit
    batches: list[Batch] = field(factory=list[Batch], init=False)
    memory: Memory = field(factory=Memory, init=False)
    level: int = field(default=0, init=False)
    _next_look: float = field(default=math.inf, init=False)
    _last_look: float = field(default=-math.inf, init=False)
    _busy: bool = field(default=False, init=False)
    _failures: int = field(default=0, init=False)
    _changed: anyio.Event = field(factory=anyio.Event, init=False)

    async def add(self, batch: Batch) -> None:
        """Set a doubtful batch aside."""
        if self.settle_within == 0:
            reason = "settle_within is 0, so it was not looked for"
            await self._finish_unknown(batch, dict.fromkeys(batch.records_by_index, reason))
            return
        if batch.error is None:
            # From the journal: an earlier run may have sent some of its records again.
            rows = self.context.journal.load_rows(list(batch.records_by_index))
            due = {index for index, row in rows.items() if row.audit == "due"}
            first = min((rows[index].first_sent_at for index in due), default=math.inf)
            self.audit.watch(batch.select(due), first)
        self.batches.append(batch)
        self._next_look = min(self._next_look, batch.ended_at + self._quiet(batch))
        self.wake()

    def wake(self) -> None:
        """Reconsider when to look: a batch was added, or the call has become idle."""
        self._changed.set()

    async def run(self) -> None:
        """Settle all batches at low priority; runs until it is cancelled."""
        await run_low_priority(partial(count_requests, self.context.counter, self._run))

    async def _run(self) -> None:
        while True:
            await self._wait_until_due()
            self._busy = True
            try:
                await self._look()
                self._failures = 0
            except AutoLeapError as error:
                await self._handle_failure(error)
            finally:
                self._busy = False
            self.report([])

    async def _wait_until_due(self) -> None:
        while (delay := self._due() - self.context.now()) > 0:
            self._changed = anyio.Event()
            with anyio.move_on_after(delay):
                await self._changed.wait()

    def _due(self) -> float:
        if not self.batches:
            return math.inf
        acknowledged = self.context.last_acknowledged
        if not self.is_idle():
            # Without a new witness, another listing decides nothing.
            pause = LOOK_INTERVAL if acknowledged > self._last_look else 4 * LOOK_INTERVAL
            return max(self._next_look, self._last_look + pause)
        looks = [batch.ended_at + FIRST_LOOK for batch in self.batches if not batch.looked_at]
        if acknowledged > self._last_look:
            edge = min(batch.ended_at + self._quiet(batch) for batch in self.batches)
            looks.append(max(edge + self.memory.lag, acknowledged + AFTER_WITNESS))
        return min([self._next_look, *looks])

    async def _handle_failure(self, error: AutoLeapError) -> None:
        """Wait after a listing that failed; give up when the time to settle is over."""
        logger.warning("doubtful records could not be looked up: %s", error)
        patience = READ_PATIENCE * self.settle_within
        if isinstance(error, LIST_REFUSALS):
            patience = -math.inf
        else:
            self._failures += 1
            await backoff(min(self._failures, 6))
        now = self.context.now()
        for batch in list(self.batches):
            if now - batch.ended_at - self._quiet(batch) >= patience:
                self.batches.remove(batch)
                reason = f"the list of the server cannot be read ({error})"
                await self._finish_unknown(batch, dict.fromkeys(batch.records_by_index, reason))

    @property
    def is_done(self) -> bool:
        """Whether no record is in doubt."""
        return not self.batches and not self._busy

    async def _look(self) -> None:
        looked_at = list(self.batches)
        self._last_look = self.context.now()
        doubts = [doubt for batch in looked_at for doubt in self._list_doubts(batch)]
        evidence = await collect_evidence(
            self.context, self.list_changed, doubts, self.level, self.memory.rewritten
        )
        evidence = evolve(evidence, idle=self.is_idle(), settle_within=self.settle_within)
        decision = decide(evidence, self.memory)
        self.memory = decision.memory
        is_widened = decision.widen and self.level + 1 < len(WIDENINGS)
        self.level += is_widened
        self.batches = [batch for batch in self.batches if batch not in looked_at]
        edges = [batch.ended_at + self._quiet(batch) for batch in self.batches]
        looks = [decision.next_look] if decision.next_look is not None else []
        if is_widened:
            # At once: the wrong window says nothing about the lag of the list.
            looks = [self.context.now()]
        self._next_look = min([*looks, *edges], default=math.inf)
        for batch in looked_at:
            await self._apply(batch, decision)

    def _list_doubts(self, batch: Batch) -> list[Doubt]:
        edge = batch.ended_at + self._quiet(batch)
        return [
            Doubt(record.index, record.fingerprint, _since(batch), edge, batch.looked_at)
            for record in batch.records
        ]

    def _quiet(self, batch: Batch) -> float:
        """Return the seconds after its end in which the server may still work on a request."""
        return 0.0 if batch.refused else quiet_period(self.context.slowest_batch)

    async def _apply(self, batch: Batch, decision: Decision) -> None:
        records = batch.records_by_index
        found = {index: id_ for index, id_ in decision.found.items() if index in records}
        outcomes = [records[index].make_outcome("done", id_) for index, id_ in found.items()]
        await finish(self.context, outcomes)
        self.report(outcomes)
        unknown = {index: why for index, why in decision.unknown.items() if index in records}
        await self._finish_unknown(batch, unknown)
        absent = batch.select({index for index in decision.absent if index in records})
        canary = batch.select({decision.canary} if decision.canary in records else ())
        settled = {*found, *unknown, *absent.records_by_index, *canary.records_by_index}
        rest = batch.select(records.keys() - settled)
        if rest.records:
            self.batches.append(evolve(rest, looked_at=True))
        if canary.records:
            self.audit.watch(canary, _since(canary))
            await self._send_again(canary.count_attempt())
        if absent.records:
            await self._act_on_absence(absent)

    async def _act_on_absence(self, batch: Batch) -> None:
        """Send absent records again, or report them as failed after too many attempts."""
        await self.context.journal.record_absent(list(batch.records_by_index))
        self.audit.watch(batch, _since(batch))
        batch = batch.mark_absent()
        action = choose_absent_action(
            batch.error,
            single_record=len(batch.records) == 1,
            attempts=batch.attempts_of_its_own,
            others_succeed=self.context.last_acknowledged > _sent_at(batch),
        )
        if action is NextAction.GIVE_UP:
            await self._finish(batch.make_outcomes("failed", batch.error))
        elif action is NextAction.HALVE:
            for half in batch.halve():
                await self._send_again(half)
        else:
            await self._send_again(batch.count_attempt())

    async def _send_again(self, batch: Batch) -> None:
        # On disk first: after a crash, a later run must check what this request has stored.
        await self.context.journal.record_audit(list(batch.records_by_index), "due")
        self.resend(batch.prepare_resend())

    async def _finish(self, outcomes: Sequence[Outcome]) -> None:
        await finish(self.context, outcomes)
        self.report(outcomes)

    async def _finish_unknown(self, batch: Batch, reasons: Mapping[int, str]) -> None:
        records = batch.records_by_index
        outcomes: list[Outcome] = []
        for index, reason in reasons.items():
            cause = f" after: {batch.error}" if batch.error is not None else ""
            error = OutcomeUnknownError(
                f"it is not known whether it is stored: {reason}{cause}; look for it before you "
                "create it again"
            )
            outcomes.append(records[index].make_outcome("unknown", error=error))
        await self._finish(outcomes)


def _sent_at(batch: Batch) -> float:
    return batch.sent_at if batch.sent_at is not None else batch.ended_at


def _since(batch: Batch) -> float:
    return batch.doubtful_since if batch.doubtful_since is not None else _sent_at(batch)
