"""Refuses what the generator would take without a word, and get wrong."""

import ast
from collections import Counter
from pathlib import Path

from codegen.generate.schema_walk import every_schema
from codegen.spec import Node, iter_operations


def check_prepared(spec: Node) -> None:
    """Check the contract after the overlay; SystemExit names what has to be changed."""
    names = Counter(operation["operationId"] for _, _, operation in iter_operations(spec))
    if clashes := [name for name, count in names.items() if count > 1]:
        raise SystemExit(f"operationId is used twice: {clashes}")
    for method, path, operation in iter_operations(spec):
        if others := [code for code in operation["responses"] if not code.startswith("2")]:
            raise SystemExit(f"{method} {path}: add {others} to the first action of the overlay")


def check_complete(spec: Node, package: Path) -> None:
    """Check that every operation and every enum value has made it into the generated package."""
    modules, wanted = list(package.glob("api/*/[!_]*.py")), list(iter_operations(spec))
    if len(modules) != len(wanted):
        raise SystemExit(f"{len(wanted)} operations gave {len(modules)} modules: their names clash")
    generated = {members(path) for path in package.glob("models/*.py")}
    for holder, key, where in every_schema(spec):
        values = frozenset(holder[key].get("enum", ())) - {None}
        if values and values not in generated:
            raise SystemExit(f"{where}: enum values are lost, their names clash: {list(values)}")


def members(path: Path) -> frozenset[object]:
    """The values of the enum in a module; none for the module of a model."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef)]
    assigned = [node for owner in classes for node in owner.body if isinstance(node, ast.Assign)]
    return frozenset(ast.literal_eval(node.value) for node in assigned)
