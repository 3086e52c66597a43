"""Read the generated package: what its functions take, and what fields its models have.

The package is the ground on which the resources stand, so its own signatures are read instead of
a second reading of the contract: names and types then agree by construction.
"""

import ast
import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path

from attrs import define, field, frozen

from codegen.generate.routes import Route, find_route, make_route
from codegen.spec import Node, iter_operations, resolve_ref

PLACES = ("path", "query", "header", "cookie")


@frozen
class Argument:
    """One argument of a generated function.

    Attributes:
        name: As the generated function spells it.
        type: Its annotation without `None`, as source text.
        required: Whether the function cannot be called without it.
        parameter: The contract's description of the parameter; empty for the body.
    """

    name: str
    type: str
    required: bool
    parameter: Node = field(factory=dict)

    @property
    def place(self) -> str:
        """Where the value is sent: "path", "query", "header", "cookie" or "body"."""
        return str(self.parameter.get("in", "body"))

    @property
    def contract_name(self) -> str:
        """The name that the contract gives it."""
        return str(self.parameter.get("name", self.name))


@frozen
class Operation:
    """An operation of the contract, and the generated function that calls it.

    Attributes:
        id: Its operationId.
        method: In capitals.
        path: As in the contract.
        node: Its description in the contract.
        folder: The folder of its module, which is named after the tag.
        module: The module of the function.
        function: "asyncio", or "asyncio_detailed" if no response has a body that the package reads.
        arguments: What the function takes, without the client.
        returns: Its annotation without `None`, as source text.
        imports: The module that each name of the annotations comes from.
    """

    id: str
    method: str
    path: str
    node: Node
    folder: str
    module: str
    function: str
    arguments: tuple[Argument, ...]
    returns: str
    imports: dict[str, str]

    @property
    def body(self) -> Argument | None:
        """The argument that takes the request body."""
        return next((a for a in self.arguments if a.place == "body"), None)

    @property
    def key_arguments(self) -> list[Argument]:
        """The arguments in the path, without the company."""
        in_path = [a for a in self.arguments if a.place == "path"]
        return [a for a in in_path if a.contract_name != "companyId"]

    @property
    def success(self) -> tuple[str, Node]:
        """The first successful response: its media type, or "", and its description."""
        for code in sorted(self.node["responses"]):
            response = self.node["responses"][code]
            if content := response.get("content"):
                return next(iter(content)), response
        return "", next(iter(self.node["responses"].values()), {})


@frozen
class Field:
    """One field of a generated model: its JSON name, attribute and annotation without `None`."""

    json_name: str
    attribute: str
    type: str


@define
class Package:
    """The generated package in its folder, with the contract that it was made of."""

    folder: Path
    spec: Node
    _fields: dict[str, dict[str, Field]] = field(factory=dict)

    @cached_property
    def operations(self) -> list[Operation]:
        """Every operation that has a function, in the order of the contract."""
        modules = dict(self._read_modules())
        found = []
        for method, path, node in iter_operations(self.spec):
            if (module := modules.get(make_route(method, path))) is not None:
                shared = self.spec["paths"][path].get("parameters", [])
                listed = [resolve_ref(self.spec, p) for p in (*shared, *node.get("parameters", []))]
                found.append(_read_operation(method, path, node, listed, module))
        return found

    def _read_modules(self) -> Iterator[tuple[Route, Path]]:
        for path in sorted(self.folder.glob("api/*/[!_]*.py")):
            if (route := find_route(path.read_text(encoding="utf-8"))) is not None:
                yield route, path

    @cached_property
    def models(self) -> dict[str, str]:
        """The module of every model and enum, by its name."""
        imports = _read_imports(self._parse("__init__"), "autoleap_api_client.models")
        return {name: module for name, module in imports.items() if ".models." in module}

    def schema_name(self, model: str) -> str | None:
        """Return what the contract calls the schema of a model; None if it has no name there."""
        names = {_plain(name): name for name in self.spec["components"]["schemas"]}
        return names.get(_plain(model))

    def enum_type(self, name: str) -> str | None:
        """Return "str" or "int" for an enum, by what its members are; None for a model."""
        declared = self._class_of(name)
        bases = [ast.unparse(base) for base in declared.bases] if declared else []
        return {"StrEnum": "str", "IntEnum": "int"}.get(bases[0]) if bases else None

    def enum_values(self, name: str) -> list[object]:
        """Return the values of an enum, in the order of the contract where that is known."""
        described = self.spec["components"]["schemas"].get(name, {})
        return list(described.get("enum") or sorted(map(str, self._read_members(name))))

    def _read_members(self, name: str) -> Iterator[object]:
        for node in self._body_of(name):
            if isinstance(node, ast.Assign):
                yield ast.literal_eval(node.value)

    def fields(self, name: str) -> dict[str, Field]:
        """Return the fields of a model by their JSON names; none for an enum."""
        if name not in self._fields:
            self._fields[name] = {f.json_name: f for f in self._read_fields(name)}
        return self._fields[name]

    def _read_fields(self, name: str) -> Iterator[Field]:
        body = self._body_of(name)
        types = {
            ast.unparse(node.target): strip_none(node.annotation)
            for node in body
            if isinstance(node, ast.AnnAssign)
        }
        for node in ast.walk(ast.Module(body, [])):
            match node:
                case ast.AnnAssign(ast.Name("known"), value=ast.Dict(keys, values)):
                    for key, value in zip(keys, values, strict=True):
                        match key, value:
                            case ast.Constant(str(json_name)), ast.Attribute(attr=attribute):
                                yield Field(json_name, attribute, types[attribute])

    def _body_of(self, name: str) -> list[ast.stmt]:
        declared = self._class_of(name)
        return declared.body if declared is not None else []

    def _class_of(self, name: str) -> ast.ClassDef | None:
        module = self.models.get(name)
        if module is None:
            return None
        body = self._parse(module.rpartition(".")[2]).body
        return next((node for node in body if isinstance(node, ast.ClassDef)), None)

    def _parse(self, module: str) -> ast.Module:
        return ast.parse((self.folder / f"models/{module}.py").read_text(encoding="utf-8"))


