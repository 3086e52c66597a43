"""Compares two versions of the API, operation by operation.

What is compared is what goes over the wire: names of components, inlined schemas and operationIds
make no difference, or one of words only.
"""

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from codegen.spec import Node, iter_operations, resolve_ref
from codegen.specdiff import policy
from codegen.specdiff.bodies import (
    body_changes,
    required_changes,
    response_changes,
    rest,
    schema_of,
)
from codegen.specdiff.policy import Change, Rule
from codegen.specdiff.schemas import (
    Sides,
    differences,
    necessity,
    parameter_added,
    schema_changes,
    word_changes,
)
from codegen.specdiff.shapes import words

PAGE_PARAMETERS = {"page", "size", "limit", "offset", "cursor", "pageSize", "pageNumber"}
SORT_PARAMETERS = {"sort", "sortDirection", "sortBy", "orderBy"}
LIMIT_RULES = (policy.REQUEST_NARROWED, policy.REQUEST_WIDENED)
# OpenAPI has these described elsewhere, and ignores parameters with these names.
IGNORED_HEADERS = {"accept", "content-type", "authorization"}
WRITTEN = ("style", "explode", "allowReserved", "allowEmptyValue")
SCHEMED = ("type", "scheme", "in", "name")
READ_OF_OPERATION = ("parameters", "requestBody", "responses", "security", "servers")
READ_OF_DOCUMENT = ("openapi", "info", "paths", "components", "security", "servers")


@frozen
class Operation:
    """An operation with all that holds for it.

    Attributes:
        method: In capitals.
        node: As the document has it.
        parameters: By kind and name; references resolved, those of the path among them.
        security: Each way in, as the schemes and scopes that it takes.
        servers: Addresses it can be called at.
    """

    method: str
    path: str
    node: Node
    parameters: dict[tuple[str, str], Node]
    security: frozenset[frozenset[tuple[str, str]]]
    servers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    def in_path(self) -> list[str]:
        """Names of the path parameters, in the order of the path."""
        return re.findall(r"\{([^}]*)\}", self.path)


def compare(old: Node, new: Node) -> list[Change]:
    """Every difference between two documents, in the order of the new one."""
    before, after = operations(old), operations(new)
    found = list(document_changes(old, new))
    found += [
        Change(policy.OPERATION_REMOVED, "operation", "removed", str(operation))
        for key, operation in before.items() if key not in after
    ]  # fmt: skip
    for key, operation in after.items():
        if key in before:
            changes = operation_changes(old, new, before[key], operation)
            found += [evolve(change, operation=str(operation)) for change in changes]
        else:
            found.append(Change(policy.OPERATION_ADDED, "operation", "added", str(operation)))
    return found


