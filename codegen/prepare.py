"""Reads the contract, and makes the edits that the generator needs.

First the overlay, as part of settling every name (names.py); then those that it cannot express.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonpath
from jsonpath import JSONPointer, JSONPointerError
from ruamel.yaml import YAML

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
Node = dict[str, Any]


def load(path: Path) -> Node:
    """Read a YAML or JSON document as plain JSON types; an alias becomes a copy of its own."""
    document = YAML(typ="safe", pure=True).load(path.read_text(encoding="utf-8"))
    copy: Node = json.loads(json.dumps(document, default=str))
    return copy


def loosen_answers(spec: Node) -> None:
    """Let answers lack any field, in place: only the schemas of requests can require one."""
    written = reachable(spec, [body for _, _, _, body in request_bodies(spec)])
    for name, schema in spec["components"]["schemas"].items():
        loosen(schema, keep_required=name in written)
    for _, _, operation in operations(spec):
        loosen(operation.get("requestBody", {}), keep_required=True)
        loosen(operation["responses"], keep_required=False)


def apply_overlay(spec: Node, overlay: Node) -> list[str]:
    """Carry out the actions of an OpenAPI Overlay 1.0 document, in their order.

    Returns, in words, which actions matched nothing. To the standard that is a success, and here
    it must be one: what upstream has removed cannot be edited any more.
    """
    idle: list[str] = []
    for number, action in enumerate(overlay["actions"], 1):
        matches: list[Any] = list(jsonpath.finditer(action["target"], spec))
        if not matches:
            aim = "remove" if action.get("remove") else f"update {json.dumps(action['update'])}"
            idle.append(f"action {number} matches nothing: {action['target']}, to {aim}")
        # Backwards, because a removal moves what follows it in a list.
        for match in reversed(matches):
            if action.get("remove"):
                del match.parent.obj[match.parts[-1]]
            else:
                merge(match.obj, action["update"])
    return idle


def merge(target: Any, update: Any) -> None:
    """Merge as overlays do: append to a list, and go through an object key by key."""
    if isinstance(target, list):
        target.append(update)
        return
    for key, value in update.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merge(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            target[key] = value


def loosen(node: Any, *, keep_required: bool) -> None:
    """Drop `required` unless it is to stay, and every ban on additional properties.

    A model without additional properties would have no room for what cannot be read.
    """
    if isinstance(node, dict):
        if not keep_required and isinstance(node.get("required"), list):
            del node["required"]
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
    for child in children(node):
        loosen(child, keep_required=keep_required)


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
