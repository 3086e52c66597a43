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

from attrs import evolve

from .assignment import assign_rows, learn_rewritten
from .evidence import Acknowledged, Decision, Doubt, Evidence, Memory, list_witnesses
from .objection import (
    MISSING_WITNESS,
    NO_LATER_WITNESS,
    WRONG_WINDOW,
    Witnesses,
    find_blocked,
    find_objection,
    list_missing,
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


def decide(evidence: Evidence, memory: Memory) -> Decision:
    """Decide about all doubtful records."""
    memory = evolve(memory, rewritten=learn_rewritten(evidence, memory.rewritten))
    assignment = assign_rows(evidence, memory.rewritten)
    witnesses = list_witnesses(evidence, memory.rewritten)
    visible = [w for w in witnesses if w.index in assignment.visible]
    missing = list_missing(witnesses, visible, evidence, memory)
    shown = Witnesses(visible, missing, assignment.visible)
    memory = measure_lag(evidence, memory, assignment, visible, missing)
    doubts = [doubt for doubt in evidence.doubts if doubt.index not in assignment.found]
    blocked = find_blocked(doubts, assignment, evidence)
    reasons = {
        doubt.index: blocked.get(doubt.index) or find_objection(doubt, evidence, shown, memory)
        for doubt in doubts
    }
    due = {doubt.index: measure_due_age(doubt, shown, memory) for doubt in doubts}
    absent = [index for index, reason in reasons.items() if reason is None]
    waiting = [doubt for doubt in doubts if reasons[doubt.index] is not None]
    unknown = {
        doubt.index: reason
        for doubt in waiting
        if (reason := reasons[doubt.index]) is not None
        and _is_past_deadline(doubt, evidence, memory, reason, due[doubt.index])
    }
    waiting = [doubt for doubt in waiting if doubt.index not in unknown]
    canary = None
    if not missing and _may_send_canaries(evidence, memory):
        candidates = [doubt for doubt in waiting if reasons[doubt.index] == NO_LATER_WITNESS]
        canary = _choose_canary(candidates, evidence, memory, has_witness=bool(visible))
    is_settled = memory.canary is not None and all(
        doubt.index != memory.canary for doubt in evidence.doubts
    )
    if assignment.found or absent or is_settled:
        # Canaries count against a limit only while they settle nothing.
        memory = evolve(memory, canaries=0)
    if canary is not None:
        memory = evolve(memory, canaries=memory.canaries + 1, canary=canary)
    looks = [
        _choose_next_look(doubt, evidence, due[doubt.index])
        for doubt in waiting
        if doubt.index != canary
    ]
    return Decision(
        found=assignment.found,
        absent=absent,
        unknown=unknown,
        canary=canary,
        next_look=min(looks, default=None),
        widen=WRONG_WINDOW in reasons.values() or _must_widen(evidence, witnesses, visible),
        memory=memory,
    )


def _choose_next_look(doubt: Doubt, evidence: Evidence, due_age: float) -> float:
    """Return the time of the next listing that can decide about a record."""
    canary_age = CANARY_AGE if evidence.acknowledged else CANARY_AGE_WITHOUT_WITNESS
    age = max(min(due_age, DEADLINE_MAX), canary_age if evidence.idle else 0.0)
    if evidence.begun_at < doubt.edge:
        return doubt.edge + age
    return max(doubt.edge + age, evidence.now + LOOK_INTERVAL)


def _is_past_deadline(
    doubt: Doubt, evidence: Evidence, memory: Memory, reason: str, due_age: float
) -> bool:
    """Check whether a record is in doubt for too long; only a witness is worth a longer wait."""
    lags = max(DEADLINE_LAGS * memory.lag, due_age + LOOK_INTERVAL)
    longest = max(evidence.settle_within, min(lags, DEADLINE_MAX))
    if reason == WRONG_WINDOW:
        longest *= WITNESS_PATIENCE
    waits_for_canary = reason == NO_LATER_WITNESS and memory.canaries < MAX_CANARIES
    if waits_for_canary or (reason == MISSING_WITNESS and not memory.seen):
        longest *= WITNESS_PATIENCE
    in_total = max(MAX_DOUBT, MAX_DOUBT_FACTOR * evidence.settle_within)
    return evidence.now - doubt.edge >= longest or evidence.now - doubt.sent_at >= in_total


def _may_send_canaries(evidence: Evidence, memory: Memory) -> bool:
    """Check whether one record may be sent again as a witness for the others.

    With nothing left to send, no later witness comes. At most this one record is at risk.
    """
    return evidence.idle and evidence.complete and memory.canaries < MAX_CANARIES


def _choose_canary(
    doubts: Sequence[Doubt], evidence: Evidence, memory: Memory, *, has_witness: bool
) -> int | None:
    """Return the index of the record to send alone; its content should be unique."""
    age = max(memory.lag, CANARY_AGE) if has_witness else CANARY_AGE_WITHOUT_WITNESS
    old = [doubt for doubt in doubts if evidence.begun_at - doubt.edge >= age]
    records: list[Doubt | Acknowledged] = [*evidence.doubts, *evidence.acknowledged]
    counts = Counter(record.fingerprint.digest for record in records)
    old.sort(key=lambda doubt: counts[doubt.fingerprint.digest])
    return old[0].index if old else None


def _must_widen(
    evidence: Evidence, witnesses: Sequence[Acknowledged], visible: Sequence[Acknowledged]
) -> bool:
    old = [w for w in witnesses if evidence.begun_at - w.acknowledged_at >= WIDEN_AGE]
    return bool(old) and not visible


def quiet_period(slowest_batch: float) -> float:
    """Return the seconds that a server may still work on a request without a response."""
    return max(MIN_QUIET, QUIET_FACTOR * slowest_batch)
