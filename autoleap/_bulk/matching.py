"""Pure: no I/O, no clock.

Match records of the input with rows of the server by their content.

A create returns no ids, and its response can be lost. Only the content then shows which row belongs
to which record. The content is normalized first: blank, false and missing are equal, and so are a
number and its text. Two equal records are two records and need two rows.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict, deque
from collections.abc import Collection, Mapping, Sequence
from typing import TypeAlias, cast

from attrs import field, frozen

from .._request_schemas import Schema, resolve_ref
from .options import Json

Digest: TypeAlias = bytes


@frozen
class Fingerprint:
    """Hashes that identify a record or a row by its content.

    Attributes:
        digest: Hash of all fields that a request can hold.
        key: Hash of the few identifying fields. Equal digests have equal keys.
    """

    digest: Digest
    key: Digest


@frozen
class MatchResult:
    """Result of matching uncertain records with rows of the server, by index in the input.

    Attributes:
        ids: Ids of the rows that match.
        absent: Indexes of the records that have neither an equal nor a similar row.
        similar_ids: Ids of rows that have the same key but different content.
    """

    ids: dict[int, str] = field(factory=dict[int, str])
    absent: list[int] = field(factory=list[int])
    similar_ids: dict[int, str] = field(factory=dict[int, str])


def match(
    uncertain: Mapping[int, Fingerprint],
    rows: Mapping[str, Fingerprint],
    *,
    claimed: Mapping[Digest, int],
    sent_digests: Collection[Digest],
) -> MatchResult:
    """Find the row of each uncertain record.

    Args:
        uncertain: Fingerprints of the records, by index in the input.
        rows: Fingerprints of the rows that can match, by id, oldest first. The oldest row is used
            first, because a newer row can belong to an equal record that is being sent now.
        claimed: Number of rows with each digest that belong to other records.
        sent_digests: Digests of all records that were sent. A row with one of them is not similar
            to a record, because it belongs to another record.

    Returns:
        For each record an id, a similar id, or its index in `absent`.
    """
    ids = _group_unclaimed_ids(rows, claimed)
    similar_ids = _group_similar_ids(rows, sent_digests)
    result = MatchResult()
    for index, record in uncertain.items():
        if ids[record.digest]:
            result.ids[index] = ids[record.digest].popleft()
        elif record.key in similar_ids:
            result.similar_ids[index] = similar_ids[record.key]
        else:
            result.absent.append(index)
    return result


def _group_unclaimed_ids(
    rows: Mapping[str, Fingerprint], claimed: Mapping[Digest, int]
) -> defaultdict[Digest, deque[str]]:
    """Return the ids of the rows that belong to no other record, oldest first, by digest."""
    claims_left = dict(claimed)
    ids: defaultdict[Digest, deque[str]] = defaultdict(deque)
    for id_, row in rows.items():
        if claims_left.get(row.digest, 0) > 0:
            claims_left[row.digest] -= 1
        else:
            ids[row.digest].append(id_)
    return ids


def _group_similar_ids(
    rows: Mapping[str, Fingerprint], sent_digests: Collection[Digest]
) -> dict[Digest, str]:
    """Return the id of the oldest row that equals no sent record, by key."""
    ids: dict[Digest, str] = {}
    for id_, row in rows.items():
        if row.digest not in sent_digests:
            ids.setdefault(row.key, id_)
    return ids


def compute_fingerprint(
    content: Json, schema: str, key_fields: Sequence[str], paths: Collection[str] | None = None
) -> Fingerprint:
    """Hash the content of a record or of a row.

    Args:
        content: The record or row in the API's JSON.
        schema: Name of the request schema. Fields that it does not name are ignored.
        key_fields: Names of the identifying fields.
        paths: Paths of the fields to hash, as `list_field_paths` returns them; None for all. A
            server adds default values, so a row is compared only by fields that were sent.
    """
    normalized = normalize(content, {"$ref": schema}, paths)
    fields = cast("Json", normalized) if isinstance(normalized, dict) else {}
    return Fingerprint(_hash_json(fields), _hash_json([fields.get(name) for name in key_fields]))


def list_field_paths(value: object, path: str = "") -> set[str]:
    """Return the paths of all fields of a value; all elements of a list share one path."""
    paths = {path}
    if isinstance(value, dict):
        for name, item in cast("Json", value).items():
            paths |= list_field_paths(item, f"{path}.{name}")
    elif isinstance(value, list):
        for item in cast("list[object]", value):
            paths |= list_field_paths(item, path)
    return paths


def normalize(
    value: object, schema: Schema, paths: Collection[str] | None = None, path: str = ""
) -> object:
    """Return a value in the form in which values are compared; None for a blank value.

    Args:
        value: A JSON value.
        schema: Its schema.
        paths: Paths of the fields to keep; None for all.
        path: Path of this value.
    """
    if paths is not None and path not in paths:
        return None
    schema = resolve_ref(schema)
    if isinstance(value, dict):
        return _normalize_object(cast("Json", value), schema, paths, path)
    if isinstance(value, list):
        element_schema = schema.get("items", {})
        elements = cast("list[object]", value)
        items = [normalize(item, element_schema, paths, path) for item in elements]
        return [item for item in items if item is not None] or None
    return _normalize_scalar(value, fold_case=_has_enum(schema))


def _normalize_object(
    value: Json, schema: Schema, paths: Collection[str] | None, path: str
) -> Json | None:
    fields = {
        name: normalize(value.get(name), field_schema, paths, f"{path}.{name}")
        for name, field_schema in _list_properties(schema).items()
    }
    return {name: item for name, item in fields.items() if item is not None} or None


def _list_properties(schema: Schema) -> dict[str, Schema]:
    properties: dict[str, Schema] = dict(schema.get("properties", {}))
    for subschema in schema.get("allOf", ()):
        properties |= _list_properties(resolve_ref(subschema))
    return properties


def _has_enum(schema: Schema) -> bool:
    options = [schema, *map(resolve_ref, schema.get("anyOf", ()))]
    return any("enum" in option for option in options)


def _normalize_scalar(value: object, *, fold_case: bool) -> str | None:
    if value is None or value is False:
        return None
    if value is True:
        return "true"
    text = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
    text = text.strip()
    if text == "false":
        return None
    return (text.casefold() if fold_case else text) or None


def _hash_json(value: object) -> Digest:
    text = json.dumps(value, sort_keys=True, ensure_ascii=False)
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).digest()
