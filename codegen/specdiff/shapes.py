"""Normalize schemas, so that a comparison sees what they allow and not how they are written.

These pairs give the same shape: a reference and its target; `allOf` and one object; a `const` and
an enum of one value; `nullable: true` of OpenAPI 3.0 and a null type of 3.1.
"""

import json
from typing import Any

from attrs import frozen

from codegen.spec import Node, follow_ref, merge_all_of, resolve_ref

LIMITS = (
    *("minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
    *("multipleOf", "uniqueItems", "pattern"),
)
FORMATS = ("format", "contentEncoding", "contentMediaType")
ANNOTATIONS = (
    *("title", "summary", "description", "deprecated", "example", "examples", "externalDocs"),
    *("tags", "operationId", "$comment", "xml", "links"),
)
SHAPED = (
    *("type", "nullable", "enum", "const", "properties", "required", "items", "readOnly"),
    *("writeOnly", "additionalProperties", "anyOf", "oneOf", "default"),
)
KNOWN = {*SHAPED, *LIMITS, *FORMATS, *ANNOTATIONS, "options", "$schema", "$id"}
Schema = Node | bool
JSON_TYPES: dict[type, str] = {
    str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
}  # fmt: skip


@frozen
class Shape:
    """What a schema allows. The schemas below it are as the spec has them.

    Attributes:
        types: Types except null; an empty set allows every type.
        enum: The values, or None if every value is allowed.
        fields: Schemas by field name, also for names that only `required` lists.
        items: The schema of an array's elements.
        additional: A schema for fields without a name, or whether they are allowed.
        options: The alternatives, if there is more than one.
        unknown: Keywords that this module does not know.
    """

    types: frozenset[str]
    nullable: bool
    enum: list[Any] | None
    fields: dict[str, Node]
    required: frozenset[str]
    items: Node | None
    additional: Schema
    options: list[Node]
    limits: Node
    formats: Node
    default: Any
    annotations: Node
    unknown: Node


def build_shape(spec: Node, schema: Schema, *, response: bool) -> Shape:
    """Return the shape of a schema in a request or in a response."""
    whole = normalize(spec, schema)
    enum = whole.get("enum")
    hidden = find_hidden_fields(spec, whole, response=response)
    required = frozenset(whole.get("required", [])) - hidden
    fields: dict[str, Node] = {name: {} for name in sorted(required)} | whole.get("properties", {})
    additional = whole.get("additionalProperties", True)
    return Shape(
        types=get_types(whole),
        nullable=whole["nullable"],
        enum=[value for value in enum if value is not None] if enum else None,
        fields={name: field for name, field in fields.items() if name not in hidden},
        required=required,
        items=whole.get("items"),
        additional=True if additional == {} else additional,
        options=whole["options"],
        limits=get_limits(whole),
        formats={key: whole[key] for key in FORMATS if key in whole},
        default=whole.get("default"),
        annotations=get_annotations(whole),
        unknown={key: whole[key] for key in sorted(whole) if not is_known(key)},
    )


def get_identity(spec: Node, schema: Schema) -> int:
    """Return the same number for the same schema of a spec, with or without a reference."""
    return id([schema, *follow_ref(spec, schema).values()][-1])


def normalize(spec: Node, schema: Schema, trail: frozenset[int] = frozenset()) -> Node:
    """Return one schema with `nullable` and `options` in place of `anyOf` and `oneOf`.

    SystemExit names a schema that is an alternative of itself.
    """
    if (here := get_identity(spec, schema)) in trail:
        raise SystemExit(f"the contract has an alternative that leads back to itself: {schema}")
    whole = merge_all_of(spec, schema)
    if "const" in whole:
        whole["enum"] = [whole["const"]]
    alternatives = whole.pop("anyOf", []) + whole.pop("oneOf", [])
    options = [option for option in alternatives if not is_null(spec, option)]
    nullable = len(options) < len(alternatives) or allows_null(whole)
    if len(options) == 1:
        only = normalize(spec, options[0], trail | {here})
        return {**only, **whole, "nullable": nullable or only["nullable"]}
    parts = [normalize(spec, option, trail | {here}) for option in options]
    if parts and all(has_only_type(part) for part in parts):
        whole["type"] = [name for part in parts for name in to_list(part["type"])]
        options = []
    return {**whole, "nullable": nullable, "options": options}


def allows_null(whole: Node) -> bool:
    """Return whether a schema allows null by its own keywords."""
    by_type = whole.get("nullable") is True or "null" in to_list(whole.get("type"))
    return by_type or None in whole.get("enum", [])


def has_only_type(part: Node) -> bool:
    """Return whether a normalized schema has no other constraint than its type."""
    return part.keys() - {"nullable", "options", *ANNOTATIONS} == {"type"}


def is_null(spec: Node, option: Schema) -> bool:
    """Return whether an alternative allows only null."""
    return isinstance(option, dict) and to_list(resolve_ref(spec, option).get("type")) == ["null"]


def get_types(whole: Node) -> frozenset[str]:
    """Return the stated or implied types; "number" includes "integer"."""
    found = set(to_list(whole.get("type"))) - {"null"}
    if not found and "properties" in whole:
        found = {"object"}
    elif not found and "items" in whole:
        found = {"array"}
    elif not found and "enum" in whole:
        found = {JSON_TYPES[type(value)] for value in whole["enum"] if value is not None}
    return frozenset(found - {"integer"} if "number" in found else found)


def find_hidden_fields(spec: Node, whole: Node, *, response: bool) -> frozenset[str]:
    """Return the fields that are only for requests, or only for responses."""
    keyword = "writeOnly" if response else "readOnly"
    properties = whole.get("properties", {}).items()
    return frozenset(
        name for name, field in properties if isinstance(field, dict)
        and resolve_ref(spec, field).get(keyword) is True
    )  # fmt: skip


def get_limits(whole: Node) -> Node:
    """Return the limits; a boolean exclusive bound of OpenAPI 3.0 becomes a number."""
    given = {key: whole[key] for key in LIMITS if key in whole}
    found = {key: value for key, value in given.items() if value is not None and value is not False}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if found.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
    return found


def get_annotations(node: Node) -> Node:
    """Return the keywords that only inform a reader."""
    return {key: node[key] for key in sorted(node) if key in ANNOTATIONS or key.startswith("x-")}


def is_known(key: str) -> bool:
    """Return whether a shape has a place for a keyword."""
    return key in KNOWN or key.startswith("x-")


def to_list(types: Any) -> list[str]:
    """Return the value of `type`, one or several names, as a list."""
    return types if isinstance(types, list) else [types] if types is not None else []


def to_canonical_json(node: Any) -> str:
    """Return the same text for equal values, whatever the order of their keys."""
    return json.dumps(node, sort_keys=True, ensure_ascii=False)
