"""Functions that read an OpenAPI document.

Every program of this package follows `$ref` and merges `allOf` with the functions of this file.
"""

import json
import re
from collections.abc import Container, Iterable, Iterator
from functools import reduce
from pathlib import Path
from typing import Any

from jsonpath import JSONPointer, JSONPointerError
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
COMPONENTS = "#/components/schemas/"
Node = dict[str, Any]


def load_spec(path: Path) -> Node:
    """Read a YAML or JSON document as plain JSON types; each alias becomes a separate copy."""
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    copy: Node = json.loads(json.dumps(document, default=str))
    return copy


def iter_operations(spec: Node) -> Iterator[tuple[str, str, Node]]:
    """Yield every operation as (method, path, operation), in the order of the document."""
    for path, item in spec.get("paths", {}).items():
        operations = resolve_ref(spec, item)
        for method in METHODS:
            if method in operations:
                yield method.upper(), path, operations[method]


def iter_request_bodies(spec: Node) -> Iterator[tuple[str, str, str, Node]]:
    """Yield every JSON request body as (operationId, method, path, schema)."""
    for method, path, operation in iter_operations(spec):
        body = resolve_ref(spec, operation.get("requestBody", {}))
        if media := body.get("content", {}).get("application/json"):
            yield operation["operationId"], method, path, media["schema"]


def list_children(node: Any) -> list[Any]:
    """Return the nodes directly below a node."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []


def get_ref(node: Any) -> str | None:
    """Return the `$ref` of a node, or None if the node has none."""
    reference = node.get("$ref") if isinstance(node, dict) else None
    return reference if isinstance(reference, str) else None


def get_component_name(reference: str) -> str | None:
    """Return the name of the component schema that a reference points to, or None."""
    name = reference.removeprefix(COMPONENTS)
    return None if name == reference or "/" in name else name


def find_refs(node: Any) -> set[str]:
    """Return every reference at or below a node, without those of their targets."""
    own = get_ref(node)
    found = set[str]() if own is None else {own}
    return found.union(*(find_refs(child) for child in list_children(node)))


def find_reachable_refs(spec: Node, nodes: Iterable[Any]) -> set[str]:
    """Return every reference at or below some nodes, with those of their targets."""
    found: set[str] = set()
    queue = find_refs(list(nodes))
    while queue:
        found |= queue
        targets = [get_target(spec, reference) for reference in queue]
        queue = find_refs(targets) - found
    return found


def get_target(spec: Node, reference: str, followed: Container[str] = ()) -> Any:
    """Return the node that a reference points to.

    Args:
        spec: The document.
        reference: A JSON Pointer into the document, behind a `#`.
        followed: The references on the way to this one.

    Raises:
        SystemExit: The target is not in the document, or the reference leads back to itself.
    """
    try:
        if not reference.startswith("#"):
            raise JSONPointerError("it leads out of the document")
        if reference in followed:
            raise JSONPointerError("it leads back to itself")
        return JSONPointer(reference[1:], uri_decode=True).resolve(spec)
    except JSONPointerError as error:
        raise SystemExit(f"the contract refers to {reference}: {error}") from error


def follow_ref(spec: Node, node: Any) -> dict[str, Any]:
    """Return the references from a node to its last target, each with its own target, in order."""
    steps: dict[str, Any] = {}
    while (reference := get_ref(node)) is not None:
        node = steps[reference] = get_target(spec, reference, steps)
    return steps


def resolve_ref(spec: Node, node: Node) -> Node:
    """Return the target of a node's reference; keywords beside `$ref` override the target's."""
    steps = follow_ref(spec, node)
    if not steps:
        return node
    whole: Node = {}
    for part in [*reversed(steps.values()), node]:
        whole |= part
    del whole["$ref"]
    return whole


def merge_all_of(spec: Node, schema: Node | bool, followed: frozenset[str] = frozenset()) -> Node:
    """Return one schema out of `$ref`, `allOf` and the keywords beside them.

    A keyword beside `allOf` overrides the parts, and a later part overrides an earlier one.
    SystemExit names a reference that leads back to itself.
    """
    if isinstance(schema, bool):
        return {} if schema else {"not": {}}
    parts = [merge_all_of(spec, part, followed) for part in schema.get("allOf", [])]
    if (reference := get_ref(schema)) is not None:
        target = get_target(spec, reference, followed)
        parts.insert(0, merge_all_of(spec, target, followed | {reference}))
    own = {keyword: value for keyword, value in schema.items() if keyword not in ("$ref", "allOf")}
    return reduce(merge_part, [*parts, own], {})


def merge_part(whole: Node, part: Node) -> Node:
    """Return a schema with one more part; properties and required names add up."""
    merged = whole | part
    if properties := whole.get("properties", {}) | part.get("properties", {}):
        merged["properties"] = properties
    if required := [*whole.get("required", []), *part.get("required", [])]:
        merged["required"] = list(dict.fromkeys(required))
    return merged


def to_snake_case(name: str) -> str:
    """Return the generator's Python spelling of most names."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()
