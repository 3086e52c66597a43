"""Write request_schemas.json: the constraints of request bodies.

The facade validates records against this file before it sends them. The file has the stable names
of naming.py, and the constraints of the contract before responses are relaxed.
"""

import json

from codegen.spec import Node, find_refs, get_ref, iter_request_bodies, merge_all_of

KEYWORDS = (
    *("type", "enum", "const", "required", "pattern", "format"),
    *("minLength", "maxLength", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)


def format_request_schemas(spec: Node) -> str:
    """Return the file's text: the operations with a body, and the schemas that the bodies use."""
    components, schemas, operations = spec["components"]["schemas"], {}, {}
    for operation_id, method, path, body in iter_request_bodies(spec):
        name = get_schema_name(body) or f"{operation_id}Body"
        operations[operation_id] = {"method": method, "path": path, "body": name}
        queue = [(name, components.get(name, body))]
        while queue:
            name, schema = queue.pop()
            if name not in schemas:
                schemas[name] = strip_schema(spec, schema)
                queue.extend((used, components[used]) for used in find_refs(schemas[name]))
    document = {"operations": operations, "schemas": schemas}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def get_schema_name(schema: Node) -> str | None:
    """Return the component name in a schema's reference, or None if it has no reference."""
    reference = get_ref(schema)
    return reference and reference.rpartition("/")[2]


def strip_schema(spec: Node, schema: Node) -> Node:
    """Return a schema with constraints only, `allOf` merged, and references as plain names."""
    if name := get_schema_name(schema):
        return {"$ref": name}
    whole = merge_all_of(spec, schema)
    stripped = {keyword: whole[keyword] for keyword in KEYWORDS if keyword in whole}
    if "properties" in whole:
        properties = whole["properties"].items()
        stripped["properties"] = {name: strip_schema(spec, value) for name, value in properties}
    for keyword in ("items", "additionalProperties"):
        if keyword in whole:
            value = whole[keyword]
            stripped[keyword] = strip_schema(spec, value) if isinstance(value, dict) else value
    for keyword in ("anyOf", "oneOf"):
        if keyword in whole:
            stripped[keyword] = [strip_schema(spec, option) for option in whole[keyword]]
    return stripped
