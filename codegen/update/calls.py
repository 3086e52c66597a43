"""Finds out how a generated operation is called, and writes the lines that do it."""

import ast
import re
from pathlib import Path
from typing import Any

from attrs import frozen

from codegen.spec import Node, resolve_ref
from codegen.specdiff.compare import Operation
from codegen.specdiff.shapes import shape

PLACEHOLDERS: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True}
MODEL = re.compile(r"^[A-Z]\w+$")


@frozen
class Call:
    """How an operation is called through `client.api`.

    Attributes:
        module: "autoleap_api_client.api.taxes.list_taxes".
        function: "list_taxes.asyncio".
        imports: The lines that come first.
        line: The call itself.
    """

    operation: Operation
    module: str
    function: str
    imports: tuple[str, ...]
    line: str

    def __str__(self) -> str:
        lines = "\n".join(f"    {line}" for line in (*self.imports, "", self.line))
        head = f"### {self.operation}\n\n`{self.function}` of `{self.module}`"
        return f"{head}\n\n{lines}".replace("\n    \n", "\n\n")


def call_of(document: Node, package: Path, operation: Operation) -> Call:
    """The call of an operation; SystemExit when the package has no function for it."""
    path, tree = module_of(package, operation)
    entered = entrance(tree)
    arguments, models = written_arguments(document, operation, parameters(entered))
    folder = path.parent.relative_to(package.parent).as_posix().replace("/", ".")
    imports = [f"from {folder} import {path.stem}"]
    imports += [f"from autoleap.models import {', '.join(models)}"] if models else []
    function = f"{path.stem}.{entered.name}"
    line = f"result = await {function}({', '.join(arguments)})"
    return Call(operation, f"{folder}.{path.stem}", function, tuple(imports), line)


def module_of(package: Path, operation: Operation) -> tuple[Path, ast.Module]:
    """The module whose request has the operation's method and path."""
    wanted = (operation.method.lower(), re.sub(r"\{[^}]*\}", "{}", operation.path))
    for path in sorted(package.glob("api/*/[!_]*.py")):
        text = path.read_text(encoding="utf-8")
        found = re.search(r'"method": "(\w+)",\s+"url": "([^"]*)"', text)
        if found and (found[1], re.sub(r"\{[^}]*\}", "{}", found[2])) == wanted:
            return path, ast.parse(text)
    raise SystemExit(f"{operation} has no function in {package.name}")


def entrance(tree: ast.Module) -> ast.AsyncFunctionDef:
    """The function to call: `asyncio`, or its detailed twin when an answer has no body."""
    functions = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    return min(functions, key=lambda function: function.name)


def parameters(function: ast.AsyncFunctionDef) -> list[tuple[str, str, bool]]:
    """What a function cannot do without: name, annotation, and whether it is positional."""
    arguments = function.args
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    needed = [argument for argument, default in keywords if default is None]
    both = [(arguments.args, True), (needed, False)]
    return [(a.arg, ast.unparse(a.annotation or ast.Constant("")), positional)
            for listed, positional in both for a in listed]  # fmt: skip


def written_arguments(
    document: Node, operation: Operation, needed: list[tuple[str, str, bool]]
) -> tuple[list[str], list[str]]:
    """The arguments as code, and the models that they take."""
    written, models = [], []
    values = {snake(name): value for name, value in examples(document, operation).items()}
    for name, annotation, positional in needed:
        if name == "client":
            code = "client.api"
        elif name == "body":
            code = repr(body_example(document, operation))
            if MODEL.match(annotation):
                models.append(annotation)
                code = f"{annotation}.from_dict({code})"
        else:
            code = repr(values.get(name.rstrip("_"), name.upper()))
        written.append(code if positional else f"{name}={code}")
    return written, models


def snake(name: str) -> str:
    """The generator's spelling of a name, as far as it can be told from the name alone."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name)).lower()


def examples(document: Node, operation: Operation) -> dict[str, Any]:
    """An example for every parameter by its name in the contract."""
    found = {}
    for (_, name), parameter in operation.parameters.items():
        schema = parameter.get("schema", {})
        found[name] = parameter.get("example", example(document, schema, name))
    return found


def body_example(document: Node, operation: Operation) -> Any:
    """A body to send: the contract's own example, or one made of what is required."""
    body = resolve_ref(document, operation.node["requestBody"])
    media = next(iter(body["content"].values()))
    listed = [resolve_ref(document, entry) for entry in media.get("examples", {}).values()]
    given = [entry["value"] for entry in listed if "value" in entry]
    given += [media["example"]] if "example" in media else []
    return given[0] if given else example(document, media.get("schema", {}), "body")


def example(document: Node, schema: Node | bool, name: str) -> Any:
    """A value for a schema: an example or a default of its own, or one that is made up."""
    found = shape(document, schema, answer=False)
    given = [*found.words.get("examples", []), *(found.enum or [])]
    given += [v for v in (found.words.get("example"), found.default) if v is not None]
    if given:
        return given[0]
    if found.types == {"object"}:
        return {field: example(document, found.fields[field], field) for field in found.fields
                if field in found.required}  # fmt: skip
    if found.types == {"array"}:
        return [example(document, found.items or {}, name)]
    return next(
        (PLACEHOLDERS[kind] for kind in found.types if kind in PLACEHOLDERS), snake(name).upper()
    )
