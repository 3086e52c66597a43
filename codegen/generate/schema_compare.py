"""What schemas demand, apart from what they are called and what is said about them."""

from copy import deepcopy
from typing import Any

from codegen.generate.schema_walk import directly_below
from codegen.spec import Node

WORDS = {"title", "description", "example", "examples", "deprecated", "readOnly", "writeOnly"}


def bare(schema: Any) -> Any:
    """A copy of a schema without names and words, at any depth."""
    if not isinstance(schema, dict):
        return schema
    copy = deepcopy({keyword: value for keyword, value in schema.items() if not is_word(keyword)})
    for holder, key, _ in directly_below(copy):
        holder[key] = bare(holder[key])
    return copy


def is_word(keyword: str) -> bool:
    """Whether a keyword only tells something, and demands nothing."""
    return keyword in WORDS or keyword.startswith("x-")


def difference(one: Any, other: Any, path: str = "") -> str:
    """The first place where two schemas differ, in words."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            if one.get(key) != other.get(key):
                return difference(one.get(key), other.get(key), f"{path}.{key}")
    return f"{path.removeprefix('.')} is {one!s:.80} in the one, {other!s:.80} in the other"


def joined(schema: Node) -> Node:
    """One schema out of the parts of `allOf`; as it was when two of them disagree."""
    if not isinstance(schema.get("allOf"), list):
        return schema
    own = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
    parts: list[Node] = [*schema["allOf"], own]
    if len(parts) > 2 or any(keyword != "default" for keyword in bare(own)):
        # A part is called and described as that part; only when it is all there is, as the whole.
        parts[:-1] = [{k: v for k, v in part.items() if not is_word(k)} for part in parts[:-1]]
    whole: Node = {}
    for part in parts:
        for keyword, value in part.items():
            if keyword == "$ref" or not agrees(keyword, value, whole):
                return schema
            whole[keyword] = added(keyword, value, whole)
    return whole


def agrees(keyword: str, value: Any, whole: Node) -> bool:
    """Whether a keyword can join those of the other parts without taking anything back."""
    known = whole.get(keyword)
    if keyword == "properties" and known:
        return all(bare(known.get(name, field)) == bare(field) for name, field in value.items())
    return known is None or known == value or is_word(keyword) or keyword == "required"


def added(keyword: str, value: Any, whole: Node) -> Any:
    """The value of a keyword after one more part."""
    known = whole.get(keyword)
    if keyword == "properties" and known:
        return {**known, **value}
    if keyword == "required" and known:
        return [*known, *(name for name in value if name not in known)]
    return value
