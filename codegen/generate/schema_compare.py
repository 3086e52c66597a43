"""Compare schemas by their constraints, without their annotations.

An annotation, such as a title or a description, does not change which values a schema accepts.
"""

from copy import deepcopy
from itertools import combinations
from typing import Any

from codegen.generate.schema_walk import iter_subschemas
from codegen.spec import Node, merge_all_of

ANNOTATIONS = {
    *("title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly"),
}


def is_annotation(keyword: str) -> bool:
    """Return whether a keyword is an annotation."""
    return keyword in ANNOTATIONS or keyword.startswith("x-")


def drop_annotations(schema: Node) -> Node:
    """Return a schema without its own annotations; those of its subschemas stay."""
    return {keyword: value for keyword, value in schema.items() if not is_annotation(keyword)}


def strip_annotations(schema: Any) -> Any:
    """Return a copy of a schema without annotations at any depth."""
    if not isinstance(schema, dict):
        return schema
    copy = deepcopy(drop_annotations(schema))
    for holder, key, _ in iter_subschemas(copy):
        holder[key] = strip_annotations(holder[key])
    return copy


def describe_difference(one: Any, other: Any, path: str = "") -> str:
    """Return a description of the first place where two schemas differ."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if one.get(key) != other.get(key):
                return describe_difference(one.get(key), other.get(key), f"{path}.{key}")
    return f"{path.removeprefix('.')} is {one!s:.80} in the one, {other!s:.80} in the other"


def collapse_all_of(spec: Node, schema: Node) -> Node:
    """Return one schema for a schema with `allOf`, or the same schema if its parts contradict."""
    if not isinstance(schema.get("allOf"), list):
        return schema
    parts: list[Node] = schema["allOf"]
    own = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
    if len(parts) > 1 or strip_annotations(own).keys() - {"default"}:
        # Annotations of a part describe the whole schema only if there is no other part.
        parts = [drop_annotations(part) for part in parts]
    unmerged = any(part.keys() & {"$ref", "allOf"} for part in parts)
    if unmerged or any(contradict(*pair) for pair in combinations([*parts, own], 2)):
        return schema
    return merge_all_of(spec, {**own, "allOf": parts})


def contradict(one: Node, other: Node) -> bool:
    """Return whether two parts of `allOf` have different constraints for the same keyword."""
    for keyword in drop_annotations(one).keys() & other.keys() - {"required"}:
        if keyword == "properties":
            names = one[keyword].keys() & other[keyword]
            pairs = [(one[keyword][name], other[keyword][name]) for name in names]
            if any(strip_annotations(a) != strip_annotations(b) for a, b in pairs):
                return True
        elif one[keyword] != other[keyword]:
            return True
    return False
