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

import math
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TypeAlias

from attrs import evolve, field, frozen

from .matching import Digest, Fingerprint

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
# A missing witness is excused after so many seconds, if so few are missing and so many are visible.
EXCUSE_AGE = 20.0
EXCUSE_SHARE = 0.02
EXCUSE_MIN_VISIBLE = 20
# A doubtful record stays in doubt for so many lags, up to so many seconds.
DEADLINE_LAGS = 4.0
DEADLINE_MAX = 90.0
# How much longer it stays in doubt while only a witness is missing, because a canary takes time.
WITNESS_PATIENCE = 5.0
# Witnesses that must differ in a field before it leaves the comparison: number and share.
MIN_REWRITTEN = 3
MIN_REWRITTEN_SHARE = 0.05
# Records that must be known before a value that only one of them has counts as unique.
MIN_KNOWN_FOR_UNIQUE = 20
WRONG_WINDOW = "the list of the server may begin after its request"
MISSING_WITNESS = "the list of the server lacks rows that it has acknowledged"
NO_LATER_WITNESS = "no record that was sent later is in the list of the server"
MIXED_GROUP = "some of the records that differ from it only in rewritten fields are stored"
# Fields that a row must share with a record that it resembles, at least.
MIN_SHARED = 3
# A wrong window hides all witnesses. After so many seconds without any, the window is widened.
WIDEN_AGE = 8.0

Groups: TypeAlias = Mapping[Digest, Sequence["NewRow"]]


@frozen
class Doubt:
    """A record whose request did not end with a success.

    Attributes:
        index: Index of the record in the input.
        fingerprint: Its fingerprint.
        sent_at: When its request was sent, in seconds.
        edge: When the server had finished the request at the latest, in seconds.
        was_missed: Whether an earlier listing did not show it.
    """

    index: int
    fingerprint: Fingerprint
    sent_at: float
    edge: float
    was_missed: bool = False


@frozen
class Acknowledged:
    """A record that is stored, because the server said so or its row was found.

    Attributes:
        index: Index of the record in the input.
        fingerprint: Its fingerprint.
        first_sent_at: When its first request was sent, in seconds.
        sent_at: When its last request was sent.
        acknowledged_at: When the response arrived, in seconds.
        id: Id of its row, if known.
    """

    index: int
    fingerprint: Fingerprint
    first_sent_at: float
    sent_at: float
    acknowledged_at: float
    id: str | None

    @property
    def was_sent_again(self) -> bool:
        """Whether a visible row may be that of an earlier request."""
        return self.first_sent_at < self.sent_at


@frozen
class NewRow:
    """A row of the listing that is not known to be older than the call.

    Attributes:
        id: Its id.
        fingerprint: Its fingerprint.
        may_be_old: Whether it can be older than the call.
    """

    id: str
    fingerprint: Fingerprint
    may_be_old: bool = False


@frozen(kw_only=True)
class Evidence:
    """What is known at the end of a listing.

    Attributes:
        doubts: The doubtful records.
        acknowledged: Records that can own a row of the listing.
        in_flight: Fingerprints of records that are being sent now. Their rows may be there already.
        rows: Rows of the listing, oldest first.
        complete: Whether the listing is complete.
        window_start: Time from which on sent records should be in the window, in seconds.
        reach: Time from which on sent records are in the window, as far as dates of rows show, in
            seconds.
        begun_at: When the listing began, in seconds.
        now: When it ended, in seconds.
        idle: Whether the call sends nothing now, so that no later witness will come.
        settle_within: Seconds after the edge until a record is unknown.
    """

    doubts: Sequence[Doubt]
    acknowledged: Sequence[Acknowledged]
    in_flight: Sequence[Fingerprint]
    rows: Sequence[NewRow]
    complete: bool
    window_start: float
    reach: float
    begun_at: float
    now: float
    idle: bool
    settle_within: float


@frozen(kw_only=True)
class Memory:
    """What earlier listings have shown.

    Attributes:
        seen: Indexes of witnesses that a listing has shown.
        lag: Longest time in seconds from sending to visibility that was measured.
        rewritten: Fields that the server rewrites; they are not compared.
        canaries: Number of canaries sent.
        delays: Seconds from the first request to the first visible row of each witness that was
            sent again, by index. Its row may be that of the first request.
    """

    seen: frozenset[int] = frozenset()
    lag: float = 0.0
    rewritten: frozenset[str] = frozenset()
    canaries: int = 0
    delays: Mapping[int, float] = field(factory=dict[int, float])


