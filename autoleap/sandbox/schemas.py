"""Functions that make a schema of the contract self-contained and forbid unknown fields."""

from collections.abc import Mapping
from typing import cast

Schema = dict[str, object]


def resolve_ref(document: Schema, schema: Schema) -> Schema:
    """Return the target of `$ref` in the document, merged with the keys siblings `$ref`."""
    while "$ref" in schema:
        target: object = document
        for part in str(schema["$ref"]).removeprefix("#/").split("/"):
            target = _follow_step(target, part)
        siblings = {key: value for key, value in schema.items() if key != "$ref"}
        schema = cast("Schema", target) | siblings
    return schema


def _follow_step(node: object, part: str) -> object:
    """Follow one step of a JSON Pointer (RFC 6901), which escapes slashes and tildes."""
    if isinstance(node, list):
        return cast("list[object]", node)[int(part)]
    return cast("Schema", node)[part.replace("~1", "/").replace("~0", "~")]


def forbid_unknown_fields(document: Schema, schema: Schema) -> Schema:
    """Return a copy without references whose objects refuse unknown fields.

    The contract does not define what happens to unknown fields. The sandbox refuses them to find
    misspelled names. An object with its own `additionalProperties` stays unchanged.
    """
    merged = merge_all_of(document, resolve_ref(document, schema))
    if "properties" in merged:
        properties = cast("Mapping[str, Schema]", merged["properties"])
        merged["properties"] = {
            name: forbid_unknown_fields(document, field) for name, field in properties.items()
        }
        merged.setdefault("additionalProperties", False)
    if "items" in merged:
        merged["items"] = forbid_unknown_fields(document, cast("Schema", merged["items"]))
    for choice in ("anyOf", "oneOf"):
        if choice in merged:
            options = cast("list[Schema]", merged[choice])
            merged[choice] = [forbid_unknown_fields(document, option) for option in options]
    return merged


def merge_all_of(document: Schema, schema: Schema) -> Schema:
    """Merge the parts of `allOf` into one schema, so that it contains every property."""
    merged = {key: value for key, value in schema.items() if key != "allOf"}
    for part in cast("list[Schema]", schema.get("allOf", [])):
        member = merge_all_of(document, resolve_ref(document, part))
        for key, value in member.items():
            if key == "properties":
                merged[key] = {**cast("Schema", value), **cast("Schema", merged.get(key, {}))}
            elif key == "required":
                merged[key] = [*cast("list[str]", value), *cast("list[str]", merged.get(key, []))]
            else:
                merged.setdefault(key, value)
    return merged