def strip_none(annotation: ast.expr | None) -> str:
    """Return an annotation without `None`, as source text."""
    choices = _list_choices(annotation) if annotation is not None else []
    return " | ".join(choices) or "None"


def element_type(annotation: str) -> str | None:
    """Return what a `list[...]` holds, None for another type."""
    found = re.fullmatch(r"list\[(.*)\]", annotation)
    return found[1] if found else None


def _list_choices(annotation: ast.expr) -> list[str]:
    if isinstance(annotation, ast.BinOp):
        return [*_list_choices(annotation.left), *_list_choices(annotation.right)]
    text = ast.unparse(annotation)
    return [] if text == "None" else [text]


def _read_operation(
    method: str, path: str, node: Node, parameters: list[Node], module: Path
) -> Operation:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    functions = {n.name: n for n in tree.body if isinstance(n, ast.AsyncFunctionDef)}
    name = "asyncio" if "asyncio" in functions else "asyncio_detailed"
    function, package = functions[name], "autoleap_api_client"
    return Operation(
        id=node["operationId"],
        method=method,
        path=path,
        node=node,
        folder=module.parent.name,
        module=module.stem,
        function=name,
        arguments=tuple(_read_arguments(function, parameters)),
        returns=strip_none(function.returns),
        imports=_read_imports(tree, f"{package}.api.{module.parent.name}.{module.stem}"),
    )


def _read_arguments(function: ast.AsyncFunctionDef, parameters: list[Node]) -> Iterator[Argument]:
    described = {_plain(p["name"]): p for p in parameters if p.get("in") in PLACES}
    described |= {_plain(p["name"] + p["in"]): p for p in parameters if p.get("in") in PLACES}
    arguments = function.args
    needed = [(argument, True) for argument in arguments.args]
    pairs = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    for argument, required in [*needed, *((a, default is None) for a, default in pairs)]:
        if argument.arg != "client":
            parameter = {} if argument.arg == "body" else described.get(_plain(argument.arg), {})
            parameter = parameter or ({} if argument.arg == "body" else {"in": "query"})
            yield Argument(argument.arg, strip_none(argument.annotation), required, parameter)


def _plain(name: str) -> str:
    """Return the letters and digits of a name in lower case, however it is spelled."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _read_imports(tree: ast.Module, module: str) -> dict[str, str]:
    """Return the absolute module of every imported name, also below `if TYPE_CHECKING`."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            # A package resolves one dot to itself, a module to the package it is in.
            parents = node.level - (1 if module.endswith(".models") else 0)
            base = module.rsplit(".", parents)[0] if parents > 0 else module
            source = f"{base}.{node.module}" if node.level else node.module
            found |= {alias.name: source for alias in node.names}
    return found
