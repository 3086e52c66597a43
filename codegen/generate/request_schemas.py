"""Writes request_schemas.json: what the contract demands of request bodies, and nothing else of it.

The facade checks records against it before they are sent. The names are those that hold (names.py);
what is demanded is the contract's own word, before anything is loosened for the generator.
"""

import json

from codegen.spec import Node, find_refs, iter_request_bodies, merge_all_of

KEYWORDS = (
    *("type", "enum", "const", "required", "pattern", "format"),
    *("minLength", "maxLength", "minItems", "maxItems"),
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
)


def request_schemas(spec: Node) -> str:
    """The file's text: the operations with a body, and every schema that their bodies use."""
    known, schemas, listed = spec["components"]["schemas"], dict[str, Node](), dict[str, Node]()
    for operation_id, method, path, body in iter_request_bodies(spec):
        name = body["$ref"].rpartition("/")[2] if "$ref" in body else f"{operation_id}Body"
        listed[operation_id] = {"method": method, "path": path, "body": name}
        queue = [(name, known.get(name, body))]
        while queue:
            name, schema = queue.pop()
            if name not in schemas:
                schemas[name] = stripped(spec, schema)
                queue.extend((used, known[used]) for used in find_refs(schemas[name]))
    document = {"operations": listed, "schemas": schemas}
    return json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def stripped(spec: Node, schema: Node) -> Node:
    """A schema with its validation keywords only, `allOf` merged, references as bare names."""
    if "$ref" in schema:
        return {"$ref": schema["$ref"].rpartition("/")[2]}
    schema = merge_all_of(spec, schema)
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
