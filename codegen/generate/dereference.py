"""Unfolds the contract: every reference gives way to what it refers to.

What a schema is called, whether it is a component at all and whether it is put together of parts
is upstream's choice, and may be another one tomorrow. Unfolded, the contract reads the same
whatever was chosen, and the overlay finds every schema by its place alone.
"""

from typing import Any

from codegen.generate.schema_compare import collapse_all_of
from codegen.generate.schema_walk import every_schema
from codegen.spec import (
    COMPONENTS,
    Node,
    find_reachable_refs,
    follow_ref,
    get_target,
    iter_operations,
    merge_all_of,
    resolve_ref,
)

UPSTREAM = "x-upstream-name"


def unfold(spec: Node) -> None:
    """Put everything that is referred to where it is used, in place; set upstream's names aside.

    Titles go. The operationId, or the name of the component that a schema was, is kept beside it
    under UPSTREAM. Only schemas that contain themselves stay components: they have no end.
    """
    recursive = find_recursive_refs(spec)
    names = sorted(reference.removeprefix(COMPONENTS) for reference in recursive)
    components = {name: spec["components"]["schemas"][name] for name in names}
    schemas = {name: inline(spec, schema, recursive) for name, schema in components.items()}
    paths = inline(spec, spec["paths"], recursive)
    kept = {key: spec[key] for key in ("openapi", "info")}
    spec.clear()
    spec |= {**kept, "paths": paths, "components": {"schemas": schemas}}
    for holder, key, _ in every_schema(spec):
        holder[key].pop("title", None)
        holder[key] = collapse_all_of(spec, holder[key])
    for _, _, operation in iter_operations(spec):
        operation[UPSTREAM] = operation.pop("operationId", None)


def inline(spec: Node, node: Any, recursive: set[str]) -> Any:
    """Return a copy of a node without references, except those to recursive schemas."""
    if isinstance(node, list):
        return [inline(spec, child, recursive) for child in node]
    if not isinstance(node, dict):
        return node
    steps = follow_ref(spec, node)
    if end := [reference for reference in steps if reference in recursive]:
        return {"$ref": end[0]}
    copy = {key: inline(spec, child, recursive) for key, child in resolve_ref(spec, node).items()}
    names = [reference.removeprefix(COMPONENTS) for reference in steps]
    if components := [name for name in names if "/" not in name]:
        copy.setdefault(UPSTREAM, components[-1])
    return copy


def find_recursive_refs(spec: Node) -> set[str]:
    """Return the references to component schemas that contain themselves.

    SystemExit names a schema that can neither be inlined nor stay a component.
    """
    references = find_reachable_refs(spec, [spec["paths"]])
    targets = {reference: get_target(spec, reference) for reference in references}
    recursive = {r for r in references if r in find_reachable_refs(spec, [targets[r]])}
    if odd := sorted(reference for reference in recursive if not reference.startswith(COMPONENTS)):
        raise SystemExit(f"contain themselves, and are no components: {odd}")
    for reference in sorted(recursive):
        merge_all_of(spec, {"$ref": reference})  # stops at a schema that is a part of itself
    return recursive