@frozen(kw_only=True)
class Decision:
    """What follows from one listing.

    Attributes:
        found: Ids of the rows of stored records, by index; None if only their number is known.
        absent: Indexes of records that are proven absent.
        unknown: Reasons why records stay in doubt for good, by index.
        canary: Index of a record to send alone; None for none.
        next_look: Time of the next listing, in seconds; None if no record is in doubt.
        widen: Whether the window must begin earlier, because it shows no witness.
        memory: What the next decision needs.
    """

    found: Mapping[int, str | None] = field(factory=dict[int, str | None])
    absent: Sequence[int] = ()
    unknown: Mapping[int, str] = field(factory=dict[int, str])
    canary: int | None = None
    next_look: float | None = None
    widen: bool = False
    memory: Memory = field(factory=Memory)


@frozen
class _Assignment:
    """Which rows answer which records: each row one record at most."""

    visible: frozenset[int]
    found: Mapping[int, str | None]
    strangers: Sequence[NewRow]
    mixed: frozenset[int]  # in a group of different records of which only some have a row


def quiet_period(slowest_batch: float) -> float:
    """Return the seconds that a server may still work on a request without a response."""
    return max(MIN_QUIET, QUIET_FACTOR * slowest_batch)


def decide(evidence: Evidence, memory: Memory) -> Decision:
    """Decide about all doubtful records."""
    memory = evolve(memory, rewritten=_learn_rewritten(evidence, memory.rewritten))
    assignment = _assign_rows(evidence, memory.rewritten)
    witnesses = _list_witnesses(evidence, memory.rewritten)
    visible = [w for w in witnesses if w.index in assignment.visible]
    missing = _list_missing(witnesses, visible, evidence, memory)
    memory = _measure_lag(evidence, memory, assignment, visible, missing)
    doubts = [doubt for doubt in evidence.doubts if doubt.index not in assignment.found]
    blocked = _find_blocked(doubts, assignment, evidence)
    reasons = {
        doubt.index: blocked.get(doubt.index)
        or _find_objection(doubt, evidence, visible, missing, memory)
        for doubt in doubts
    }
    absent = [index for index, reason in reasons.items() if reason is None]
    waiting = [doubt for doubt in doubts if reasons[doubt.index] is not None]
    unknown = {
        doubt.index: reason
        for doubt in waiting
        if (reason := reasons[doubt.index]) is not None
        and _is_past_deadline(doubt, evidence, memory, reason)
    }
    waiting = [doubt for doubt in waiting if doubt.index not in unknown]
    canary = None
    if not missing and _may_send_canaries(evidence, memory):
        candidates = [doubt for doubt in waiting if doubt.index not in blocked]
        canary = _choose_canary(candidates, evidence, memory, has_witness=bool(visible))
    if canary is not None:
        memory = evolve(memory, canaries=memory.canaries + 1)
    looks = [
        _choose_next_look(doubt, evidence, memory) for doubt in waiting if doubt.index != canary
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


def _choose_next_look(doubt: Doubt, evidence: Evidence, memory: Memory) -> float:
    """Return the time of the next listing that can decide about a record."""
    canary_age = CANARY_AGE if evidence.acknowledged else CANARY_AGE_WITHOUT_WITNESS
    age = max(memory.lag, canary_age if evidence.idle else 0.0)
    if evidence.begun_at < doubt.edge:
        return doubt.edge + age
    return max(doubt.edge + canary_age, evidence.now + LOOK_INTERVAL)


def _find_objection(
    doubt: Doubt,
    evidence: Evidence,
    visible: Sequence[Acknowledged],
    missing: Sequence[Acknowledged],
    memory: Memory,
) -> str | None:
    """Return the reason why a record is not proven absent, or None if it is."""
    if not evidence.complete:
        return "the list of the server is not complete"
    age = evidence.begun_at - doubt.edge
    if age < 0:
        return "the server may still work on its request"
    horizon = min((witness.sent_at for witness in missing), default=math.inf)
    if visible and doubt.sent_at < evidence.reach:
        return WRONG_WINDOW
    later = [witness for witness in visible if doubt.edge < witness.sent_at < horizon]
    if not later:
        if missing:
            return MISSING_WITNESS
        return NO_LATER_WITNESS
    if age < max(memory.lag, min(memory.delays.get(witness.index, 0.0) for witness in later)):
        return "the list of the server lags behind its writes"
    return None


def _is_past_deadline(doubt: Doubt, evidence: Evidence, memory: Memory, reason: str) -> bool:
    """Check whether a record is in doubt for too long; only a witness is worth a longer wait."""
    longest = max(evidence.settle_within, min(DEADLINE_LAGS * memory.lag, DEADLINE_MAX))
    if reason == WRONG_WINDOW:
        longest *= WITNESS_PATIENCE
    waits_for_canary = reason == NO_LATER_WITNESS and memory.canaries < MAX_CANARIES
    if waits_for_canary or (reason == MISSING_WITNESS and not memory.seen):
        longest *= WITNESS_PATIENCE
    return evidence.now - doubt.edge >= longest


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


def _list_witnesses(evidence: Evidence, rewritten: Collection[str]) -> list[Acknowledged]:
    """Return the acknowledged records whose row must be in a fresh listing.

    The content of a witness is unique in the call: the row of an equal record proves nothing.
    """
    records: list[Acknowledged | Doubt] = [*evidence.acknowledged, *evidence.doubts]
    counts = Counter(record.fingerprint.project(rewritten) for record in records)
    return [
        record
        for record in evidence.acknowledged
        if evidence.window_start <= record.sent_at
        and record.acknowledged_at < evidence.begun_at
        and counts[record.fingerprint.project(rewritten)] == 1
    ]


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


def _measure_lag(
    evidence: Evidence,
    memory: Memory,
    assignment: _Assignment,
    visible: Sequence[Acknowledged],
    missing: Sequence[Acknowledged],
) -> Memory:
    """Return the memory with the longest delay from sending to visibility.

    A missing witness has waited at least until now. A row that is found only after the edge was
    late too.
    """
    late = [
        w for w in visible if w.index not in memory.seen and memory.lag > 0 and not w.was_sent_again
    ]
    delays = [evidence.begun_at - witness.sent_at for witness in [*missing, *late]]
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


def _assign_rows(evidence: Evidence, rewritten: Collection[str]) -> _Assignment:
    """Give equal rows to records, then rows that resemble the others."""
    exact = _assign_equal_rows(evidence, rewritten)
    hidden = [record for record in evidence.acknowledged if record.index not in exact.visible]
    doubts = [doubt for doubt in evidence.doubts if doubt.index not in exact.found]
    pairs = _pair_strangers(hidden, evidence.in_flight, doubts, exact.strangers)
    return _Assignment(
        exact.visible.union(pairs.visible),
        {**exact.found, **pairs.found},
        pairs.strangers,
        exact.mixed,
    )


def _assign_equal_rows(evidence: Evidence, rewritten: Collection[str]) -> _Assignment:
    """Give rows to equal records: acknowledged records first, then the oldest doubt."""
    ids = {record.id for record in evidence.acknowledged if record.id is not None}
    present = {row.id for row in evidence.rows}
    groups: defaultdict[Digest, deque[NewRow]] = defaultdict(deque)
    for row in evidence.rows:
        if row.id not in ids:
            groups[row.fingerprint.project(rewritten)].append(row)
    visible: set[int] = set()
    for record in sorted(evidence.acknowledged, key=lambda record: record.sent_at):
        group = groups[record.fingerprint.project(rewritten)]
        if record.id in present:
            visible.add(record.index)
        elif record.id is None and group:
            group.popleft()
            visible.add(record.index)
    for fingerprint in evidence.in_flight:
        if group := groups[fingerprint.project(rewritten)]:
            group.popleft()
    found, mixed = _assign_doubts(evidence.doubts, groups, rewritten)
    strangers = [row for group in groups.values() for row in group]
    return _Assignment(frozenset(visible), found, strangers, mixed)


@frozen
class _StrangerPairs:
    """What resemblance says of rows without an equal record."""

    visible: Sequence[int]
    found: Mapping[int, str]
    strangers: Sequence[NewRow]


def _pair_strangers(
    hidden: Sequence[Acknowledged],
    in_flight: Sequence[Fingerprint],
    doubts: Sequence[Doubt],
    strangers: Sequence[NewRow],
) -> _StrangerPairs:
    """Give rows that the server has changed to the records that they resemble.

    The row of an acknowledged record shows in which fields the server, or a person, changes rows.
    The row of a doubtful record may differ in those fields only.
    """
    records = [record.fingerprint for record in hidden] + list(in_flight)
    known = len(hidden)
    pairs = _pair(records + [doubt.fingerprint for doubt in doubts], strangers)
    close = [pair for pair in pairs if pair.is_close]
    changed = frozenset(name for pair in close if pair.record < known for name in pair.differing)
    visible: list[int] = []
    found: dict[int, str] = {}
    used: set[int] = set()
    for pair in close:
        doubt = pair.record - len(records)
        if pair.record < known:
            visible.append(hidden[pair.record].index)
        elif doubt >= 0:
            few = 3 * len(pair.differing) <= len(doubts[doubt].fingerprint.fields)
            if not few or not pair.differing <= changed or strangers[pair.row].may_be_old:
                continue
            found[doubts[doubt].index] = strangers[pair.row].id
        used.add(pair.row)
    rest = [row for position, row in enumerate(strangers) if position not in used]
    return _StrangerPairs(visible, found, rest)


def _assign_doubts(
    doubts: Sequence[Doubt], groups: Mapping[Digest, deque[NewRow]], rewritten: Collection[str]
) -> tuple[dict[int, str | None], frozenset[int]]:
    found: dict[int, str | None] = {}
    mixed: set[int] = set()
    for projection, members in _group_doubts(doubts, rewritten).items():
        rows = groups[projection] if projection in groups else deque[NewRow]()
        differs = len({member.fingerprint.digest for member in members}) > 1
        if differs and 0 < len(rows) < len(members):
            mixed.update(member.index for member in members)
            continue
        for member in members:
            if rows and not rows[0].may_be_old:
                id_ = rows.popleft().id
                # The rows of different records that look equal now cannot be told apart.
                found[member.index] = None if differs else id_
    return found, frozenset(mixed)


def _group_doubts(
    doubts: Sequence[Doubt], rewritten: Collection[str]
) -> defaultdict[Digest, list[Doubt]]:
    groups: defaultdict[Digest, list[Doubt]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt.sent_at):
        groups[doubt.fingerprint.project(rewritten)].append(doubt)
    return groups


def _find_blocked(
    doubts: Sequence[Doubt], assignment: _Assignment, evidence: Evidence
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


def _learn_rewritten(evidence: Evidence, rewritten: frozenset[str]) -> frozenset[str]:
    """Return the fields that the server rewrites.

    A field counts as rewritten if enough witnesses differ from their rows in it. Before any record
    is acknowledged, the doubtful records themselves are paired with the new rows.
    """
    assignment = _assign_equal_rows(evidence, rewritten)
    witnesses = _list_witnesses(evidence, rewritten)
    lost = [witness for witness in witnesses if witness.index not in assignment.visible]
    strangers = assignment.strangers
    if len(strangers) < MIN_REWRITTEN:
        return rewritten
    lost_pairs = _pair([witness.fingerprint for witness in lost], strangers)
    differing = Counter(name for pair in lost_pairs if pair.is_close for name in pair.differing)
    least = max(MIN_REWRITTEN, MIN_REWRITTEN_SHARE * len(witnesses))
    learned = frozenset(name for name, count in differing.items() if count >= least)
    if not learned:
        waiting = [doubt for doubt in evidence.doubts if doubt.index not in assignment.found]
        pairs = _pair([doubt.fingerprint for doubt in waiting], strangers)
        if len(pairs) == len(strangers) and all(pair.is_close for pair in pairs):
            learned = frozenset(name for pair in pairs for name in pair.differing)
    return rewritten | learned


@frozen
class _Pair:
    """A record and a row that resemble each other more than any others.

    Attributes:
        record: Position of the record.
        row: Position of the row.
        differing: Names of the fields in which they differ.
        is_close: Whether they share most of their fields.
    """

    record: int
    row: int
    differing: frozenset[str]
    is_close: bool


def _pair(records: Sequence[Fingerprint], rows: Sequence[NewRow]) -> list[_Pair]:
    """Pair records with the rows that share most fields, if both sides prefer each other.

    Only values that few rows have count.
    """
    best: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    owners = _index_values(rows)
    for number, record in enumerate(records):
        shared = Counter(
            position
            for value in record.fields.items()
            if len(owners[value]) <= MIN_REWRITTEN
            for position in owners[value]
        )
        ranked = shared.most_common(2)
        if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
            best[ranked[0][0]].append((ranked[0][1], number))
    pairs: list[_Pair] = []
    for position, candidates in best.items():
        candidates.sort(reverse=True)
        if len(candidates) == 1 or candidates[0][0] > candidates[1][0]:
            pairs.append(_make_pair(records, candidates[0][1], rows, position))
    return pairs


def _index_values(rows: Sequence[NewRow]) -> defaultdict[tuple[str, Digest], list[int]]:
    owners: defaultdict[tuple[str, Digest], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        for value in row.fingerprint.fields.items():
            owners[value].append(position)
    return owners


def _make_pair(
    records: Sequence[Fingerprint], number: int, rows: Sequence[NewRow], position: int
) -> _Pair:
    record, row = records[number], rows[position].fingerprint
    names = record.fields.keys() | row.fields.keys()
    differing = frozenset(name for name in names if record.fields.get(name) != row.fields.get(name))
    is_close = 2 * len(differing) <= len(names) and len(names) - len(differing) >= MIN_SHARED
    return _Pair(number, position, differing, is_close)
