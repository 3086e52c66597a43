"""Compare two versions of the API, operation by operation.

The comparison covers what goes over the network. Component names, operationIds and the use of
references make no difference, or only a documentation change.
"""

import re
from collections.abc import Iterator

from attrs import evolve, frozen

from codegen.spec import Node, iter_operations, resolve_ref
from codegen.specdiff import policy
from codegen.specdiff.bodies import (
    compare_request_bodies,
    compare_required,
    compare_responses,
    compare_unread,
    get_value_schema,
)
from codegen.specdiff.policy import Change, Rule
from codegen.specdiff.schemas import (
    SpecPair,
    compare_annotations,
    compare_nodes,
    compare_schemas,
    report_new_parameter,
)
from codegen.specdiff.shapes import get_annotations

PAGE_PARAMETERS = {"page", "size", "limit", "offset", "cursor", "pageSize", "pageNumber"}
SORT_PARAMETERS = {"sort", "sortDirection", "sortBy", "orderBy"}
PAGE_RULES = (policy.REQUEST_NARROWED, policy.REQUEST_WIDENED, policy.DEFAULT_CHANGED)
# OpenAPI describes these headers in other places, and ignores parameters with these names.
IGNORED_HEADERS = {"accept", "content-type", "authorization"}
ENCODING_KEYWORDS = ("style", "explode", "allowReserved", "allowEmptyValue")
SCHEME_KEYWORDS = ("type", "scheme", "in", "name")
READ_OF_OPERATION = ("parameters", "requestBody", "responses", "security", "servers")
READ_OF_SPEC = ("openapi", "info", "paths", "components", "security", "servers")


