"""Pure: give each row of a listing to the record that it can belong to.

Equal rows are given first, then those that resemble a record.
"""

from __future__ import annotations

from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from .evidence import Acknowledged, Doubt, Evidence, NewRow, list_witnesses
from .matching import Digest
from .resemblance import MIN_REWRITTEN, pair_rows, pair_strangers

MIN_REWRITTEN_SHARE = 0.05


@frozen
class Assignment:
    """Which rows belong to which records: each row to one record at most."""

    visible: Mapping[int, NewRow]
    found: Mapping[int, str | None]
    strangers: Sequence[NewRow]
    mixed: frozenset[int]  # in a group of different records of which only some have a row


def assign_rows(evidence: Evidence, rewritten: Collection[str]) -> Assignment:
    """Give equal rows to records, then rows that resemble the others."""
    exact = _assign_equal_rows(evidence, rewritten)
    hidden = [record for record in evidence.acknowledged if record.index not in exact.visible]
    doubts = [doubt for doubt in evidence.doubts if doubt.index not in exact.found]
    others = [*evidence.in_flight, *evidence.unknown]
    pairs = pair_strangers(hidden, others, doubts, exact.strangers, rewritten)
    return Assignment(
        {**exact.visible, **pairs.visible},
        {**exact.found, **pairs.found},
        pairs.strangers,
        exact.mixed,
    )


def _assign_equal_rows(evidence: Evidence, rewritten: Collection[str]) -> Assignment:
    """Give rows to equal records: acknowledged records first, then the oldest doubt."""
    ids = {record.id for record in evidence.acknowledged if record.id is not None}
    present = {row.id: row for row in evidence.rows}
    groups: defaultdict[Digest, deque[NewRow]] = defaultdict(deque)
    for row in evidence.rows:
        if row.id not in ids:
            groups[row.fingerprint.project(rewritten)].append(row)
    visible: dict[int, NewRow] = {}
    for record in sorted(evidence.acknowledged, key=lambda record: record.sent_at):
        group = groups[record.fingerprint.project(rewritten)]
        if record.id is None and group and not group[0].is_created_after(record.acknowledged_at):
            visible[record.index] = group.popleft()
        elif record.id is not None and record.id in present:
            visible[record.index] = present[record.id]
    for fingerprint in evidence.in_flight:
        if group := groups[fingerprint.project(rewritten)]:
            group.popleft()
    found, mixed = _assign_doubts(evidence, groups, rewritten)
    strangers = [row for group in groups.values() for row in group]
    return Assignment(visible, found, strangers, mixed)


def _assign_doubts(
    evidence: Evidence, groups: Mapping[Digest, deque[NewRow]], rewritten: Collection[str]
) -> tuple[dict[int, str | None], frozenset[int]]:
    found: dict[int, str | None] = {}
    mixed: set[int] = set()
    digests = _group_digests(evidence, rewritten)
    unknowns: defaultdict[Digest, list[Digest]] = defaultdict(list)
    for fingerprint in evidence.unknown:
        unknowns[fingerprint.project(rewritten)].append(fingerprint.digest)
    for projection, members in _group_doubts(evidence.doubts, rewritten).items():
        rows = groups[projection] if projection in groups else deque[NewRow]()
        contents = {member.fingerprint.digest for member in members}
        unknown = [digest for digest in unknowns[projection] if digest not in contents]
        differs = len(contents) + len(unknown) > 1
        if differs and 0 < len(rows) < len(members) + len(unknown):
            mixed.update(member.index for member in members)
            continue
        for member in members:
            if rows and not rows[0].may_be_old:
                id_ = rows.popleft().id
                # The rows of different records that look equal now cannot be distinguished.
                found[member.index] = id_ if len(digests[projection]) == 1 else None
    return found, frozenset(mixed)


def _group_digests(
    evidence: Evidence, rewritten: Collection[str]
) -> defaultdict[Digest, set[Digest]]:
    """Return the contents of all records that look equal without the rewritten fields."""
    records: list[Doubt | Acknowledged] = [*evidence.doubts, *evidence.acknowledged]
    fingerprints = [record.fingerprint for record in records]
    groups: defaultdict[Digest, set[Digest]] = defaultdict(set)
    for fingerprint in (*fingerprints, *evidence.in_flight, *evidence.unknown):
        groups[fingerprint.project(rewritten)].add(fingerprint.digest)
    return groups


def _group_doubts(
    doubts: Sequence[Doubt], rewritten: Collection[str]
) -> defaultdict[Digest, list[Doubt]]:
    groups: defaultdict[Digest, list[Doubt]] = defaultdict(list)
    for doubt in sorted(doubts, key=lambda doubt: doubt.sent_at):
        groups[doubt.fingerprint.project(rewritten)].append(doubt)
    return groups


def learn_rewritten(evidence: Evidence, rewritten: frozenset[str]) -> frozenset[str]:
    """Return the fields that the server rewrites.

    A field counts as rewritten if enough witnesses differ from their rows in it. Before any record
    is acknowledged, the doubtful records themselves are paired with the new rows.
    """
    assignment = _assign_equal_rows(evidence, rewritten)
    witnesses = list_witnesses(evidence, rewritten)
    lost = [witness for witness in witnesses if witness.index not in assignment.visible]
    strangers = assignment.strangers
    if len(strangers) < MIN_REWRITTEN:
        return rewritten
    lost_pairs = pair_rows([witness.fingerprint for witness in lost], strangers, rewritten)
    differing = Counter(name for pair in lost_pairs if pair.is_close for name in pair.differing)
    least = max(MIN_REWRITTEN, MIN_REWRITTEN_SHARE * len(witnesses))
    learned = frozenset(name for name, count in differing.items() if count >= least)
    if not learned:
        waiting = [doubt for doubt in evidence.doubts if doubt.index not in assignment.found]
        pairs = pair_rows([doubt.fingerprint for doubt in waiting], strangers, rewritten)
        if len(pairs) == len(strangers) and all(pair.is_close for pair in pairs):
            learned = frozenset(name for pair in pairs for name in pair.differing)
    return rewritten | learned
