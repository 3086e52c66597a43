"""Reads the contract: the document, its operations, its references."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonpath import JSONPointer, JSONPointerError
from ruamel.yaml import YAML

ROOT = Path(__file__).parent.parent
METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
Node = dict[str, Any]


def load(path: Path) -> Node:
    """Read a YAML or JSON document as plain JSON types; an alias becomes a copy of its own."""
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    copy: Node = json.loads(json.dumps(document, default=str))
    return copy


def operations(spec: Node) -> Iterator[tuple[str, str, Node]]:
    """Every operation as (method, path, operation), in the order of the document."""
    for path, item in spec["paths"].items():
        for method in METHODS:
            if method in item:
                yield method.upper(), path, item[method]


def request_bodies(spec: Node) -> Iterator[tuple[str, str, str, Node]]:
    """The JSON body of every operation that has one: (operationId, method, path, schema)."""
    for method, path, operation in operations(spec):
        body = resolved(spec, operation.get("requestBody", {}))
        if media := body.get("content", {}).get("application/json"):
            yield operation["operationId"], method, path, media["schema"]


def resolved(spec: Node, node: Node) -> Node:
    """Follow a reference into the document; a node without one is returned as it is."""
    while "$ref" in node:
        node = pointed(spec, node["$ref"])
    return node


def pointed(spec: Node, reference: str) -> Any:
    """What a reference points to; SystemExit when that is not in the document."""
    try:
        if not reference.startswith("#"):
            raise JSONPointerError("it leads out of the document")
        return JSONPointer(reference[1:], uri_decode=True).resolve(spec)
    except JSONPointerError as error:
        raise SystemExit(f"the contract refers to {reference}: {error}") from error


def reachable(spec: Node, nodes: list[Node]) -> set[str]:
    """Names of all component schemas that the nodes refer to, however deep."""
    found: set[str] = set()
    queue: list[Any] = list(nodes)
    while queue:
        node = queue.pop()
        reference = node.get("$ref") if isinstance(node, dict) else None
        if isinstance(reference, str) and (name := reference.rpartition("/")[2]) not in found:
            found.add(name)
            queue.append(spec["components"]["schemas"][name])
        queue.extend(children(node))
    return found


def children(node: Any) -> list[Any]:
    """The nodes directly below a node of the document."""
    if isinstance(node, dict):
        return list(node.values())
    return node if isinstance(node, list) else []
