"""Apply overlay.yaml, and make the edit that an overlay cannot express."""

import json
from typing import Any

import jsonpath

from codegen.spec import (
    COMPONENTS,
    Node,
    find_reachable_refs,
    iter_operations,
    list_children,
)


def apply_overlay(spec: Node, overlay: Node) -> list[str]:
    """Apply the actions of an OpenAPI Overlay 1.0 document to a spec, in place and in order.

    Returns:
        A message for every action that matches nothing. The standard does not treat such an action
        as an error, and a part that upstream removed is a normal reason for one.
    """
    unused_actions: list[str] = []
    for number, action in enumerate(overlay["actions"], 1):
        matches: list[Any] = list(jsonpath.finditer(action["target"], spec))
        if not matches:
            aim = "remove" if action.get("remove") else f"update {json.dumps(action['update'])}"
            unused_actions.append(f"action {number} matches nothing: {action['target']}, to {aim}")
        # A removal shifts the later elements of a list, so the last match comes first.
        for match in reversed(matches):
            if action.get("remove"):
                del match.parent.obj[match.parts[-1]]
            else:
                merge_update(match.obj, action["update"])
    return unused_actions


def merge_update(target: Any, update: Any) -> None:
    """Merge an overlay's update into its target: append to a list, merge an object key by key."""
    if isinstance(target, list):
        target.append(update)
        return
    for key, value in update.items():
        known = target.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merge_update(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            known.extend(value)
        else:
            target[key] = value


def relax_responses(spec: Node) -> None:
    """Make every field optional in place, except in the schemas of requests."""
    bodies = [operation.get("requestBody", {}) for _, _, operation in iter_operations(spec)]
    requests = find_reachable_refs(spec, bodies)
    for name, schema in spec["components"]["schemas"].items():
        relax_schemas(schema, keep_required=f"{COMPONENTS}{name}" in requests)
    for _, _, operation in iter_operations(spec):
        relax_schemas(operation.get("requestBody", {}), keep_required=True)
        relax_schemas(operation["responses"], keep_required=False)


def relax_schemas(node: Any, *, keep_required: bool) -> None:
    """Remove `required` unless the caller keeps it, and remove `additionalProperties: false`.

    A model stores unreadable values in its additional properties, so every model needs them.
    """
    if isinstance(node, dict):
        if not keep_required and isinstance(node.get("required"), list):
            del node["required"]
        if node.get("additionalProperties") is False:
            del node["additionalProperties"]
    for child in list_children(node):
        relax_schemas(child, keep_required=keep_required)
