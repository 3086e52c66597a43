"""Give operations, models and enums stable names that do not depend on upstream's names.

First the contract is dereferenced, which removes upstream's names. Then the overlay sets names by
method, path and place. At last every named schema becomes a component. A part that the overlay
does not name keeps upstream's name, or gets a name made of its place.
"""

import re
from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Iterator
from itertools import count
from json import dumps
from pathlib import Path
from typing import TypeVar

from codegen.generate.dereference import UPSTREAM, dereference
from codegen.generate.overlay import apply_overlay
from codegen.generate.schema_compare import describe_difference, strip_annotations
from codegen.generate.schema_walk import iter_schemas, iter_subschemas
from codegen.spec import COMPONENTS, ROOT, Node, iter_operations, iter_request_bodies, load_spec

OVERLAY = Path(__file__).parent / "overlay.yaml"
K = TypeVar("K", bound=Hashable)


def load_named_spec(path: Path = ROOT / "openapi.yaml") -> tuple[Node, list[str]]:
    """Return a contract with its stable names, and the messages of `apply_names`."""
    spec = load_spec(path)
    return spec, apply_names(spec, load_spec(OVERLAY))


def apply_names(spec: Node, overlay: Node) -> list[str]:
    """Name everything in a spec, in place.

    Returns:
        A message for every action and every title of the overlay that has no effect.

    Raises:
        SystemExit: One name would stand for two different schemas.
    """
    upstream_tags = spec.pop("tags", [])
    dereference(spec)
    unused_actions = apply_overlay(spec, overlay)
    name_other_operations(spec)
    describe_other_tags(spec, upstream_tags)
    schemas = [holder[key] for holder, key, _ in iter_schemas(spec)]
    name_other_schemas(schemas)
    name_request_bodies(spec)
    number_clashing_names(schemas)
    return unused_actions + componentize(spec)


def name_other_operations(spec: Node) -> None:
    """Name the operations that the overlay does not name, after upstream or after their path."""
    taken = {operation.get("operationId") for _, _, operation in iter_operations(spec)}
    for method, path, operation in iter_operations(spec):
        words = re.findall(r"[A-Za-z0-9]+", path) or ["root"]
        upstream = operation.pop(UPSTREAM)
        if "operationId" not in operation:
            # Upstream's name can be one that the overlay gives to another operation.
            unusable = upstream in (None, *taken)
            operation["operationId"] = capitalize(method.lower(), words) if unusable else upstream
        # An overlay can only append to a list, so its tag is the last one.
        operation["tags"] = (operation.pop("tags", None) or words[:1])[-1:]


def describe_other_tags(spec: Node, upstream_tags: list[Node]) -> None:
    """Add upstream's descriptions of the tags that the overlay does not describe."""
    described = spec.setdefault("tags", [])
    known = {tag["name"] for tag in described}
    used = {operation["tags"][0] for _, _, operation in iter_operations(spec)} - known
    described += [tag for tag in upstream_tags if tag["name"] in used]


def name_request_bodies(spec: Node) -> None:
    """Name the request bodies and the records in them that have no name yet, as the generator does.

    The facade checks a record against its request schema, which it finds by its name.
    """
    taken = {holder[key].get("title") for holder, key, _ in iter_schemas(spec)}
    for operation_id, _, _, schema in iter_request_bodies(spec):
        body = capitalize("", re.findall(r"[A-Za-z0-9]+", f"{operation_id} body"))
        if is_class(schema) and schema.setdefault("title", body) == body and body in taken:
            del schema["title"]
        for name, inner in iter_unnamed_classes(schema, schema.get("title", body)):
            if name not in taken and "title" in schema:
                inner["title"] = name


def name_other_schemas(schemas: list[Node]) -> None:
    """Name the classes that the overlay does not name, such as those of new operations.

    A former component gets the overlay's name for that component in other places, or keeps its own.
    Its own name gets a number if the overlay uses that name for something else.
    Another class gets the name of the only class with the same constraints, if there is one.
    """
    titled = [schema for schema in schemas if "title" in schema]
    taken = {schema["title"]: format_constraints(schema) for schema in titled}
    by_upstream = select_unambiguous((s[UPSTREAM], s["title"]) for s in titled if UPSTREAM in s)
    by_constraints = select_unambiguous(
        (format_constraints(s), s["title"]) for s in titled if s.keys() & {"properties", "enum"}
    )
    for schema in schemas:
        upstream = schema.pop(UPSTREAM, None)
        if "title" in schema or not is_class(schema):
            continue
        constraints = format_constraints(schema)
        if upstream and upstream not in by_upstream:
            clashes = taken.get(upstream, constraints) != constraints
            by_upstream[upstream] = add_number(upstream, taken) if clashes else upstream
        if name := by_upstream.get(upstream) if upstream else by_constraints.get(constraints):
            schema["title"] = name


