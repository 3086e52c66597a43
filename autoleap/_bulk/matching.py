"""Matching what was sent with what is there: the API gives no ids back, and answers get lost.

Content is all there is to go by, normalised: blank, false and missing are one, as are a number and
its spelling, and the case of an enum. Two equal records are two records and want two rows.
Pure functions: nothing here reads or sends.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter, defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeAlias, cast

from attrs import field, frozen

from .._request_schemas import Schema, resolve_ref

Json: TypeAlias = dict[str, Any]


Digest: TypeAlias = bytes


@frozen
class Fingerprint:
    """What a record or a row is known by.

    Attributes:
        digest: Of all its fields that a request may hold.
        key: Of the few fields by which people would know it; equal digests have equal keys.
    """

    digest: Digest
    key: Digest


@frozen
class MatchResult:
    """What a look at the server says of records whose creation is in doubt.

    Attributes:
        found: Ids by row of the input.
        absent: Rows of the input that are clearly not there.
        similar: Rows of the input that are not there, but something like them is: its id.
    """

    found: dict[int, str] = field(factory=dict[int, str])
    absent: list[int] = field(factory=list[int])
    similar: dict[int, str] = field(factory=dict[int, str])


def fingerprint(
    record: Json, schema: str, key: Sequence[str], only: Collection[str] | None = None
) -> Fingerprint:
    """Mark a record to be sent, or a row that was read, by its content.

    Args:
        schema: Name of the request schema whose fields count.
        key: The fields by which people would know a record.
        only: Paths of the fields to look at, as `paths` gives them; None for all. A server fills in
            defaults, so of a row only those fields count that some sent record has.
    """
    content = normalize(record, {"$ref": schema}, only)
    known = cast("Json", content) if isinstance(content, dict) else {}
    return Fingerprint(_digest(known), _digest([known.get(name) for name in key]))


def field_paths(record: object, path: str = "") -> set[str]:
    """The paths of all fields a record has, list elements taken together."""
    found = {path}
    if isinstance(record, dict):
        for name, item in cast("Json", record).items():
            found |= field_paths(item, f"{path}.{name}")
    elif isinstance(record, list):
        for item in cast("list[object]", record):
            found |= field_paths(item, path)
    return found


def match(
    doubtful: Mapping[int, Fingerprint],
    rows: Mapping[str, Fingerprint],
    *,
    taken: Mapping[Digest, int],
    ours: Collection[Digest],
) -> MatchResult:
    """Say of each record in doubt whether it is there.

    Args:
        doubtful: Marks by row of the input.
        rows: Marks by id of the rows that may be theirs, oldest first. The older a row, the
            sooner it is given away: a younger one may be that of an equal record on its way.
        taken: How many of the rows with a digest belong to other records that are done.
        ours: Digests of all records that were sent; a row that has one is no mere likeness.
    """
    result = MatchResult()
    spoken_for = Counter(dict(taken))
    equal: defaultdict[Digest, deque[str]] = defaultdict(deque)
    alike: dict[Digest, str] = {}
    for key, row in rows.items():
        if spoken_for[row.digest] > 0:
            spoken_for[row.digest] -= 1
        else:
            equal[row.digest].append(key)
        if row.digest not in ours:
            alike.setdefault(row.key, key)
    for index, record in doubtful.items():
        if equal[record.digest]:
            result.found[index] = equal[record.digest].popleft()
        elif record.key in alike:
            result.similar[index] = alike[record.key]
        else:
            result.absent.append(index)
    return result


def normalize(
    value: object, schema: Schema, only: Collection[str] | None = None, path: str = ""
) -> object:
    """A value without what does not tell it from another: None for all that is blank."""
    if only is not None and path not in only:
        return None
    schema = resolve_ref(schema)
    if isinstance(value, dict):
        held = cast("Json", value)
        fields = {
            name: normalize(held.get(name), batch, only, f"{path}.{name}")
            for name, batch in _list_properties(schema).items()
        }
        return {name: item for name, item in fields.items() if item is not None} or None
    if isinstance(value, list):
        batch = schema.get("items", {})
        items = [normalize(item, batch, only, path) for item in cast("list[object]", value)]
        return [item for item in items if item is not None] or None
    return _normalize_scalar(value, closed=_has_enum(schema))


def _list_properties(schema: Schema) -> dict[str, Schema]:
    merged: dict[str, Schema] = dict(schema.get("properties", {}))
    for batch in schema.get("allOf", ()):
        merged |= _list_properties(resolve_ref(batch))
    return merged


def _has_enum(schema: Schema) -> bool:
    options = [schema, *map(resolve_ref, schema.get("anyOf", ()))]
    return any("enum" in option for option in options)


def _normalize_scalar(value: object, *, closed: bool) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return "true"
    said = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    said = said.strip()
    if said == "false":
        return None
    return (said.casefold() if closed else said) or None


def _digest(content: object) -> Digest:
    spelled = json.dumps(content, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(spelled.encode("utf-8", "surrogatepass"), digest_size=16).digest()
