"""What schemas demand, apart from what they are called and what is said about them."""

from copy import deepcopy
from itertools import combinations
from typing import Any

from codegen.generate.schema_walk import directly_below
from codegen.spec import Node, merge_all_of

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


def collapse_all_of(spec: Node, schema: Node) -> Node:
    """Return one schema out of the parts of `allOf`, or the schema itself if its parts disagree."""
    if not isinstance(schema.get("allOf"), list):
        return schema
    parts: list[Node] = schema["allOf"]
    own = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
    if len(parts) > 1 or bare(own).keys() - {"default"}:
        # The words of a part are true of the whole only when the part is all there is.
        parts = [{k: v for k, v in part.items() if not is_word(k)} for part in parts]
    unmerged = any(part.keys() & {"$ref", "allOf"} for part in parts)
    if unmerged or not all(agree(*pair) for pair in combinations([*parts, own], 2)):
        return schema
    return merge_all_of(spec, {**own, "allOf": parts})


def agree(one: Node, other: Node) -> bool:
    """Return whether one schema can demand what two parts of `allOf` demand."""
    for keyword in one.keys() & other.keys():
        if keyword == "properties":
            fields, others = one[keyword], other[keyword]
            if any(bare(fields[name]) != bare(others[name]) for name in fields.keys() & others):
                return False
        elif keyword != "required" and not is_word(keyword) and one[keyword] != other[keyword]:
            return False
    return True