def number_clashing_names(schemas: list[Node]) -> None:
    """Add a title with a number to a class whose generated name is already taken."""
    taken = {schema["title"] for schema in schemas if "title" in schema}
    for schema in schemas:
        if "title" in schema:
            for name, inner in iter_unnamed_classes(schema, schema["title"]):
                if name in taken:
                    inner["title"] = add_number(name, taken)
                    taken.add(inner["title"])


def iter_unnamed_classes(schema: Node, name: str) -> Iterator[tuple[str, Node]]:
    """Yield the untitled classes below a schema, each with the name that the generator makes."""
    for holder, key, _ in iter_subschemas(schema):
        inner = holder[key]
        if isinstance(inner, dict) and "title" not in inner:
            field = key if holder is schema.get("properties") else "item" if key == "items" else ""
            inner_name = capitalize(name, re.findall(r"[A-Za-z0-9]+", str(field)))
            if is_class(inner):
                yield inner_name, inner
            yield from iter_unnamed_classes(inner, inner_name)


def capitalize(prefix: str, words: Iterable[str]) -> str:
    """Return a name made of a prefix and capitalized words."""
    return prefix + "".join(word[0].upper() + word[1:] for word in words)


def add_number(name: str, taken: Container[str]) -> str:
    """Return a name with the first number that makes it unique."""
    return next(free for n in count(2) if (free := f"{name}{n}") not in taken)


def select_unambiguous(pairs: Iterable[tuple[K, str]]) -> dict[K, str]:
    """Return the names by key, without the keys that have several names."""
    names = defaultdict[K, set[str]](set)
    for key, name in pairs:
        names[key].add(name)
    return {key: found.pop() for key, found in names.items() if len(found) == 1}


def componentize(spec: Node) -> list[str]:
    """Make a component of every titled schema, in place; return messages about unused titles."""
    components, messages = spec["components"]["schemas"], list[str]()
    places = dict.fromkeys(components, "its component")
    for holder, key, place in iter_schemas(spec):
        schema = holder[key]
        title = schema.pop("title", None)
        if title is not None and not is_class(schema):
            messages.append(f"the title {title} names nothing: {place} is no object and no enum")
        elif title is not None:
            holder[key] = make_reference(title, schema)
            known = components.setdefault(title, schema), places.setdefault(title, place)
            check_same(title, known, (schema, place))
    spec["components"]["schemas"] = dict(sorted(components.items()))
    return messages


def make_reference(title: str, schema: Node) -> Node:
    """Return a reference that replaces a schema, and move the schema's default beside it."""
    reference = {"$ref": f"{COMPONENTS}{title}"}
    if "default" not in schema:
        return reference
    # A default belongs to the place, not to the class.
    return {"allOf": [reference], "default": schema.pop("default")}


def check_same(title: str, one: tuple[Node, str], other: tuple[Node, str]) -> None:
    """Raise SystemExit if two schemas with one title differ; each comes with its place."""
    if format_constraints(one[0]) != format_constraints(other[0]):
        difference = describe_difference(strip_annotations(one[0]), strip_annotations(other[0]))
        raise SystemExit(
            f"{title} would be two different schemas: {one[1]}, and {other[1]}: {difference}. "
            "Give one of them another title in codegen/generate/overlay.yaml"
        )


def is_class(schema: Node) -> bool:
    """Return whether the generator writes a class, a model or an enum, for a schema."""
    return schema.get("type") == "object" or bool(schema.keys() & {"properties", "enum"})


def format_constraints(schema: Node) -> str:
    """Return the constraints of a schema as a text to compare."""
    stripped = strip_annotations(schema)
    stripped.pop("default", None)
    return dumps(stripped, sort_keys=True)
