"""Find the generated module of an operation by method and path, whatever both are called."""

import re
from typing import TypeAlias

from attrs import frozen

from codegen.spec import Node, iter_operations

# A method in lower case, and a path with its parameters left blank.
Route: TypeAlias = tuple[str, str]


@frozen
class OperationName:
    """The names of an operation in the contract.

    Attributes:
        operation: The operationId.
        path_template: The path with the names of its parameters.
    """

    operation: str
    path_template: str


def name_routes(spec: Node) -> dict[Route, OperationName]:
    """Return the names of all operations by route."""
    return {
        make_route(method, path): OperationName(operation["operationId"], path)
        for method, path, operation in iter_operations(spec)
    }


def make_route(method: str, path: str) -> Route:
    """Return the route of an operation."""
    return method.lower(), re.sub(r"\{[^}]*\}", "{}", path)


def find_route(source: str) -> Route | None:
    """Return the route of a generated module; None if the module sends no request."""
    found = re.search(r'"method": "(\w+)",\s+"url": "([^"]*)"', source)
    return make_route(found[1], found[2]) if found else None