def operations(document: Node) -> dict[tuple[str, str], Operation]:
    """Every operation by its method and its path without the names of path parameters."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", path)): operation_of(document, path, method, node)
        for method, path, node in iter_operations(document)
    }


def operation_of(document: Node, path: str, method: str, node: Node) -> Operation:
    """One operation of a path."""
    item = resolve_ref(document, document["paths"][path])
    listed = [
        resolve_ref(document, p) for p in item.get("parameters", []) + node.get("parameters", [])
    ]
    security = node.get("security", document.get("security", []))
    servers = node.get("servers") or item.get("servers") or document.get("servers") or []
    return Operation(
        method=method,
        path=path,
        node=node,
        parameters={key: p for p in listed if (key := parameter_key(p)) is not None},
        security=frozenset(credentials(document, way) for way in security or [{}]),
        servers=frozenset(server["url"].rstrip("/") for server in servers),
    )


def parameter_key(parameter: Node) -> tuple[str, str] | None:
    """The kind and name that tell a parameter from others; None for one that does not count."""
    kind, name = parameter["in"], parameter["name"]
    if kind != "header":
        return kind, name
    return None if name.lower() in IGNORED_HEADERS else (kind, name.lower())


def credentials(document: Node, way: Node) -> frozenset[tuple[str, str]]:
    """One way in: every scheme, by what it is rather than by its name, with every scope."""
    schemes = document.get("components", {}).get("securitySchemes", {})
    found = set()
    for name, scopes in way.items():
        scheme = resolve_ref(document, schemes.get(name, {}))
        kind = " ".join(scheme[key] for key in SCHEMED if key in scheme)
        found |= {(kind, scope) for scope in ["", *scopes]}
    return frozenset(found)


def document_changes(old: Node, new: Node) -> Iterator[Change]:
    """Differences that belong to no operation."""
    if old.get("openapi") != new.get("openapi"):
        what = f"openapi: {old.get('openapi')} → {new.get('openapi')}"
        yield Change(policy.WORDS_CHANGED, "document", what)
    yield from word_changes(old.get("info", {}), new.get("info", {}), "info")
    yield from word_changes(words(old), words(new), "document")
    for what in differences(*(rest(document, READ_OF_DOCUMENT) for document in (old, new))):
        yield Change(policy.NOT_UNDERSTOOD, "document", what)


def operation_changes(
    old: Node, new: Node, before: Operation, after: Operation
) -> Iterator[Change]:
    """Every difference between two versions of an operation."""
    sides = Sides(old, new)
    yield from word_changes(
        named(before.node, after.node), named(after.node, before.node), "operation"
    )
    yield from access_changes(before, after)
    yield from parameter_changes(sides, before, after)
    yield from body_changes(sides, before.node.get("requestBody"), after.node.get("requestBody"))
    yield from response_changes(
        sides, before.node.get("responses", {}), after.node.get("responses", {})
    )
    for what in differences(*(rest(o.node, READ_OF_OPERATION) for o in (before, after))):
        yield Change(policy.NOT_UNDERSTOOD, "operation", what)


def named(node: Node, other: Node) -> Node:
    """The words of an operation; its operationId only when the other side has one too."""
    found = words(node)
    if "operationId" not in other:
        found.pop("operationId", None)
    return found


def access_changes(old: Operation, new: Operation) -> Iterator[Change]:
    """Differences in credentials and addresses."""
    for url in sorted(old.servers - new.servers):
        yield Change(policy.SERVER_REMOVED, "servers", f"{url} removed")
    for url in sorted(new.servers - old.servers):
        yield Change(policy.SERVER_ADDED, "servers", f"{url} added")
    if old.security == new.security:
        return
    what = f"{ways(old)} → {ways(new)}"
    if all(any(way <= known for way in new.security) for known in old.security):
        yield Change(policy.CREDENTIALS_RELAXED, "security", what)
    else:
        same = schemes(old) == schemes(new)
        rule = policy.SCOPES_ADDED if same else policy.CREDENTIALS_NEEDED
        yield Change(rule, "security", what)


def schemes(operation: Operation) -> set[frozenset[str]]:
    """The ways in without their scopes."""
    return {frozenset(scheme for scheme, _ in way) for way in operation.security}


def ways(operation: Operation) -> str:
    """The ways in, in words."""
    told = [" + ".join(s or scheme for scheme, s in sorted(way)) for way in operation.security]
    return " or ".join(sorted(way or "no credentials" for way in told))


def parameter_changes(sides: Sides, old: Operation, new: Operation) -> Iterator[Change]:
    """Parameters that came, went, have another name or differ."""
    renamed = dict(zip(old.in_path(), new.in_path(), strict=True))
    known = {
        (k, renamed.get(n, n) if k == "path" else n): p for (k, n), p in old.parameters.items()
    }
    for (kind, name), parameter in known.items():
        if (kind, name) not in new.parameters:
            yield Change(policy.PARAMETER_REMOVED, f"{kind} {name}", "removed")
        elif kind == "path" and parameter["name"] != name:
            what = f"name: {parameter['name']} → {name}"
            yield Change(policy.PARAMETER_RENAMED, f"{kind} {name}", what)
    for (kind, name), parameter in new.parameters.items():
        place = f"{kind} {name}"
        if (kind, name) in known:
            yield from changes_of_parameter(sides, known[kind, name], parameter, place)
        else:
            yield parameter_new(kind, place, needed=parameter.get("required", False))


def parameter_new(kind: str, place: str, *, needed: bool) -> Change:
    """A parameter that was not there before."""
    header = kind == "header" and not needed
    rule = policy.REQUEST_HEADER_ADDED if header else parameter_added(needed=needed)
    return Change(rule, place, f"added, {necessity(needed=needed)}")


def changes_of_parameter(sides: Sides, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Differences between two versions of a parameter."""
    yield from word_changes(words(old), words(new), place)
    yield from required_changes(old, new, place)
    for what in differences(*({k: p[k] for k in WRITTEN if k in p} for p in (old, new))):
        yield Change(policy.ENCODING_CHANGED, place, what)
    for change in schema_changes(sides, schema_of(old), schema_of(new), place):
        yield evolve(change, rule=rule_for_parameter(new["name"], change.rule))


def rule_for_parameter(name: str, rule: Rule) -> Rule:
    """The policy has rules of its own for pages and for sorting."""
    if name in PAGE_PARAMETERS and rule in (*LIMIT_RULES, policy.DEFAULT_CHANGED):
        return policy.PAGINATION_CHANGED
    if name in SORT_PARAMETERS and rule is policy.DEFAULT_CHANGED:
        return policy.SORT_DEFAULT_CHANGED
    return rule
