"""Pure: no I/O, no clock.

Decide from one listing which doubtful records are stored, absent, or still in doubt.

A record is doubtful if its request did not end with a success. A row that is in the listing is
stored. A row that is not in the listing may still be stored: lists can lag behind writes, the
server can still work on the request, and it can store other texts than those it received. A record
is absent only if one listing shows all of this:

- It began after the edge of the request: its end and a quiet period, and at least one lag later.
- It is fresh: it shows a record that was sent after the edge and acknowledged, a witness. It shows
  every witness that was sent before that one.
- It is complete.
- No row without a record resembles the record.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from attrs import evolve, frozen

from .assignment import Assignment, assign_rows, learn_rewritten
from .evidence import Acknowledged, Decision, Doubt, Evidence, Memory
from .objection import (
    MISSING_WITNESS,
    NO_LATER_WITNESS,
    WRONG_WINDOW,
    Witnesses,
    find_blocked,
    find_objection,
    find_witnesses,
    measure_due_age,
    measure_lag,
)

# Seconds of the quiet period after the end of a request, at least.
MIN_QUIET = 10.0
# The quiet period in multiples of the slowest acknowledged batch, at least.
QUIET_FACTOR = 3.0
# Seconds between two listings.
LOOK_INTERVAL = 4.0
# Seconds after the edge before a canary is sent: with a witness, and without any.
CANARY_AGE = 3.0
CANARY_AGE_WITHOUT_WITNESS = 10.0
MAX_CANARIES = 6
# A doubtful record stays in doubt for so many lags, up to so many seconds.
DEADLINE_LAGS = 4.0
DEADLINE_MAX = 90.0
# The same from its first request, so that canaries with errors end.
MAX_DOUBT = 300.0
MAX_DOUBT_FACTOR = 10.0
# How much longer it stays in doubt while only a witness is missing, because a canary takes time.
WITNESS_PATIENCE = 5.0
# A wrong window hides all witnesses. After so many seconds without any, the window is widened.
WIDEN_AGE = 8.0


@frozen
class _View:
    """What one listing says about a doubtful record that it does not show.

    Attributes:
        doubt: The record.
        reason: Why it is not proven absent; None if it is.
        due_age: Seconds from its edge to a listing that would show its row.
    """

    doubt: Doubt
    reason: str | None
    due_age: float


def decide(evidence: Evidence, memory: Memory) -> Decision:
    """Decide about all doubtful records."""
    memory = evolve(memory, rewritten=learn_rewritten(evidence, memory.rewritten))
    assignment = assign_rows(evidence, memory.rewritten)
    witnesses = find_witnesses(evidence, memory, assignment)
    memory = measure_lag(evidence, memory, assignment, witnesses)
    views = _view_doubts(evidence, memory, assignment, witnesses)
    absent = [view.doubt.index for view in views if view.reason is None]
    unknown = {
        view.doubt.index: view.reason
        for view in views
        if view.reason is not None and _is_past_deadline(view, view.reason, evidence, memory)
    }
    waiting = [view for view in views if view.doubt.index not in {*absent, *unknown}]
    canary = _choose_canary(waiting, evidence, memory, witnesses)
    looks = [_choose_next_look(v, evidence) for v in waiting if v.doubt.index != canary]
    return Decision(
        found=assignment.found,
        absent=absent,
        unknown=unknown,
        canary=canary,
        next_look=min(looks, default=None),
        widen=_must_widen(views, evidence, witnesses),
        memory=_count_canaries(memory, evidence, canary, settles=bool(assignment.found or absent)),
    )


def _view_doubts(
    evidence: Evidence, memory: Memory, assignment: Assignment, witnesses: Witnesses
) -> list[_View]:
    doubts = [doubt for doubt in evidence.doubts if doubt.index not in assignment.found]
    blocked = find_blocked(doubts, assignment, evidence)
    return [
        _View(
            doubt,
            blocked.get(doubt.index) or find_objection(doubt, evidence, witnesses, memory),
            measure_due_age(doubt, witnesses, memory),
        )
        for doubt in doubts
    ]


def _count_canaries(
    memory: Memory, evidence: Evidence, canary: int | None, *, settles: bool
) -> Memory:
    """Return the memory with the canaries in sequence that settled nothing."""
    doubtful = {doubt.index for doubt in evidence.doubts}
    if settles or (memory.canary is not None and memory.canary not in doubtful):
        memory = evolve(memory, canaries=0)
    if canary is None:
        return memory
    return evolve(memory, canaries=memory.canaries + 1, canary=canary)


def _choose_next_look(view: _View, evidence: Evidence) -> float:
    """Return the time of the next listing that can decide about a record."""
    edge = view.doubt.edge
    canary_age = CANARY_AGE if evidence.acknowledged else CANARY_AGE_WITHOUT_WITNESS
    age = max(min(view.due_age, DEADLINE_MAX), canary_age if evidence.idle else 0.0)
    if evidence.begun_at < edge:
        return edge + age
    return max(edge + age, evidence.now + LOOK_INTERVAL)


def _is_past_deadline(view: _View, reason: str, evidence: Evidence, memory: Memory) -> bool:
    """Check whether a record is in doubt for too long; only a witness is worth a longer wait."""
    lags = max(DEADLINE_LAGS * memory.lag, view.due_age + LOOK_INTERVAL)
    longest = max(evidence.settle_within, min(lags, DEADLINE_MAX))
    waits_for_canary = reason == NO_LATER_WITNESS and memory.canaries < MAX_CANARIES
    waits_for_window = reason == WRONG_WINDOW or (reason == MISSING_WITNESS and not memory.seen)
    if waits_for_canary or waits_for_window:
        longest *= WITNESS_PATIENCE
    in_total = max(MAX_DOUBT, MAX_DOUBT_FACTOR * evidence.settle_within)
    doubt = view.doubt
    return evidence.now - doubt.edge >= longest or evidence.now - doubt.sent_at >= in_total


def _choose_canary(
    waiting: Sequence[_View], evidence: Evidence, memory: Memory, witnesses: Witnesses
) -> int | None:
    """Return the index of a record to send alone, as a witness for the others.

    With nothing left to send, no later witness comes. At most this one record is at risk. Its
    content should be unique.
    """
    is_useful = evidence.idle and evidence.complete and not witnesses.missing
    if not is_useful or memory.canaries >= MAX_CANARIES:
        return None
    age = max(memory.lag, CANARY_AGE) if witnesses.visible else CANARY_AGE_WITHOUT_WITNESS
    records: list[Doubt | Acknowledged] = [*evidence.doubts, *evidence.acknowledged]
    counts = Counter(record.fingerprint.digest for record in records)
    candidates = [
        view.doubt
        for view in waiting
        if view.reason == NO_LATER_WITNESS and evidence.begun_at - view.doubt.edge >= age
    ]
    candidates.sort(key=lambda doubt: counts[doubt.fingerprint.digest])
    return candidates[0].index if candidates else None


def _must_widen(views: Sequence[_View], evidence: Evidence, witnesses: Witnesses) -> bool:
    """Check whether the window may hide rows, because it shows no witness that it should."""
    if any(view.reason == WRONG_WINDOW for view in views):
        return True
    missing = [w for w in witnesses.all if evidence.begun_at - w.acknowledged_at >= WIDEN_AGE]
    return bool(missing) and not witnesses.visible


def quiet_period(slowest_batch: float) -> float:
    """Return the seconds that a server may still work on a request without a response."""
    return max(MIN_QUIET, QUIET_FACTOR * slowest_batch)
