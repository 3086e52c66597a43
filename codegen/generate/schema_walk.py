"""Finds every schema of an unfolded contract, by where it stands."""

from collections.abc import Iterator
from typing import Any, TypeAlias

from codegen.spec import Node, iter_operations

# A schema by the object or list that holds it, its key there, and the place in words.
Place: TypeAlias = tuple[Any, str | int, str]


def every_schema(spec: Node) -> Iterator[Place]:
    """Every schema of the operations and the components, those within a schema before itself."""
    for method, path, operation in iter_operations(spec):
        where, shared = f"{method} {path}", spec["paths"][path].get("parameters", [])
        for parameter in [*shared, *operation.get("parameters", [])]:
            yield from of_content(parameter, f"{where} {parameter['name']}")
        yield from of_content(operation.get("requestBody", {}), f"{where} body")
        for code, answer in operation["responses"].items():
            yield from of_content(answer, f"{where} {code}")
    components = spec["components"]["schemas"]
    for name in list(components):
        yield from at_and_below(components, name, name)


def of_content(described: Node, where: str) -> Iterator[Place]:
    """The schemas of a parameter, a body or an answer."""
    for holder in (described, *described.get("content", {}).values()):
        if "schema" in holder:
            yield from at_and_below(holder, "schema", where)


def at_and_below(holder: Any, key: str | int, where: str) -> Iterator[Place]:
    """A schema, and before it every schema within it, the deepest first."""
    if isinstance(holder[key], dict):
        for inner, inner_key, step in directly_below(holder[key]):
            yield from at_and_below(inner, inner_key, where + step)
        yield holder, key, where


def directly_below(schema: Node) -> Iterator[Place]:
    """The places within a schema where further schemas may stand."""
    for keyword in ("properties", "patternProperties"):
        for name in schema.get(keyword, {}):
            yield schema[keyword], name, f".{name}"
    for keyword, step in (("items", "[]"), ("additionalProperties", ".*"), ("not", " (not)")):
        if keyword in schema:
            yield schema, keyword, step
    for keyword in ("allOf", "anyOf", "oneOf", "prefixItems"):
        for number in range(len(schema.get(keyword, ()))):
            yield schema[keyword], number, f" ({keyword} {number})"
