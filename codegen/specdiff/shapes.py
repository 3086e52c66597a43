"""Brings schemas into one shape, so that only what they allow is compared, not how it is written.

A reference and its target, `allOf` and one object, `nullable: true` of OpenAPI 3.0 and a null among
the types of 3.1, a `const` and an enum of one value all come out the same.
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
WORDS = (
    *("title", "summary", "description", "deprecated", "example", "examples", "externalDocs"),
    *("tags", "operationId", "$comment", "xml", "links"),
)
SHAPED = (
    *("type", "nullable", "enum", "const", "properties", "required", "items", "readOnly"),
    *("writeOnly", "additionalProperties", "anyOf", "oneOf", "default"),
)
KNOWN = {*SHAPED, *LIMITS, *FORMATS, *WORDS, "options", "$schema", "$id"}
Schema = Node | bool
JSON_TYPES: dict[type, str] = {
    str: "string", bool: "boolean", int: "integer", float: "number", list: "array", dict: "object",
}  # fmt: skip


@frozen
class Shape:
    """What a schema allows; the schemas below it as the document has them.

    Attributes:
        types: Without null; none of them stands for any.
        enum: The values, or None for any value.
        fields: By name; those that are only listed as required among them.
        items: The schema of an array's elements.
        others: What further fields may be: a schema, or whether there may be any.
        options: The alternatives, when there is more than one.
        rest: Keywords that nothing here understands.
    """

    types: frozenset[str]
    nullable: bool
    enum: list[Any] | None
    fields: dict[str, Node]
    required: frozenset[str]
    items: Node | None
    others: Schema
    options: list[Node]
    limits: Node
    formats: Node
    default: Any
    words: Node
    rest: Node


def shape(document: Node, schema: Schema, *, answer: bool) -> Shape:
    """The shape of a schema in a request or in an answer."""
    whole = unified(document, schema)
    enum = whole.get("enum")
    required = frozenset(whole.get("required", [])) - hidden(document, whole, answer=answer)
    return Shape(
        types=types(whole),
        nullable=whole["nullable"],
        enum=[value for value in enum if value is not None] if enum else None,
        fields=fields(document, whole, required, answer=answer),
        required=required,
        items=whole.get("items"),
        others=additional(whole.get("additionalProperties", True)),
        options=whole["options"],
        limits=limits(whole),
        formats={key: whole[key] for key in FORMATS if key in whole},
        default=whole.get("default"),
        words=words(whole),
        rest={key: whole[key] for key in sorted(whole) if not understood(key)},
    )


def identity(document: Node, schema: Schema) -> int:
    """The same number for the same schema of a document, however it is referred to."""
    return id([schema, *follow_ref(document, schema).values()][-1])


def unified(document: Node, schema: Schema) -> Node:
    """One schema out of references, `allOf` and single alternatives; null is set apart."""
    whole = merge_all_of(document, schema)
    if "const" in whole:
        whole["enum"] = [whole["const"]]
    null = whole.get("nullable") is True or "null" in listed(whole.get("type"))
    whole["nullable"] = null or None in whole.get("enum", [])
    alternatives = whole.get("anyOf", []) + whole.get("oneOf", [])
    options = [option for option in alternatives if not is_null(document, option)]
    whole["nullable"] |= len(options) < len(alternatives)
    whole["options"] = options if len(options) > 1 else []
    if len(options) == 1:
        only = unified(document, options[0])
        rest = {key: value for key, value in whole.items() if key not in ("anyOf", "oneOf")}
        nullable = whole["nullable"] or only["nullable"]
        whole = {**only, **rest, "nullable": nullable, "options": only["options"]}
    return with_plain_alternatives(document, whole)


def with_plain_alternatives(document: Node, whole: Node) -> Node:
    """Alternatives that are nothing but types are a list of types."""
    parts = [unified(document, option) for option in whole["options"]]
    plain = [set(part) - {"nullable", "options"} - set(WORDS) == {"type"} for part in parts]
    if not parts or not all(plain):
        return whole
    kinds = [kind for part in parts for kind in listed(part["type"])]
    return {**whole, "type": kinds, "options": []}


def is_null(document: Node, option: Schema) -> bool:
    """Whether an alternative is null and nothing else."""
    return isinstance(option, dict) and listed(resolve_ref(document, option).get("type")) == [
        "null"
    ]


def types(whole: Node) -> frozenset[str]:
    """The types, said or implied; an integer is also a number."""
    found = set(listed(whole.get("type"))) - {"null"}
    if not found and "properties" in whole:
        found = {"object"}
    elif not found and "items" in whole:
        found = {"array"}
    elif not found and "enum" in whole:
        found = {JSON_TYPES[type(value)] for value in whole["enum"] if value is not None}
    return frozenset(found - {"integer"} if "number" in found else found)


def fields(
    document: Node, whole: Node, required: frozenset[str], *, answer: bool
) -> dict[str, Node]:
    """The fields that can stand in a request, or in an answer."""
    known: dict[str, Node] = {name: {} for name in sorted(required)} | whole.get("properties", {})
    away = hidden(document, whole, answer=answer)
    return {name: schema for name, schema in known.items() if name not in away}


def hidden(document: Node, whole: Node, *, answer: bool) -> frozenset[str]:
    """The fields that are for the other direction only."""
    word = "writeOnly" if answer else "readOnly"
    properties = whole.get("properties", {}).items()
    return frozenset(
        name for name, field in properties if isinstance(field, dict)
        and resolve_ref(document, field).get(word) is True
    )  # fmt: skip


def additional(value: Schema) -> Schema:
    """Fields of any kind are the same as no word about them."""
    return True if value == {} else value


def limits(whole: Node) -> Node:
    """The limits, with OpenAPI 3.0's exclusive bounds as numbers."""
    said = {key: whole[key] for key in LIMITS if key in whole}
    found = {key: value for key, value in said.items() if value is not None and value is not False}
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if found.get(exclusive) is True and bound in found:
            found[exclusive] = found.pop(bound)
    return found


def words(node: Node) -> Node:
    """What is said for readers only."""
    return {key: node[key] for key in sorted(node) if key in WORDS or key.startswith("x-")}


def understood(key: str) -> bool:
    """Whether a keyword of a schema is one that a shape has a place for."""
    return key in KNOWN or key.startswith("x-")


def listed(kind: Any) -> list[str]:
    """A `type`, which may be one or several, as a list."""
    return kind if isinstance(kind, list) else [kind] if kind is not None else []


def canonical(node: Any) -> str:
    """The same text for equal values, whatever the order of their keys."""
    return json.dumps(node, sort_keys=True, ensure_ascii=False)
