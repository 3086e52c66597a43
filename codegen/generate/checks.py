"""Checks for mistakes that openapi-python-client makes without a warning."""

import ast
from collections import Counter
from pathlib import Path

from codegen.generate.schema_walk import iter_schemas
from codegen.spec import Node, iter_operations


def check_spec(spec: Node) -> None:
    """Check the spec after the overlay; SystemExit names the needed change."""
    names = Counter(operation["operationId"] for _, _, operation in iter_operations(spec))
    if clashes := [name for name, count in names.items() if count > 1]:
        raise SystemExit(f"operationId is used twice: {clashes}")
    for method, path, operation in iter_operations(spec):
        if others := [code for code in operation["responses"] if not code.startswith("2")]:
            raise SystemExit(f"{method} {path}: add {others} to the first action of the overlay")


def check_package(spec: Node, package: Path) -> None:
    """Check that the generated package has every operation and every enum value."""
    modules, operations = list(package.glob("api/*/[!_]*.py")), list(iter_operations(spec))
    if len(modules) != len(operations):
        counts = f"{len(operations)} operations gave {len(modules)} modules"
        raise SystemExit(f"{counts}: their names clash")
    generated = {read_enum_values(path) for path in package.glob("models/*.py")}
    for holder, key, place in iter_schemas(spec):
        values = frozenset(holder[key].get("enum", ())) - {None}
        if values and values not in generated:
            raise SystemExit(f"{place}: enum values are lost, their names clash: {list(values)}")


def read_enum_values(path: Path) -> frozenset[object]:
    """Return the values of a module's enum, or an empty set for the module of a model."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assigned = [node for owner in classes for node in owner.body if isinstance(node, ast.Assign)]
    return frozenset(ast.literal_eval(node.value) for node in assigned)
