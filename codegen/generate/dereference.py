"""Unfolds the contract: every reference gives way to what it refers to.

What a schema is called, whether it is a component at all and whether it is put together of parts
is upstream's choice, and may be another one tomorrow. Unfolded, the contract reads the same
whatever was chosen, and the overlay finds every schema by its place alone.
"""

from typing import Any

from codegen.generate.schema_compare import joined
from codegen.generate.schema_walk import every_schema
from codegen.spec import Node, children, operations, pointed

UPSTREAM = "x-upstream-name"
COMPONENTS = "#/components/schemas/"


def unfold(spec: Node) -> None:
    """Put everything that is referred to where it is used, in place; set upstream's names aside.

    Titles go. The operationId, or the name of the component that a schema was, is kept beside it
    under UPSTREAM. Only schemas that contain themselves stay components: they have no end.
    """
    endless = containing_themselves(spec)
    names = sorted(reference.removeprefix(COMPONENTS) for reference in endless)
    schemas = {name: inlined(spec, spec["components"]["schemas"][name], endless) for name in names}
    paths = inlined(spec, spec["paths"], endless)
    kept = {key: spec[key] for key in ("openapi", "info")}
    spec.clear()
    spec |= {**kept, "paths": paths, "components": {"schemas": schemas}}
    for holder, key, _ in every_schema(spec):
        holder[key].pop("title", None)
        holder[key] = joined(holder[key])
    for _, _, operation in operations(spec):
        operation[UPSTREAM] = operation.pop("operationId", None)


def inlined(spec: Node, node: Any, endless: set[str]) -> Any:
    """A copy of a node without references; what stands beside one overrides what it refers to."""
    if isinstance(node, list):
        return [inlined(spec, child, endless) for child in node]
    if not isinstance(node, dict):
        return node
    reference = node.get("$ref")
    if not isinstance(reference, str):
        return {key: inlined(spec, child, endless) for key, child in node.items()}
    if reference in endless:
        return {"$ref": reference}
    beside = {key: value for key, value in node.items() if key != "$ref"}
    whole = inlined(spec, {**pointed(spec, reference), **beside}, endless)
    name = reference.removeprefix(COMPONENTS)
    if reference.startswith(COMPONENTS) and "/" not in name:
        whole.setdefault(UPSTREAM, name)
    return whole


def containing_themselves(spec: Node) -> set[str]:
    """References to component schemas that lead back to themselves, however many steps later."""
    leads_to: dict[str, set[str]] = {}
    queue = references(spec["paths"])
    while queue:
        reference = queue.pop()
        leads_to[reference] = references(pointed(spec, reference))
        queue |= leads_to[reference] - leads_to.keys()
    endless = {reference for reference in leads_to if reference in reach(reference, leads_to)}
    if odd := sorted(reference for reference in endless if not reference.startswith(COMPONENTS)):
        raise SystemExit(f"contain themselves, and are no components: {odd}")
    return endless


def reach(start: str, leads_to: dict[str, set[str]]) -> set[str]:
    """Every reference that one leads to, in one step or more."""
    found: set[str] = set()
    queue = set(leads_to[start])
    while queue:
        reference = queue.pop()
        found.add(reference)
        queue |= leads_to[reference] - found
    return found


def references(node: Any) -> set[str]:
    """Every reference at or below a node, not followed further."""
    own = node.get("$ref") if isinstance(node, dict) else None
    found = {own} if isinstance(own, str) else set[str]()
    return found.union(*(references(child) for child in children(node)))
