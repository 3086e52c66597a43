"""Find the generated module of an operation by method and path, whatever both are called."""

import re
from typing import TypeAlias

# A method in lower case, and a path with its parameters left blank.
Route: TypeAlias = tuple[str, str]


def make_route(method: str, path: str) -> Route:
    """Return the route of an operation."""
    return method.lower(), re.sub(r"\{[^}]*\}", "{}", path)


def find_route(source: str) -> Route | None:
    """Return the route of a generated module; None if the module sends no request."""
    found = re.search(r'"method": "(\w+)",\s+"url": "([^"]*)"', source)
    return make_route(found[1], found[2]) if found else None
