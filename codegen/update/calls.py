"""Write the line of code that calls a new operation through a company."""

from collections.abc import Mapping
from typing import Any

from attrs import frozen

from codegen.generate.resources.arguments import Parameter
from codegen.generate.resources.model import Method
from codegen.generate.resources.write import Plan
from codegen.generate.routes import Route, make_route
from codegen.spec import Node, resolve_ref, to_snake_case
from codegen.specdiff.compare import Operation
from codegen.specdiff.shapes import build_shape

PLACEHOLDERS: dict[str, Any] = {"integer": 1, "number": 1.0, "boolean": True}
DATE = "2026-01-31"
FILE = b"%PDF-1.4"


@frozen
class Call:
    """A call of an operation through a company.

    Attributes:
        operation: The operation.
        name: "taxes.list", or "" if the client itself calls the operation.
        line: The statement with the call.
    """

    operation: Operation
    name: str
    line: str

    def __str__(self) -> str:
        if not self.name:
            return f"### {self.operation}\n\nThe client itself calls this operation."
        return f"### {self.operation}\n\n`{self.name}` of a company\n\n    {self.line}"


def build_call(spec: Node, plan: Plan, operation: Operation) -> Call:
    """Return the call of an operation.

    Args:
        spec: The contract, as upstream wrote it.
        plan: The resources that were generated from it.
        operation: An operation of the contract.
    """
    methods = index_methods(plan)
    route = make_route(operation.method, operation.path)
    if route not in methods:
        return Call(operation, "", "")
    resource, method = methods[route]
    name = f"{resource}.{method.name}"
    arguments = ", ".join(format_arguments(spec, operation, method))
    read = ".collect()" if method.kind == "list" else ""
    result = "" if method.result == "none" else "result = "
    return Call(operation, name, f"{result}await shop.{name}({arguments}){read}")


def index_methods(plan: Plan) -> Mapping[Route, tuple[str, Method]]:
    """Return every method with the name of its resource, by the route of its operation."""
    return {
        make_route(method.operation.method, method.operation.path): (resource.name, method)
        for resource in plan.resources
        for method in resource.methods
    }


def format_arguments(spec: Node, operation: Operation, method: Method) -> list[str]:
    """Return the arguments of a call as code: keys, the body, then what else is needed."""
    examples = build_parameter_examples(spec, operation)
    needed = [parameter for parameter in method.parameters if parameter.required]
    keys = [p for p in needed if p.argument.place == "path"]
    others = [p for p in needed if p.argument.place != "path"]
    body = method.operation.body
    return [
        *(format_value(parameter, examples) for parameter in keys),
        *([repr(build_request(spec, operation, method))] if body and body.required else []),
        *(format_value(parameter, examples) for parameter in others),
    ]


def format_value(parameter: Parameter, examples: Mapping[str, Any]) -> str:
    """Return an example of a parameter as code."""
    value = examples.get(parameter.argument.contract_name)
    if parameter.type == "DateInput" and not str(value)[:1].isdigit():
        value = DATE
    return repr(value if value is not None else parameter.name.upper())


def build_request(spec: Node, operation: Operation, method: Method) -> Any:
    """Return an example of what a method takes: records, ids, a file, or a body."""
    body = build_body_example(spec, operation)
    if method.kind == "bulk" and method.name == "archive" and method.id_field is not None:
        return [record[method.id_field.json_name] for record in body[method.list_field]]
    if method.kind == "bulk":
        return body[method.list_field]
    if method.operation.body is not None and method.operation.body.type == "File":
        return FILE
    if not isinstance(body, dict):
        return body
    return {name: value for name, value in body.items() if name != "companyId"}


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
    if isinstance(schema, dict) and resolve_ref(spec, schema).get("format") == "binary":
        return FILE
    placeholders = [PLACEHOLDERS[type_] for type_ in shape.types if type_ in PLACEHOLDERS]
    return placeholders[0] if placeholders else to_snake_case(name).upper()
