"""Pure: find the reasons why a record is not proven absent."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from attrs import evolve, frozen

from .assignment import Assignment
from .evidence import Acknowledged, Doubt, Evidence, Memory, NewRow, list_witnesses
from .matching import Digest, Fingerprint
from .resemblance import MIN_REWRITTEN

# A missing witness is excused after so many seconds, if so few are missing and so many are visible.
EXCUSE_AGE = 20.0
EXCUSE_SHARE = 0.02
EXCUSE_MIN_VISIBLE = 20
# Records that must be known before a value that only one of them has counts as unique.
MIN_KNOWN_FOR_UNIQUE = 20
WRONG_WINDOW = "the list of the server may begin after its request"
MISSING_WITNESS = "the list of the server lacks rows that it has acknowledged"
NO_LATER_WITNESS = "no record that was sent later is in the list of the server"
LAGGING_LIST = "the list of the server lags behind its writes"
MIXED_GROUP = "some of the records that differ from it only in rewritten fields are stored"


@frozen
class Witnesses:
    """The witnesses of a listing.

    Attributes:
        all: All witnesses.
        visible: Witnesses whose row is in the listing.
        missing: Witnesses whose row is not, without those that are excused.
        rows: Their rows, by index.
    """

    all: Sequence[Acknowledged]
    visible: Sequence[Acknowledged]
    missing: Sequence[Acknowledged]
    rows: Mapping[int, NewRow]

    def list_later(self, edge: float) -> list[Acknowledged]:
        """Return the visible witnesses sent after an edge and before all missing ones."""
        horizon = min((witness.sent_at for witness in self.missing), default=math.inf)
        return [witness for witness in self.visible if edge < witness.sent_at < horizon]

    def shows_row_created_after(self, edge: float) -> bool:
        """Return whether no witness is missing, and the date of a known row is after an edge."""
        return not self.missing and any(row.is_created_after(edge) for row in self.rows.values())


def find_objection(
    doubt: Doubt, evidence: Evidence, witnesses: Witnesses, memory: Memory
) -> str | None:
    """Return the reason why a record is not proven absent, or None if it is."""
    if not evidence.complete:
        return "the list of the server is not complete"
    age = evidence.begun_at - doubt.edge
    if age < 0:
        return "the server may still work on its request"
    if witnesses.visible and doubt.sent_at < evidence.reach:
        return WRONG_WINDOW
    dated = witnesses.shows_row_created_after(doubt.edge)
    if not (dated or witnesses.list_later(doubt.edge)):
        return MISSING_WITNESS if witnesses.missing else NO_LATER_WITNESS
    return LAGGING_LIST if age < measure_due_age(doubt, witnesses, memory) else None


def measure_due_age(doubt: Doubt, witnesses: Witnesses, memory: Memory) -> float:
    """Return the seconds from the edge of a record to a listing that would show its row.

    The row of a witness that was sent again can be that of its first request, unless its date is
    later than the edge. Then it shows only that rows are visible after its delay.
    """
    if witnesses.shows_row_created_after(doubt.edge):
        return memory.lag
    later = witnesses.list_later(doubt.edge)
    return max(memory.lag, min((memory.delays.get(w.index, 0.0) for w in later), default=0.0))


def find_blocked(
    doubts: Sequence[Doubt], assignment: Assignment, evidence: Evidence
) -> dict[int, str]:
    """Return the reasons why rows without a record forbid to call records absent."""
    blocked = dict.fromkeys(assignment.mixed, MIXED_GROUP)
    strangers = assignment.strangers
    if not assignment.visible and len(strangers) >= max(MIN_REWRITTEN, len(doubts) / 2):
        reason = f"{len(strangers)} new rows of the server belong to no record"
        return {**{doubt.index: reason for doubt in doubts}, **blocked}
    owners = _index_by_marks(strangers)
    known: list[Doubt | Acknowledged] = [*doubts, *evidence.acknowledged]
    counts = _count_marks(known)
    for doubt in doubts:
        for mark in _list_marks(doubt.fingerprint):
            # Among few records, a value that all rows of a shop share would look unique.
            unique = counts[mark] == 1 and len(known) >= MIN_KNOWN_FOR_UNIQUE
            if mark in owners and (mark[0] == "" or unique):
                blocked.setdefault(doubt.index, f"row {owners[mark]} of the server resembles it")
    return blocked


def _list_marks(fingerprint: Fingerprint) -> list[tuple[str, Digest]]:
    """Return what can show that a row resembles a record: its key, and each of its fields."""
    return [("", fingerprint.key), *fingerprint.fields.items()]


def _index_by_marks(rows: Iterable[NewRow]) -> dict[tuple[str, Digest], str]:
    return {mark: row.id for row in rows for mark in _list_marks(row.fingerprint)}


def _count_marks(records: Iterable[Doubt | Acknowledged]) -> Counter[tuple[str, Digest]]:
    return Counter(mark for record in records for mark in _list_marks(record.fingerprint))


def find_witnesses(evidence: Evidence, memory: Memory, assignment: Assignment) -> Witnesses:
    """Return the witnesses, and which of them the listing shows."""
    witnesses = list_witnesses(evidence, memory.rewritten)
    visible = [witness for witness in witnesses if witness.index in assignment.visible]
    missing = _list_missing(witnesses, visible, evidence, memory)
    return Witnesses(witnesses, visible, missing, assignment.visible)


def _list_missing(
    witnesses: Sequence[Acknowledged],
    visible: Sequence[Acknowledged],
    evidence: Evidence,
    memory: Memory,
) -> list[Acknowledged]:
    """Return the missing witnesses, without those that are excused.

    Rows are archived, edited and merged. A few that are missing for long, or that were seen once,
    do not show that the list is old, if a later one is visible.
    """
    shown = {witness.index for witness in visible}
    missing = [witness for witness in witnesses if witness.index not in shown]
    few = len(missing) <= max(1, EXCUSE_SHARE * len(witnesses))
    if not (few and len(visible) >= EXCUSE_MIN_VISIBLE):
        return missing
    newest = max(witness.sent_at for witness in visible)
    return [
        witness
        for witness in missing
        if not (
            newest > witness.sent_at
            and (
                witness.index in memory.seen
                or evidence.begun_at - witness.acknowledged_at > EXCUSE_AGE
            )
        )
    ]


def measure_lag(
    evidence: Evidence,
    memory: Memory,
    assignment: Assignment,
    witnesses: Witnesses,
) -> Memory:
    """Return the memory with the longest delay from sending to visibility.

    A missing witness has waited at least until now. A row that is found only after the edge was
    late too.
    """
    visible = witnesses.visible
    late = [
        w for w in visible if w.index not in memory.seen and memory.lag > 0 and not w.was_sent_again
    ]
    delays = [evidence.begun_at - witness.sent_at for witness in [*witnesses.missing, *late]]
    delays += [
        evidence.begun_at - doubt.sent_at
        for doubt in evidence.doubts
        if doubt.index in assignment.found and doubt.was_missed
    ]
    seen = memory.seen.union(witness.index for witness in visible)
    first_delays = {
        witness.index: evidence.begun_at - witness.first_sent_at
        for witness in visible
        if witness.was_sent_again
    }
    return evolve(
        memory,
        lag=max([memory.lag, *delays]),
        seen=seen,
        delays={**first_delays, **memory.delays},
    )
