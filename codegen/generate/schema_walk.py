"""Iterate over the schemas of a dereferenced contract."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from codegen.spec import Node, iter_operations

# The object or list that holds a schema, the schema's key in it, and a description of the place.
SchemaPlace: TypeAlias = tuple[Any, str | int, str]


def iter_schemas(spec: Node) -> Iterator[SchemaPlace]:
    """Yield every schema of the operations and components, each after its subschemas."""
    for method, path, operation in iter_operations(spec):
        place, shared = f"{method} {path}", spec["paths"][path].get("parameters", [])
        for parameter in [*shared, *operation.get("parameters", [])]:
            yield from iter_content_schemas(parameter, f"{place} {parameter['name']}")
        yield from iter_content_schemas(operation.get("requestBody", {}), f"{place} body")
        for code, response in operation["responses"].items():
            yield from iter_content_schemas(response, f"{place} {code}")
    components = spec["components"]["schemas"]
    for name in list(components):
        yield from iter_schema_tree(components, name, name)


def iter_content_schemas(node: Node, place: str) -> Iterator[SchemaPlace]:
    """Yield the schemas of a parameter, a request body or a response."""
    for holder in (node, *node.get("content", {}).values()):
        if "schema" in holder:
            yield from iter_schema_tree(holder, "schema", place)


def iter_schema_tree(holder: Any, key: str | int, place: str) -> Iterator[SchemaPlace]:
    """Yield the subschemas of a schema, the deepest first, and then the schema."""
    if isinstance(holder[key], dict):
        for inner, inner_key, step in iter_subschemas(holder[key]):
            yield from iter_schema_tree(inner, inner_key, place + step)
        yield holder, key, place


def iter_subschemas(schema: Node) -> Iterator[SchemaPlace]:
    """Yield the places directly below a schema that can hold a schema."""
    for keyword in ("properties", "patternProperties"):
        for name in schema.get(keyword, {}):
            yield schema[keyword], name, f".{name}"
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*"), ("not", " (not)")):
        if keyword in schema:
            yield schema, keyword, step
    for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for number in range(len(schema.get(keyword, ()))):
            yield schema[keyword], number, f" ({keyword} {number})"
