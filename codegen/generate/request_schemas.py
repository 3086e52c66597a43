"""Writes request_schemas.json: what the contract demands of request bodies, and nothing else of it.

The facade checks records against it before they are sent. The names are those that hold (names.py);
what is demanded is the contract's own word, before anything is loosened for the generator.
"""

import json
from typing import Any

from codegen.spec import Node, request_bodies, resolved

KEYWORDS = (
    *("type", "enum", "const", "required", "pattern", "format"),
    *("minLength", "maxLength", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)


def request_schemas(spec: Node) -> str:
    """The file's text: the operations with a body, and every schema that their bodies use."""
    known, schemas, listed = spec["components"]["schemas"], dict[str, Node](), dict[str, Node]()
    for operation_id, method, path, body in request_bodies(spec):
        name = body["$ref"].rpartition("/")[2] if "$ref" in body else f"{operation_id}Body"
        listed[operation_id] = {"method": method, "path": path, "body": name}
        queue = [(name, known.get(name, body))]
        while queue:
            name, schema = queue.pop()
            if name not in schemas:
                schemas[name] = stripped(spec, schema)
                queue.extend((used, known[used]) for used in references(schemas[name]))
    document = {"operations": listed, "schemas": schemas}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stripped(spec: Node, schema: Node) -> Node:
    """A schema with its validation keywords only, `allOf` merged, references as bare names."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].rpartition("/")[2]}
    schema = flattened(spec, schema)
    kept = {keyword: schema[keyword] for keyword in KEYWORDS if keyword in schema}
    if "properties" in schema:
        properties = schema["properties"].items()
        kept["properties"] = {name: stripped(spec, value) for name, value in properties}
    for keyword in ("items", "additionalProperties"):
        if keyword in schema:
            value = schema[keyword]
            kept[keyword] = stripped(spec, value) if isinstance(value, dict) else value
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            kept[keyword] = [stripped(spec, choice) for choice in schema[keyword]]
    return kept


def flattened(spec: Node, schema: Node) -> Node:
    """One schema out of `allOf`: properties and `required` joined, the rest from the outermost."""
    result = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
    parts = [flattened(spec, resolved(spec, part)) for part in schema.get("allOf", [])]
    for part in parts:
        properties = {**part.get("properties", {}), **result.get("properties", {})}
        required = [*part.get("required", []), *result.get("required", [])]
        result = {**part, **result}
        result |= {"properties": properties} if properties else {}
        result |= {"required": sorted(set(required))} if required else {}
    return result


def references(node: Any) -> list[str]:
    """Names of the schemas that a stripped schema refers to directly."""
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            return [node["$ref"]]
        node = list(node.values())
    return [name for child in node for name in references(child)] if isinstance(node, list) else []
