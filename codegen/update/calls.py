"""Write the lines of code that call a generated operation."""

import ast
import re
from pathlib import Path
from typing import Any

from attrs import frozen

from codegen.spec import Node, resolve_ref, to_snake_case
from codegen.specdiff.compare import Operation
from codegen.specdiff.shapes import build_shape

PLACEHOLDERS: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True}
MODEL = re.compile(r"^[A-Z]\w+$")


@frozen
class Call:
    """A call of an operation through `client.api`.

    Attributes:
        module: "autoleap_api_client.api.taxes.list_taxes".
        function: "list_taxes.asyncio".
        imports: The import statements that the call needs.
        line: The statement with the call.
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


@frozen
class Parameter:
    """A required parameter of a generated function."""

    name: str
    annotation: str
    positional: bool


def build_call(spec: Node, package: Path, operation: Operation) -> Call:
    """Return the call of an operation; SystemExit if the package has no function for it."""
    path, tree = find_module(package, operation)
    function = select_function(tree)
    parameters = list_required_parameters(function)
    arguments = format_arguments(spec, operation, parameters)
    models = [p.annotation for p in parameters if takes_model(p)]
    folder = path.parent.relative_to(package.parent).as_posix().replace("/", ".")
    imports = [f"from {folder} import {path.stem}"]
    imports += [f"from autoleap.models import {', '.join(models)}"] if models else []
    name = f"{path.stem}.{function.name}"
    line = f"result = await {name}({', '.join(arguments)})"
    return Call(operation, f"{folder}.{path.stem}", name, tuple(imports), line)


def find_module(package: Path, operation: Operation) -> tuple[Path, ast.Module]:
    """Return the module whose request has the operation's method and path."""
    wanted = (operation.method.lower(), re.sub(r"\{[^}]*\}", "{}", operation.path))
    for path in sorted(package.glob("api/*/[!_]*.py")):
        text = path.read_text(encoding="utf-8")
        found = re.search(r'"method": "(\w+)",\s+"url": "([^"]*)"', text)
        if found and (found[1], re.sub(r"\{[^}]*\}", "{}", found[2])) == wanted:
            return path, ast.parse(text)
    raise SystemExit(f"{operation} has no function in {package.name}")


def select_function(tree: ast.Module) -> ast.AsyncFunctionDef:
    """Return the function `asyncio`, or `asyncio_detailed` if the response has no body."""
    functions = [node for node in tree.body if isinstance(node, ast.AsyncFunctionDef)]
    return min(functions, key=lambda function: function.name)


def list_required_parameters(function: ast.AsyncFunctionDef) -> list[Parameter]:
    """Return the parameters of a function that have no default."""
    arguments = function.args
    keywords = zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True)
    required = [argument for argument, default in keywords if default is None]
    return [
        Parameter(a.arg, ast.unparse(a.annotation or ast.Constant("")), positional)
        for group, positional in ((arguments.args, True), (required, False))
        for a in group
    ]


def takes_model(parameter: Parameter) -> bool:
    """Return whether a parameter is a body with a model of its own."""
    return parameter.name == "body" and MODEL.match(parameter.annotation) is not None


def format_arguments(spec: Node, operation: Operation, parameters: list[Parameter]) -> list[str]:
    """Return the arguments of a call as code."""
    examples = build_parameter_examples(spec, operation)
    values = {to_snake_case(name): value for name, value in examples.items()}
    arguments = []
    for parameter in parameters:
        name = parameter.name
        if name == "client":
            code = "client.api"
        elif name == "body":
            code = repr(build_body_example(spec, operation))
        else:
            code = repr(values.get(name.rstrip("_"), name.upper()))
        if takes_model(parameter):
            code = f"{parameter.annotation}.from_dict({code})"
        arguments.append(code if parameter.positional else f"{name}={code}")
    return arguments


def build_parameter_examples(spec: Node, operation: Operation) -> dict[str, Any]:
    """Return an example for every parameter by its name in the contract."""
    examples = {}
    for (_, name), parameter in operation.parameters.items():
        schema = parameter.get("schema", {})
        examples[name] = parameter.get("example", build_example(spec, schema, name))
    return examples


def build_body_example(spec: Node, operation: Operation) -> Any:
    """Return the contract's example of a body, or a body with the required fields."""
    body = resolve_ref(spec, operation.node["requestBody"])
    media = next(iter(body["content"].values()))
    entries = [resolve_ref(spec, entry) for entry in media.get("examples", {}).values()]
    given = [entry["value"] for entry in entries if "value" in entry]
    given += [media["example"]] if "example" in media else []
    return given[0] if given else build_example(spec, media.get("schema", {}), "body")


def build_example(spec: Node, schema: Node | bool, name: str) -> Any:
    """Return an example or default of a schema, or a placeholder of its type."""
    shape = build_shape(spec, schema, response=False)
    given = [*shape.annotations.get("examples", []), *(shape.enum or [])]
    given += [v for v in (shape.annotations.get("example"), shape.default) if v is not None]
    if given:
        return given[0]
    if shape.types == {"object"}:
        required = [field for field in shape.fields if field in shape.required]
        return {field: build_example(spec, shape.fields[field], field) for field in required}
    if shape.types == {"array"}:
        return [build_example(spec, shape.items or {}, name)]
    placeholders = [PLACEHOLDERS[type_] for type_ in shape.types if type_ in PLACEHOLDERS]
    return placeholders[0] if placeholders else to_snake_case(name).upper()
