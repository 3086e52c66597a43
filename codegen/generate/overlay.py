"""Carries out the overlay, and makes the edits that it cannot express."""

import json
from typing import Any

import jsonpath

from codegen.spec import (
    COMPONENTS,
    Node,
    find_reachable_refs,
    iter_operations,
    iter_request_bodies,
    list_children,
)


def loosen_answers(spec: Node) -> None:
    """Let answers lack any field, in place: only the schemas of requests can require one."""
    requests = find_reachable_refs(spec, [body for _, _, _, body in iter_request_bodies(spec)])
    for name, schema in spec["components"]["schemas"].items():
        loosen(schema, keep_required=f"{COMPONENTS}{name}" in requests)
    for _, _, operation in iter_operations(spec):
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
    for child in list_children(node):
        loosen(child, keep_required=keep_required)
