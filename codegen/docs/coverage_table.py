"""Writes the table "which operation has which verb" into README.md.

It comes from `openapi.yaml`, from `tests/helpers/every_verb.py`, whose entries are called against a server,
and from the calls that stand in the other tests.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from codegen.generate.naming import named_contract
from codegen.spec import ROOT, Node, iter_operations, resolve_ref

HEAD = "| operation | provenance | facade | further tests |\n" + "| --- " * 4 + "|\n"
# No verb: the client does it, ahead of the end of a token and after a 401. Tests see it counted.
BY_ITSELF = {"refreshTokens": "stats.refreshes"}


@frozen
class Row:
    """An operation of the contract, and what stands for it in the facade.

    Attributes:
        id: Its operationId, as the overlay gives it.
        method, path: As in the contract; the method in capitals.
        provenance: Its mark, and which of its parts are inferred.
        facade: The verbs, or how to call the generated function.
        tests: Files that call one of the verbs, beside those that walk through all.
    """

    id: str
    method: str
    path: str
    provenance: str
    facade: str
    tests: tuple[str, ...]


def rows(
    spec: Node, verbs: Iterable[tuple[str, str]], callers: Mapping[str, set[str]]
) -> Iterator[Row]:
    """A row for every operation of the contract.

    Args:
        spec: The contract.
        verbs: Pairs of an operationId and a verb that stands for it.
        callers: The test files by the verbs that they call.
    """
    names = defaultdict(list)
    for operation, verb in verbs:
        names[operation].append(verb)
    for method, path, node in iter_operations(spec):
        identifier = node["operationId"]
        known = names[identifier]
        called = known or [BY_ITSELF.get(identifier, "")]
        tests = sorted(set().union(*(callers.get(verb, set()) for verb in called)))
        marks, facade = provenance(spec, node), cell(node, known)
        yield Row(identifier, method, path, marks, facade, tuple(tests))


def cell(operation: Node, verbs: list[str]) -> str:
    """What to call: the verbs, or the generated function with `client.api` where there are none."""
    identifier = operation["operationId"]
    if verbs:
        return ", ".join(f"`{verb}`" for verb in verbs)
    if identifier in BY_ITSELF:
        return "the client itself"
    tag, module = snake(operation["tags"][0]), snake(identifier)
    return f"`client.api`: `from autoleap_api_client.api.{tag} import {module}`"


def provenance(spec: Node, operation: Node) -> str:
    """The mark of an operation, and which of its parts bear another."""
    listed = [resolve_ref(spec, parameter) for parameter in operation.get("parameters", [])]
    request = [*listed, resolve_ref(spec, operation.get("requestBody", {}))]
    parts = {"request": request, "answer": [resolve_ref(spec, operation["responses"]["200"])]}
    inferred = [
        name
        for name, described in parts.items()
        if any(part.get("x-provenance") == "inferred" for part in described)
    ]
    mark = operation.get("x-provenance", "unmarked")
    return f"{mark}; inferred in the {' and the '.join(inferred)}" if inferred else str(mark)


def snake(name: str) -> str:
    """A name as the generator spells modules."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower()


def calls(folder: Path) -> dict[str, set[str]]:
    """The test files by what they call: `customers.list`, `client.profile`, ..."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).with_suffix("").as_posix().replace("test_", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(ast.Attribute(attr=owner) | ast.Name(id=owner), attr=verb):
                    found[f"{owner}.{verb}"].add(name)
    return found


def table(listed: Iterable[Row]) -> str:
    """The table in Markdown, folded away."""
    lines = [
        f"| {r.method} `{r.path}` | {r.provenance} | {r.facade} | {', '.join(r.tests)} |\n"
        for r in listed
    ]
    summary = f"<summary>{len(lines)} operations</summary>"
    return f"<details>\n{summary}\n\n{HEAD}{''.join(lines)}\n</details>\n"


def current() -> list[Row]:
    """The rows of this checkout."""
    from tests.helpers.every_verb import VERBS

    spec, _ = named_contract()
    pairs = [(verb.operation, verb.name) for verb in VERBS]
    return list(rows(spec, pairs, calls(ROOT / "tests")))
