"""The contract's schemas made self-contained, and closed against unknown fields."""

from collections.abc import Mapping
from typing import cast

Schema = dict[str, object]


def resolve(document: Schema, schema: Schema) -> Schema:
    """Follow `$ref` within the document; what stands beside it is kept."""
    while "$ref" in schema:
        target: object = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = _step(target, part)
        beside = {key: value for key, value in schema.items() if key != "$ref"}
        schema = cast("Schema", target) | beside
    return schema


def _step(node: object, part: str) -> object:
    """One step of a JSON Pointer (RFC 6901), which escapes the slashes of a path."""
    if isinstance(node, list):
        return cast("list[object]", node)[int(part)]
    return cast("Schema", node)[part.replace("~1", "/").replace("~0", "~")]


def closed(document: Schema, schema: Schema) -> Schema:
    """A copy without references, in which objects refuse fields the contract does not name.

    The contract says nothing about unknown fields, so refusing them is the sandbox's own
    strictness: it finds misspelled ones. Objects that say `additionalProperties` stay as they are.
    """
    whole = merged(document, resolve(document, schema))
    if "properties" in whole:
        properties = cast("Mapping[str, Schema]", whole["properties"])
        whole["properties"] = {name: closed(document, field) for name, field in properties.items()}
        whole.setdefault("additionalProperties", False)
    if "items" in whole:
        whole["items"] = closed(document, cast("Schema", whole["items"]))
    for choice in ("anyOf", "oneOf"):
        if choice in whole:
            options = cast("list[Schema]", whole[choice])
            whole[choice] = [closed(document, option) for option in options]
    return whole


def merged(document: Schema, schema: Schema) -> Schema:
    """The schema with its `allOf` parts folded in, so that closing it sees every property."""
    whole = {key: value for key, value in schema.items() if key != "allOf"}
    for part in cast("list[Schema]", schema.get("allOf", [])):
        member = merged(document, resolve(document, part))
        for key, value in member.items():
            if key == "properties":
                whole[key] = {**cast("Schema", value), **cast("Schema", whole.get(key, {}))}
            elif key == "required":
                whole[key] = [*cast("list[str]", value), *cast("list[str]", whole.get(key, []))]
            else:
                whole.setdefault(key, value)
    return whole
