"""Matching what was sent with what is there: the API gives no ids back from a create.

Content is all there is to go by. A sent record matches a row that says the same in every field
the record has; the row may say more (defaults, dates, its id). Two equal records are two records
and want two rows. Pure functions: nothing here reads or sends.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias, cast

Json: TypeAlias = dict[str, Any]


def match(
    records: Mapping[int, Json], rows: Iterable[Json], *, id_field: str, look_up: Sequence[str]
) -> dict[int, str]:
    """Give each record the id of a row that says the same.

    Args:
        records: What was sent, by row of the input.
        rows: What is there, each with its id.
        id_field: The field that holds a row's id.
        look_up: Fields by which candidates are found; matching itself looks at all fields.

    Returns:
        Ids by row of the input, for those that were found; no row is given away twice.
    """
    candidates: defaultdict[tuple[object, ...], list[Json]] = defaultdict(list)
    for row in rows:
        candidates[_key(row, look_up)].append(row)
    found: dict[int, str] = {}
    for index, record in records.items():
        near = candidates[_key(record, look_up)]
        for row in near:
            if says(row, record):
                near.remove(row)
                found[index] = str(row[id_field])
                break
    return found


def says(there: object, sent: object) -> bool:
    """Whether a value that is there says all that was sent, blank and missing being one."""
    if _blank(sent):
        return True
    if isinstance(sent, dict):
        known = cast("Json", there) if isinstance(there, dict) else {}
        return all(says(known.get(name), value) for name, value in cast("Json", sent).items())
    if isinstance(sent, list):
        wanted = [item for item in cast("list[object]", sent) if not _blank(item)]
        held = cast("list[object]", there) if isinstance(there, list) else []
        return len(wanted) == len(held) and all(map(says, held, wanted))
    return _plain(there) == _plain(sent)


def _key(record: Json, look_up: Sequence[str]) -> tuple[object, ...]:
    return tuple(_plain(record.get(name)) for name in look_up)


def _plain(value: object) -> object:
    return value.strip() if isinstance(value, str) else None if _blank(value) else value


def _blank(value: object) -> bool:
    return value is None or value in ("", [], {})
