"""Responses to operations without a handler: the examples of the contract."""

from collections.abc import Mapping
from typing import cast

import attrs

from autoleap.sandbox.schemas import Schema, merge_all_of, resolve_ref

_DEEPEST = 8
_TEXTS = {
    "date-time": "2026-01-31T09:00:00Z",
    "date": "2026-01-31",
    "uuid": "5e91b3c7-0000-4000-8000-000000000000",
}
_VALUES: Mapping[object, object] = {"integer": 1, "number": 1.5, "boolean": True, "null": None}
_FILES = {"application/pdf": b"%PDF-1.4\n%%EOF\n"}


@attrs.frozen
class Example:
    """A success that the contract shows, or that fits its schema.

    Attributes:
        status: The status of the success.
        media_type: Its media type; None for a response without a body.
        value: The body: JSON, or the bytes of a file.
    """

    status: int
    media_type: str | None
    value: object


def read_example(document: Schema, described: Schema) -> Example | None:
    """Return the example of an operation; None if the contract names no success."""
    responses = cast("Mapping[str, Schema]", described["responses"])
    codes = sorted(code for code in map(str, responses) if code.startswith("2"))
    if not codes:
        return None
    status = int(codes[0]) if codes[0].isdigit() else 200
    success = resolve_ref(document, responses[codes[0]])
    content = cast("Mapping[str, Schema]", success.get("content", {}))
    if not content:
        return Example(status, None, None)
    media_type = "application/json" if "application/json" in content else next(iter(content))
    media = content[media_type]
    shown = _shown(document, media)
    if media_type.endswith("json"):
        value = shown if shown is not None else make_value(document, media.get("schema", {}))
        return Example(status, media_type, value)
    file = str(shown).encode() if shown is not None else _FILES.get(media_type, b"sample")
    return Example(status, media_type, file)


def make_value(document: Schema, schema: object, depth: int = 0) -> object:
    """Return a JSON value that a schema allows, from its own examples if it has some."""
    whole = merge_all_of(document, resolve_ref(document, cast("Schema", schema)))
    given = [
        *_list(whole, "examples"),
        *(whole[key] for key in ("example", "default") if key in whole),
        *_list(whole, "enum"),
    ]
    if given:
        return given[0]
    if options := [*_list(whole, "anyOf"), *_list(whole, "oneOf")]:
        return make_value(document, options[0], depth + 1)
    if depth >= _DEEPEST:
        return None
    kind = _kind(whole)
    if kind == "object":
        fields = cast("Schema", whole.get("properties", {}))
        return {name: make_value(document, field, depth + 1) for name, field in fields.items()}
    if kind == "array":
        return [make_value(document, whole.get("items", {}), depth + 1)]
    return _TEXTS.get(str(whole.get("format")), "text") if kind == "string" else _VALUES.get(kind)


def _shown(document: Schema, media: Schema) -> object:
    """Return the first example of a body, None if the contract shows none."""
    listed = cast("Mapping[str, Schema]", media.get("examples", {})).values()
    shown = [resolve_ref(document, example).get("value") for example in listed]
    return next((value for value in (*shown, media.get("example")) if value is not None), None)


def _list(schema: Schema, key: str) -> list[object]:
    return cast("list[object]", schema.get(key, []))


def _kind(schema: Schema) -> object:
    declared = schema.get("type", "object" if "properties" in schema else None)
    if isinstance(declared, list):
        kinds = [kind for kind in cast("list[object]", declared) if kind != "null"]
        return kinds[0] if kinds else "null"
    return declared
