"""Build the table of operations, their facade methods and their tests.

The sources are `openapi.yaml`, the methods that the generator writes for it, and the calls in the
tests.
"""

import ast
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from attrs import frozen

from codegen.generate.media_types import simplify_media_types
from codegen.generate.naming import load_named_spec
from codegen.generate.resources.write import make_plan
from codegen.spec import ROOT, Node, iter_operations, resolve_ref, to_snake_case

HEAD = "| operation | provenance | facade | further tests |\n" + "| --- " * 4 + "|\n"
# The client calls these operations itself, so they have no facade method. The tests that cover one
# of them read the counter that is named here.
AUTOMATIC = {"refreshTokens": "stats.refreshes"}
# Methods of the client itself, which are not generated.
CLIENT_METHODS = (
    ("login", "client.login"),
    ("logout", "client.logout"),
    ("getProfile", "client.profile"),
    ("getProfile", "client.companies"),
)


@frozen
class Row:
    """The row of one operation.

    Attributes:
        id: The operationId that the overlay sets.
        method: HTTP method in capitals.
        provenance: The operation's mark, and its inferred parts.
        facade: The facade methods, or the import of the generated function.
        tests: Test files that call one of the methods.
    """

    id: str
    method: str
    path: str
    provenance: str
    facade: str
    tests: tuple[str, ...]


def build_rows(
    spec: Node, methods: Iterable[tuple[str, str]], callers: Mapping[str, set[str]]
) -> Iterator[Row]:
    """Yield a row for every operation of the contract.

    Args:
        spec: The contract.
        methods: Pairs of an operationId and the name of a facade method that calls it.
        callers: Test files by the name that they call.
    """
    names = defaultdict(list)
    for operation_id, name in methods:
        names[operation_id].append(name)
    for method, path, operation in iter_operations(spec):
        operation_id = operation["operationId"]
        called = names[operation_id] or [AUTOMATIC.get(operation_id, "")]
        tests = sorted(set().union(*(callers.get(name, set()) for name in called)))
        provenance = describe_provenance(spec, operation)
        facade = format_facade(operation, names[operation_id])
        yield Row(operation_id, method, path, provenance, facade, tuple(tests))


def format_facade(operation: Node, names: list[str]) -> str:
    """Return the names of the facade methods, or the import of the generated function."""
    if names:
        return ", ".join(f"`{name}`" for name in names)
    if operation["operationId"] in AUTOMATIC:
        return "the client itself"
    tag, module = to_snake_case(operation["tags"][0]), to_snake_case(operation["operationId"])
    return f"`client.api`: `from autoleap_api_client.api.{tag} import {module}`"


def describe_provenance(spec: Node, operation: Node) -> str:
    """Return the mark of an operation, and the parts whose mark is "inferred"."""
    parameters = [resolve_ref(spec, parameter) for parameter in operation.get("parameters", [])]
    request = [*parameters, resolve_ref(spec, operation.get("requestBody", {}))]
    parts = {"request": request, "response": [resolve_ref(spec, operation["responses"]["200"])]}
    inferred = [
        name
        for name, nodes in parts.items()
        if any(node.get("x-provenance") == "inferred" for node in nodes)
    ]
    mark = operation.get("x-provenance", "unmarked")
    return f"{mark}; inferred in the {' and the '.join(inferred)}" if inferred else str(mark)


def find_callers(folder: Path) -> dict[str, set[str]]:
    """Return the test files by the names that they call, such as `customers.list`."""
    found: dict[str, set[str]] = defaultdict(set)
    for path in sorted(folder.rglob("test_*.py")):
        name = path.relative_to(folder).with_suffix("").as_posix().replace("test_", "")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Attribute(ast.Attribute(attr=owner) | ast.Name(id=owner), attr=method):
                    found[f"{owner}.{method}"].add(name)
    return found


def format_table(rows: Iterable[Row]) -> str:
    """Return the table in Markdown, in a section that a reader can open."""
    lines = [
        f"| {r.method} `{r.path}` | {r.provenance} | {r.facade} | {', '.join(r.tests)} |\n"
        for r in rows
    ]
    summary = f"<summary>{len(lines)} operations</summary>"
    return f"<details>\n{summary}\n\n{HEAD}{''.join(lines)}\n</details>\n"


def load_rows() -> list[Row]:
    """Return the rows for the contract and the tests of this checkout."""
    spec, _ = load_named_spec()
    simplify_media_types(spec)
    plan = make_plan(spec, ROOT / "autoleap_api_client")
    methods = [*CLIENT_METHODS, *plan.list_methods()]
    return list(build_rows(spec, methods, find_callers(ROOT / "tests")))
