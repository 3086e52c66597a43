"""Pure: pair records with the rows that resemble them most.

A server can change a value, or a person can edit a row. The row then equals no record, but it still
shares most of its fields with one.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence

from attrs import frozen

from .evidence import Acknowledged, Doubt, NewRow
from .matching import Digest, Fingerprint

# Witnesses that must differ in a field before it leaves the comparison: number and share.
MIN_REWRITTEN = 3
# Fields that a row must share with a record that it resembles, at least.
MIN_SHARED = 3


@frozen
class Pair:
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


def pair_rows(
    records: Sequence[Fingerprint], rows: Sequence[NewRow], rewritten: Collection[str]
) -> list[Pair]:
    """Pair records with the rows that share most fields, if both sides prefer each other.

    Only values that few rows have count, in fields that are not rewritten.
    """
    best: defaultdict[int, list[tuple[int, int]]] = defaultdict(list)
    owners = _index_values(rows)
    for number, record in enumerate(records):
        shared = Counter(
            position
            for value in record.fields.items()
            if value[0] not in rewritten and len(owners[value]) <= MIN_REWRITTEN
            for position in owners[value]
        )
        ranked = shared.most_common(2)
        if ranked and (len(ranked) == 1 or ranked[0][1] > ranked[1][1]):
            best[ranked[0][0]].append((ranked[0][1], number))
    pairs: list[Pair] = []
    for position, candidates in best.items():
        candidates.sort(reverse=True)
        if len(candidates) == 1 or candidates[0][0] > candidates[1][0]:
            pairs.append(_make_pair(records, candidates[0][1], rows, position, rewritten))
    return pairs


def _index_values(rows: Sequence[NewRow]) -> defaultdict[tuple[str, Digest], list[int]]:
    owners: defaultdict[tuple[str, Digest], list[int]] = defaultdict(list)
    for position, row in enumerate(rows):
        for value in row.fingerprint.fields.items():
            owners[value].append(position)
    return owners


def _make_pair(
    records: Sequence[Fingerprint],
    number: int,
    rows: Sequence[NewRow],
    position: int,
    rewritten: Collection[str],
) -> Pair:
    record, row = records[number], rows[position].fingerprint
    names = (record.fields.keys() | row.fields.keys()) - set(rewritten)
    differing = frozenset(name for name in names if record.fields.get(name) != row.fields.get(name))
    is_close = 2 * len(differing) <= len(names) and len(names) - len(differing) >= MIN_SHARED
    return Pair(number, position, differing, is_close)


@frozen
class _StrangerPairs:
    """What resemblance says of rows without an equal record."""

    visible: Mapping[int, NewRow]
    found: Mapping[int, str]
    strangers: Sequence[NewRow]


def pair_strangers(
    hidden: Sequence[Acknowledged],
    others: Sequence[Fingerprint],
    doubts: Sequence[Doubt],
    strangers: Sequence[NewRow],
    rewritten: Collection[str],
) -> _StrangerPairs:
    """Give rows that the server has changed to the records that they resemble.

    The row of an acknowledged record shows in which fields the server, or a person, changes rows.
    The row of a doubtful record may differ in those fields only. A row that resembles one of the
    others as much, which may have a row too, belongs to neither.
    """
    records = [record.fingerprint for record in hidden] + list(others)
    known = len(hidden)
    pairs = pair_rows(records + [doubt.fingerprint for doubt in doubts], strangers, rewritten)
    close = [pair for pair in pairs if pair.is_close]
    changed = frozenset(name for pair in close if pair.record < known for name in pair.differing)
    visible: dict[int, NewRow] = {}
    found: dict[int, str] = {}
    used: set[int] = set()
    for pair in close:
        doubt = pair.record - len(records)
        if pair.record < known:
            visible[hidden[pair.record].index] = strangers[pair.row]
        elif doubt >= 0:
            few = 3 * len(pair.differing) <= len(doubts[doubt].fingerprint.fields)
            if not few or not pair.differing <= changed or strangers[pair.row].may_be_old:
                continue
            found[doubts[doubt].index] = strangers[pair.row].id
        used.add(pair.row)
    rest = [row for position, row in enumerate(strangers) if position not in used]
    return _StrangerPairs(visible, found, rest)