@frozen
class Operation:
    """An operation with everything that applies to it.

    Attributes:
        method: HTTP method in capitals.
        node: The operation in the spec.
        parameters: Those of the operation and of its path, without references, by kind and name.
        security: The accepted sets of credentials; each credential is a pair of scheme and scope.
        servers: Addresses of the operation.
    """

    method: str
    path: str
    node: Node
    parameters: dict[tuple[str, str], Node]
    security: frozenset[frozenset[tuple[str, str]]]
    servers: frozenset[str]

    def __str__(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def path_parameters(self) -> list[str]:
        """Names of the path parameters, in the order of the path."""
        return re.findall(r"\{([^}]*)\}", self.path)


def compare(old: Node, new: Node) -> list[Change]:
    """Return every difference between two specs, in the order of the new one."""
    before, after = read_operations(old), read_operations(new)
    changes = list(compare_documents(old, new))
    changes += [
        Change(policy.OPERATION_REMOVED, "operation", "removed", str(operation))
        for key, operation in before.items() if key not in after
    ]  # fmt: skip
    for key, operation in after.items():
        if key in before:
            found = compare_operations(SpecPair(old, new), before[key], operation)
            changes += [evolve(change, operation=str(operation)) for change in found]
        else:
            changes.append(Change(policy.OPERATION_ADDED, "operation", "added", str(operation)))
    return changes


def read_operations(spec: Node) -> dict[tuple[str, str], Operation]:
    """Return every operation by its method and its path, without the path parameters' names."""
    return {
        (method, re.sub(r"\{[^}]*\}", "{}", path)): build_operation(spec, method, path, node)
        for method, path, node in iter_operations(spec)
    }


def build_operation(spec: Node, method: str, path: str, node: Node) -> Operation:
    """Return one operation of a path."""
    item = resolve_ref(spec, spec["paths"][path])
    shared, own = item.get("parameters", []), node.get("parameters", [])
    parameters = [resolve_ref(spec, parameter) for parameter in shared + own]
    security = node.get("security", spec.get("security", []))
    servers = node.get("servers") or item.get("servers") or spec.get("servers") or []
    return Operation(
        method=method,
        path=path,
        node=node,
        parameters={key: p for p in parameters if (key := get_parameter_key(p)) is not None},
        security=frozenset(read_credentials(spec, entry) for entry in security or [{}]),
        servers=frozenset(server["url"].rstrip("/") for server in servers),
    )


def get_parameter_key(parameter: Node) -> tuple[str, str] | None:
    """Return the kind and name of a parameter, or None for an ignored header."""
    kind, name = parameter["in"], parameter["name"]
    if kind != "header":
        return kind, name
    return None if name.lower() in IGNORED_HEADERS else (kind, name.lower())


def read_credentials(spec: Node, entry: Node) -> frozenset[tuple[str, str]]:
    """Return the credentials of one entry of `security`, as pairs of scheme and scope."""
    schemes = spec.get("components", {}).get("securitySchemes", {})
    credentials = set()
    for name, scopes in entry.items():
        scheme = resolve_ref(spec, schemes.get(name, {}))
        kind = " ".join(scheme[key] for key in SCHEME_KEYWORDS if key in scheme)
        credentials |= {(kind, scope) for scope in ["", *scopes]}
    return frozenset(credentials)


def compare_documents(old: Node, new: Node) -> Iterator[Change]:
    """Yield the differences outside of operations."""
    if old.get("openapi") != new.get("openapi"):
        description = f"openapi: {old.get('openapi')} → {new.get('openapi')}"
        yield Change(policy.ANNOTATIONS_CHANGED, "document", description)
    yield from compare_annotations(old.get("info", {}), new.get("info", {}), "info")
    yield from compare_annotations(get_annotations(old), get_annotations(new), "document")
    yield from compare_unread(READ_OF_SPEC, old, new, "document")


def compare_operations(specs: SpecPair, old: Operation, new: Operation) -> Iterator[Change]:
    """Yield every difference between two versions of an operation."""
    yield from compare_operation_annotations(old.node, new.node)
    yield from compare_access(old, new)
    yield from compare_parameters(specs, old, new)
    yield from compare_request_bodies(
        specs, old.node.get("requestBody"), new.node.get("requestBody")
    )
    yield from compare_responses(
        specs, old.node.get("responses", {}), new.node.get("responses", {})
    )
    yield from compare_unread(READ_OF_OPERATION, old.node, new.node, "operation")


def compare_operation_annotations(old: Node, new: Node) -> Iterator[Change]:
    """Yield the differences in annotations; an operationId on one side only is no difference."""
    before, after = get_annotations(old), get_annotations(new)
    if not ("operationId" in before and "operationId" in after):
        before.pop("operationId", None)
        after.pop("operationId", None)
    yield from compare_annotations(before, after, "operation")


def compare_access(old: Operation, new: Operation) -> Iterator[Change]:
    """Yield the differences in credentials and addresses."""
    for url in sorted(old.servers - new.servers):
        yield Change(policy.SERVER_REMOVED, "servers", f"{url} removed")
    for url in sorted(new.servers - old.servers):
        yield Change(policy.SERVER_ADDED, "servers", f"{url} added")
    if old.security == new.security:
        return
    description = f"{describe_security(old)} → {describe_security(new)}"
    if all(any(after <= before for after in new.security) for before in old.security):
        yield Change(policy.CREDENTIALS_RELAXED, "security", description)
    else:
        same = list_schemes(old) == list_schemes(new)
        rule = policy.SCOPES_ADDED if same else policy.CREDENTIALS_CHANGED
        yield Change(rule, "security", description)


def list_schemes(operation: Operation) -> set[frozenset[str]]:
    """Return the accepted sets of credentials without their scopes."""
    return {frozenset(scheme for scheme, _ in entry) for entry in operation.security}


def describe_security(operation: Operation) -> str:
    """Return the accepted sets of credentials as text."""
    names = [" + ".join(s or scheme for scheme, s in sorted(e)) for e in operation.security]
    return " or ".join(sorted(name or "no credentials" for name in names))


def compare_parameters(specs: SpecPair, old: Operation, new: Operation) -> Iterator[Change]:
    """Yield the parameters that were removed, renamed, added or changed."""
    before = rename_path_parameters(old, new)
    for (kind, name), parameter in before.items():
        place = f"{kind} {name}"
        if (kind, name) not in new.parameters:
            yield Change(policy.PARAMETER_REMOVED, place, "removed")
        elif kind == "path" and parameter["name"] != name:
            description = f"name: {parameter['name']} → {name}"
            yield Change(policy.PARAMETER_RENAMED, place, description)
    for (kind, name), parameter in new.parameters.items():
        place, required = f"{kind} {name}", parameter.get("required", False)
        if (kind, name) in before:
            yield from compare_parameter(specs, before[kind, name], parameter, place)
        else:
            change = report_new_parameter(place, required=required)
            header = kind == "header" and not required
            yield evolve(change, rule=policy.REQUEST_HEADER_ADDED) if header else change


def rename_path_parameters(old: Operation, new: Operation) -> dict[tuple[str, str], Node]:
    """Return the old parameters by kind and name, with the new names of path parameters."""
    names = dict(zip(old.path_parameters, new.path_parameters, strict=True))
    return {
        (kind, names.get(name, name) if kind == "path" else name): parameter
        for (kind, name), parameter in old.parameters.items()
    }


def compare_parameter(specs: SpecPair, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield the differences between two versions of a parameter."""
    yield from compare_annotations(get_annotations(old), get_annotations(new), place)
    yield from compare_required(specs, old, new, place)
    encodings = ({k: node[k] for k in ENCODING_KEYWORDS if k in node} for node in (old, new))
    yield from compare_nodes(policy.ENCODING_CHANGED, place, *encodings)
    for change in compare_schemas(specs, get_value_schema(old), get_value_schema(new), place):
        yield evolve(change, rule=select_parameter_rule(new["name"], change.rule))


def select_parameter_rule(name: str, rule: Rule) -> Rule:
    """Return the policy's special rule for a pagination or sort parameter, or the same rule."""
    if name in PAGE_PARAMETERS and rule in PAGE_RULES:
        return policy.PAGINATION_CHANGED
    if name in SORT_PARAMETERS and rule is policy.DEFAULT_CHANGED:
        return policy.SORT_DEFAULT_CHANGED
    return rule
