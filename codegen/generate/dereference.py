"""Replace every reference of the contract by its target.

Upstream can rename a component, inline it or split it into parts at any time. The dereferenced
contract is the same in all these cases, and the overlay finds every schema by its place.
"""

from typing import Any

from codegen.generate.schema_compare import collapse_all_of
from codegen.generate.schema_walk import iter_schemas
from codegen.spec import (
    COMPONENTS,
    Node,
    find_reachable_refs,
    follow_ref,
    get_component_name,
    get_target,
    iter_operations,
    merge_all_of,
    resolve_ref,
)

UPSTREAM = "x-upstream-name"


def dereference(spec: Node) -> None:
    """Replace every reference of a spec by its target, in place, and remove upstream's names.

    Titles are removed. UPSTREAM keeps the operationId of an operation and the component name of a
    schema. A recursive schema has no finite expansion, so it stays a component.
    """
    recursive = find_recursive_refs(spec)
    components = {reference: get_target(spec, reference) for reference in sorted(recursive)}
    schemas = {
        reference.removeprefix(COMPONENTS): inline_refs(spec, schema, recursive)
        for reference, schema in components.items()
    }
    paths = inline_refs(spec, spec["paths"], recursive)
    remaining = {key: spec[key] for key in ("openapi", "info")}
    spec.clear()
    spec |= {**remaining, "paths": paths, "components": {"schemas": schemas}}
    for holder, key, _ in iter_schemas(spec):
        holder[key].pop("title", None)
        holder[key] = collapse_all_of(spec, holder[key])
    for _, _, operation in iter_operations(spec):
        operation[UPSTREAM] = operation.pop("operationId", None)


def inline_refs(spec: Node, node: Any, recursive: set[str]) -> Any:
    """Return a copy of a node whose only references are those to recursive schemas."""
    if isinstance(node, list):
        return [inline_refs(spec, child, recursive) for child in node]
    if not isinstance(node, dict):
        return node
    steps = follow_ref(spec, node)
    if remaining := [reference for reference in steps if reference in recursive]:
        return {"$ref": remaining[0]}
    whole = resolve_ref(spec, node)
    copy = {key: inline_refs(spec, child, recursive) for key, child in whole.items()}
    if names := [name for name in map(get_component_name, steps) if name is not None]:
        copy.setdefault(UPSTREAM, names[-1])
    return copy


def find_recursive_refs(spec: Node) -> set[str]:
    """Return the references to component schemas that contain themselves.

    Raises:
        SystemExit: A recursive node is not a component schema, or it is a part of itself.
    """
    references = find_reachable_refs(spec, [spec["paths"]])
    targets = {reference: get_target(spec, reference) for reference in references}
    recursive = {r for r in references if r in find_reachable_refs(spec, [targets[r]])}
    if odd := sorted(reference for reference in recursive if not get_component_name(reference)):
        raise SystemExit(f"these contain themselves, and are not component schemas: {odd}")
    for reference in sorted(recursive):
        merge_all_of(spec, {"$ref": reference})  # raises SystemExit for a part of itself
    return recursive
