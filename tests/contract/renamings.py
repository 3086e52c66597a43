"""The contract as upstream could as well have written it: with other names, or with none."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

Spec = dict[str, Any]
METHODS = ("get", "put", "post", "patch", "delete")


def operations(spec: Spec) -> list[dict[str, Any]]:
    return [item[method] for item in spec["paths"].values() for method in METHODS if method in item]


def anywhere(node: Any, change: Callable[[Any], Any]) -> Any:
    """A copy of a document in which every object has been changed, the outer ones first."""
    if isinstance(node, dict):
        return {key: anywhere(child, change) for key, child in change(node).items()}
    return [anywhere(child, change) for child in node] if isinstance(node, list) else node


def without_operation_ids(spec: Spec) -> Spec:
    for operation in operations(spec):
        del operation["operationId"]
    return spec


def without_tags(spec: Spec) -> Spec:
    del spec["tags"]
    for operation in operations(spec):
        del operation["tags"]
    return spec


def with_other_tags(spec: Spec) -> Spec:
    for number, operation in enumerate(operations(spec)):
        operation["tags"] = [f"Group {number % 3}", "Beta"]
    return spec


def with_other_component_names(spec: Spec) -> Spec:
    chance = random.Random(7)
    new: dict[str, str] = {}
    for section, components in spec["components"].items():
        order = chance.sample(sorted(components), len(components))
        names = {old: f"{chance.choice('AMZ')}{chance.getrandbits(40):x}" for old in order}
        spec["components"][section] = {names[old]: components[old] for old in order}
        for old, name in names.items():
            new[f"#/components/{section}/{old}"] = f"#/components/{section}/{name}"
    (scheme,) = spec["components"]["securitySchemes"]
    spec["security"] = [{scheme: []}]
    renamed: Spec = anywhere(
        spec, lambda node: {**node, "$ref": new[node["$ref"]]} if "$ref" in node else node
    )
    return renamed


def without_component_schemas(spec: Spec) -> Spec:
    """Everything written out where it is used, as tools do that bundle or dereference."""

    def written_out(node: Spec) -> Spec:
        while "$ref" in node:
            _, section, name = node["$ref"].removeprefix("#/").split("/")
            beside = {key: value for key, value in node.items() if key != "$ref"}
            node = {**spec["components"][section][name], **beside}
        return node

    spec["paths"] = anywhere(spec["paths"], written_out)
    spec["components"] = {"securitySchemes": spec["components"]["securitySchemes"]}
    return spec


def without_parts(spec: Spec) -> Spec:
    """As well written out, and every `allOf` made one schema."""

    def whole(node: Spec) -> Spec:
        parts, own = node.get("allOf", []), {k: v for k, v in node.items() if k != "allOf"}
        if not parts:
            return node
        merged = {key: value for part in parts for key, value in whole(part).items()}
        fields: Spec = {}
        for part in parts:
            fields |= whole(part).get("properties", {})
        required = [name for part in parts for name in whole(part).get("required", [])]
        merged |= {"properties": fields} if fields else {}
        merged |= {"required": required} if required else {}
        return {**merged, **own}

    flat: Spec = anywhere(without_component_schemas(spec), whole)
    return flat


def with_titles_everywhere(spec: Spec) -> Spec:
    def entitled(node: Spec) -> Spec:
        is_schema = node.get("type") in ("object", "array", "string", "integer", "number")
        return {**node, "title": "Model of upstream"} if is_schema else node

    for section in ("paths", "components"):
        spec[section] = anywhere(spec[section], entitled)
    return spec


def all_together(spec: Spec) -> Spec:
    renamed = with_other_component_names(without_operation_ids(with_other_tags(spec)))
    return with_titles_everywhere(without_component_schemas(renamed))


MUTATIONS = [
    without_operation_ids,
    without_tags,
    with_other_tags,
    with_other_component_names,
    without_component_schemas,
    without_parts,
    with_titles_everywhere,
    all_together,
]
