"""Gives operations, models and enums names that hold, whatever upstream calls them.

The contract is unfolded, so that nothing of upstream's own naming is left; the overlay says by
method, path and place what things are called; then everything with a name becomes a component.
What the overlay does not know is called as upstream calls it, or else by its place.
"""

import re
from collections import defaultdict
from collections.abc import Container, Hashable, Iterable, Iterator
from itertools import count
from json import dumps
from pathlib import Path
from typing import TypeVar

from codegen.generate.dereference import UPSTREAM, unfold
from codegen.generate.overlay import apply_overlay
from codegen.generate.schema_compare import bare, difference
from codegen.generate.schema_walk import directly_below, every_schema
from codegen.spec import COMPONENTS, ROOT, Node, iter_operations, load_spec

HERE = Path(__file__).parent
K = TypeVar("K", bound=Hashable)


def give_names(spec: Node, overlay: Node) -> list[str]:
    """Edit the contract in place; returns what of the overlay found nothing to do, in words.

    SystemExit when one name would stand for two different schemas.
    """
    unfold(spec)
    idle = apply_overlay(spec, overlay)
    name_the_other_operations(spec)
    schemas = [holder[key] for holder, key, _ in every_schema(spec)]
    name_the_other_schemas(schemas)
    number_what_clashes(schemas)
    return idle + fold(spec)


def named_contract(path: Path = ROOT / "openapi.yaml") -> tuple[Node, list[str]]:
    """A contract under our names, and what `give_names` has to say about it."""
    spec = load_spec(path)
    return spec, give_names(spec, load_spec(HERE / "overlay.yaml"))


def name_the_other_operations(spec: Node) -> None:
    """Complete the operations that the overlay does not know: upstream's name, or the path's."""
    given = {operation.get("operationId") for _, _, operation in iter_operations(spec)}
    for method, path, operation in iter_operations(spec):
        words = re.findall(r"[A-Za-z0-9]+", path) or ["root"]
        upstream = operation.pop(UPSTREAM)
        if "operationId" not in operation:
            by_path = method.lower() + "".join(word[0].upper() + word[1:] for word in words)
            # What upstream calls so now may be another operation than the one we know so.
            operation["operationId"] = by_path if upstream in (None, *given) else upstream
        # An overlay can only append to a list: the last tag is its own, where it gave one.
        operation["tags"] = (operation.pop("tags", None) or words[:1])[-1:]


def name_the_other_schemas(schemas: list[Node]) -> None:
    """Complete the classes that the overlay does not reach, as in operations it does not know.

    What was a component keeps its name, or takes what the overlay calls that component elsewhere;
    with a number, when the overlay has given the name away to something else.
    What never had a name takes that of the one class with the same content, if there is one.
    """
    titled = [schema for schema in schemas if "title" in schema]
    given = {schema["title"]: content(schema) for schema in titled}
    by_upstream = agreed((s[UPSTREAM], s["title"]) for s in titled if UPSTREAM in s)
    by_content = agreed(
        (content(s), s["title"]) for s in titled if s.keys() & {"properties", "enum"}
    )
    for schema in schemas:
        upstream = schema.pop(UPSTREAM, None)
        if "title" in schema or not is_class(schema):
            continue
        if upstream and upstream not in by_upstream:
            clashes = given.get(upstream, content(schema)) != content(schema)
            by_upstream[upstream] = numbered(upstream, given) if clashes else upstream
        name = by_upstream[upstream] if upstream else by_content.get(content(schema))
        if name is not None:
            schema["title"] = name


def number_what_clashes(schemas: list[Node]) -> None:
    """Name the nameless classes within others for which the generator would take a name twice."""
    taken = {schema["title"] for schema in schemas if "title" in schema}
    for schema in schemas:
        if "title" in schema:
            for name, inner in nameless_within(schema, schema["title"]):
                if name in taken:
                    inner["title"] = numbered(name, taken)
                    taken.add(inner["title"])


def nameless_within(schema: Node, name: str) -> Iterator[tuple[str, Node]]:
    """The classes without a title below one, each with the name that the generator gives it."""
    for holder, key, _ in directly_below(schema):
        inner = holder[key]
        if isinstance(inner, dict) and "title" not in inner:
            field = key if holder is schema.get("properties") else "item" if key == "items" else ""
            words = re.findall(r"[A-Za-z0-9]+", str(field))
            made = name + "".join(word[0].upper() + word[1:] for word in words)
            if is_class(inner):
                yield made, inner
            yield from nameless_within(inner, made)


def numbered(name: str, taken: Container[str]) -> str:
    """The name with the first number that makes it free."""
    return next(free for n in count(2) if (free := f"{name}{n}") not in taken)


def agreed(pairs: Iterable[tuple[K, str]]) -> dict[K, str]:
    """The names by key, without the keys that have several."""
    names = defaultdict[K, set[str]](set)
    for key, name in pairs:
        names[key].add(name)
    return {key: found.pop() for key, found in names.items() if len(found) == 1}


def fold(spec: Node) -> list[str]:
    """Make components of all titled schemas, in place; returns the titles that fit no class."""
    components, idle = spec["components"]["schemas"], list[str]()
    places = dict.fromkeys(components, "its component")
    for holder, key, where in every_schema(spec):
        schema = holder[key]
        title = schema.pop("title", None)
        if title is None:
            continue
        if not is_class(schema):
            idle.append(f"the title {title} names nothing: {where} is no object and no enum")
            continue
        # A default is that of the place, not of the class.
        default = {k: schema.pop(k) for k in ("default",) if k in schema}
        if title in components:
            check_same(title, (components[title], places[title]), (schema, where))
        else:
            components[title], places[title] = schema, where
        reference = {"$ref": f"{COMPONENTS}{title}"}
        holder[key] = {"allOf": [reference], **default} if default else reference
    spec["components"]["schemas"] = dict(sorted(components.items()))
    return idle


def check_same(title: str, one: tuple[Node, str], other: tuple[Node, str]) -> None:
    """Refuse a title that two different schemas have; each comes with its place."""
    if content(one[0]) != content(other[0]):
        apart = difference(bare(one[0]), bare(other[0]))
        raise SystemExit(
            f"{title} would be two different schemas: {one[1]}, and {other[1]}: {apart}. "
            "Give one of them another title in codegen/generate/overlay.yaml"
        )


def is_class(schema: Node) -> bool:
    """Whether the generator writes a class for a schema: a model or an enum."""
    return schema.get("type") == "object" or bool(schema.keys() & {"properties", "enum"})


def content(schema: Node) -> str:
    """What a schema demands, as a text to compare."""
    demands = {keyword: value for keyword, value in bare(schema).items() if keyword != "default"}
    return dumps(demands, sort_keys=True)
