"""Audit: check that no record that was sent again is stored twice.

A server can store a request long after the listing that proved its absence. The outcomes of records
that were sent again are therefore held back until all others are finished. Then one listing must
show as many rows as records.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import anyio
from attrs import define, field, frozen

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from ..errors import AutoLeapError, OutcomeUnknownError
from .delivery import finish
from .evidence import Doubt, Evidence, Memory
from .lookup import collect_evidence
from .options import ListChanged
from .results import Outcome
from .state import Batch, BulkContext, PreparedRecord
from .window import WIDENINGS

# Seconds from the last repeated request to the listing that checks that nothing is stored twice.
AUDIT_DELAY = 5.0
# Seconds between two listings.
AUDIT_INTERVAL = 4.0
# Lag in seconds to expect if no listing has shown a witness.
UNKNOWN_LAG = 30.0
# Seconds after which records that were sent again are unknown, if no listing shows them.
AUDIT_PATIENCE = 90.0

NOT_SHOWN = "it was sent twice, and the list of the server does not show how often it is stored"


@frozen
class RowCount:
    """How often a record is stored.

    Attributes:
        owners: Number of stored records with its content.
        ids: Ids of the rows with its content.
    """

    owners: int
    ids: Sequence[str]

    @property
    def is_shown(self) -> bool:
        """Whether the listing shows a row for each record."""
        return len(self.ids) >= self.owners

    @property
    def is_doubled(self) -> bool:
        """Whether there are more rows than records."""
        return len(self.ids) > self.owners


@define
class Audit:
    """The records of one bulk call that were sent again.

    Args:
        context: State of the bulk call.
        list_changed: Lists the rows that were changed since a time.
        report: Takes the outcomes that were checked.
    """

    context: BulkContext
    list_changed: ListChanged
    report: Callable[[Sequence[Outcome]], object]
    _first_doubt: float = field(default=math.inf, init=False)
    _resent: dict[int, PreparedRecord] = field(factory=dict[int, PreparedRecord], init=False)
    _held: dict[int, Outcome] = field(factory=dict[int, Outcome], init=False)

    def watch(self, batch: Batch, sent_at: float) -> None:
        """Remember that the records of a batch were sent first at this time, and again later."""
        if batch.records:
            self._first_doubt = min(self._first_doubt, sent_at)
            self._resent.update(batch.records_by_index)

    def hold(self, record: PreparedRecord, sent_at: float) -> None:
        """Hold back a stored record that an earlier run has sent twice."""
        self._resent[record.index] = record
        self._first_doubt = min(self._first_doubt, sent_at)
        self._held[record.index] = record.make_outcome("done")

    def hold_back(self, outcomes: Sequence[Outcome]) -> list[Outcome]:
        """Keep the outcomes of records that were sent again until the audit; return the others.

        Such a record can have a second row that the list does not show yet.
        """
        rest: list[Outcome] = []
        for outcome in outcomes:
            if outcome.index in self._resent and outcome.status == "done":
                self._held[outcome.index] = outcome
            else:
                rest.append(outcome)
        return rest

    async def run(self, memory: Memory, level: int) -> None:
        """Check the records, and report them; at low priority.

        Args:
            memory: What the listings of the settlement have shown.
            level: Number of times that their window was widened.
        """
        if self._held:
            check = partial(self._run, memory, level)
            await run_low_priority(partial(count_requests, self.context.counter, check))

    async def _run(self, memory: Memory, level: int) -> None:
        counts = await self._count_patiently(memory, level)
        held, self._held = self._held, {}
        problems = {index: self._describe(counts.get(index)) for index in held}
        unknown = {index: text for index, text in problems.items() if text is not None}
        for index, text in unknown.items():
            error = OutcomeUnknownError(text)
            held[index] = self._resent[index].make_outcome("unknown", error=error)
        await finish(self.context, [held[index] for index in unknown])
        await self.context.journal.record_audit(list(held), "none")
        doubled = [index for index, count in counts.items() if count.is_doubled]
        await self.context.journal.record_audit(doubled, "doubled")
        self.report(list(held.values()))

    async def _count_patiently(self, memory: Memory, level: int) -> Mapping[int, RowCount]:
        """Count rows until a listing shows as many rows as records.

        Until then the list lags, its window is wrong, or another call creates an equal record.
        """
        started_at = self.context.now()
        await anyio.sleep(max(AUDIT_DELAY, memory.lag if memory.seen else UNKNOWN_LAG))
        while True:
            counts = await self._count_once(memory, level)
            if self._is_certain(counts) or self.context.now() - started_at >= AUDIT_PATIENCE:
                return counts
            level = min(level + 1, len(WIDENINGS) - 1)
            await anyio.sleep(AUDIT_INTERVAL)

    def _is_certain(self, counts: Mapping[int, RowCount]) -> bool:
        """Return whether the listing shows all rows, and none can be that of another call."""
        return bool(counts) and all(
            count.is_shown and not (count.is_doubled and self._is_in_flight_elsewhere(index))
            for index, count in counts.items()
        )

    def _is_in_flight_elsewhere(self, index: int) -> bool:
        # The claims of this call are released before its audit.
        return self.context.claims.is_claimed(self._resent[index].fingerprint.digest)

    async def _count_once(self, memory: Memory, level: int) -> Mapping[int, RowCount]:
        try:
            return await self._count_rows(memory, level)
        except AutoLeapError as error:
            logger.warning("records that were sent again could not be checked: %s", error)
            return {}

    @staticmethod
    def _describe(count: RowCount | None) -> str | None:
        """Return what is wrong with a record, or None."""
        if count is None or not count.is_shown:
            return NOT_SHOWN
        if count.is_doubled:
            return f"the server stored it more than once: rows {', '.join(count.ids)}"
        return None

    async def _count_rows(self, memory: Memory, level: int) -> Mapping[int, RowCount]:
        start = self._first_doubt
        held = [self._resent[index] for index in self._held]
        doubts = [Doubt(-1, record.fingerprint, start, start) for record in held]
        evidence = await collect_evidence(
            self.context, self.list_changed, doubts, level, memory.rewritten
        )
        if evidence.reach > start:
            # The window begins too late, so that it can hide rows.
            return {}
        return count_rows(evidence, held, memory)


def count_rows(
    evidence: Evidence, records: Sequence[PreparedRecord], memory: Memory
) -> dict[int, RowCount]:
    """Return how often each record is stored, by index."""
    owners = Counter(
        record.fingerprint.project(memory.rewritten) for record in evidence.acknowledged
    )
    ids: dict[str, list[str]] = {}
    for row in evidence.rows:
        ids.setdefault(row.fingerprint.project(memory.rewritten), []).append(row.id)
    projections = {record.index: record.fingerprint.project(memory.rewritten) for record in records}
    return {
        index: RowCount(max(1, owners[projection]), ids.get(projection, []))
        for index, projection in projections.items()
    }
