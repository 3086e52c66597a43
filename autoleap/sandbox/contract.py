"""The contract as the sandbox reads it: the operations of `openapi.yaml`, ready to route to."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import attrs
import yaml
from jsonschema_rs import Draft202012Validator

from autoleap.sandbox.operation_names import name_operation
from autoleap.sandbox.schemas import Schema, forbid_unknown_fields, resolve_ref
from autoleap.sandbox.violations import Violation, find_body_violations, parse_parameter

_METHODS = ("get", "post", "put", "patch", "delete")


@attrs.frozen
class Parameter:
    """A query or path parameter and the check of its value."""

    name: str
    required: bool
    schema: Schema
    validator: Draft202012Validator

    def parse(self, text: str) -> tuple[object, list[Violation]]:
        """The value a text stands for, and what is wrong with it."""
        return parse_parameter(self.name, self.schema.get("type"), self.validator, text)


@attrs.frozen
class Operation:
    """One operation of the contract, with its checks compiled.

    `example` is an answer that the contract shows for a success, if it shows one.
    """

    id: str
    method: str
    segments: tuple[str, ...]
    needs_token: bool
    query: Mapping[str, Parameter]
    path: Mapping[str, Parameter]
    body: Draft202012Validator | None
    example: object

    def match_path(self, segments: Sequence[str]) -> dict[str, str] | None:
        """The values of the path parameters, or None when the path is not this operation's."""
        if len(segments) != len(self.segments):
            return None
        values: dict[str, str] = {}
        for given, expected in zip(segments, self.segments, strict=True):
            if expected.startswith("{") and given:
                values[expected[1:-1]] = given
            elif given != expected:
                return None
        return values

    def check_query(
        self, pairs: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, object], list[Violation]]:
        """The typed query values with the contract's defaults, and what is wrong with the rest.

        Names the contract does not know and names given twice are refused: that is the sandbox's
        own strictness, meant to catch misspelled filters.
        """
        values: dict[str, object] = {}
        found: list[Violation] = []
        for name, text in pairs:
            parameter = self.query.get(name)
            if parameter is None:
                found.append(Violation((name,), "is not a parameter of this operation"))
            elif name in values:
                found.append(Violation((name,), "is given more than once"))
            else:
                values[name], wrong = parameter.parse(text)
                found += wrong
        left_out = [parameter for name, parameter in self.query.items() if name not in values]
        found += [Violation((p.name,), "is required") for p in left_out if p.required]
        values |= {p.name: p.schema["default"] for p in left_out if "default" in p.schema}
        return values, found

    def check_path(self, values: Mapping[str, str]) -> list[Violation]:
        """What is wrong with the values of the path parameters."""
        return [wrong for name, text in values.items() for wrong in self.path[name].parse(text)[1]]

    def check_body(self, body: object) -> list[Violation]:
        """What is wrong with a parsed body."""
        return find_body_violations(self.body, body) if self.body is not None else []


@attrs.frozen
class Contract:
    """All operations of the contract, literal paths before templated ones."""

    operations: tuple[Operation, ...]

    def find_operation(
        self, method: str, segments: Sequence[str]
    ) -> tuple[Operation, dict[str, str]] | None:
        """The operation a request is meant for, with its path parameters."""
        for operation in self.operations:
            if operation.method == method:
                values = operation.match_path(segments)
                if values is not None:
                    return operation, values
        return None


def read_contract_text() -> str:
    """The text of `openapi.yaml`: beside this module in a wheel, at the root of a checkout."""
    packed = resources.files("autoleap.sandbox").joinpath("openapi.yaml")
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")


@cache
def load_contract() -> Contract:
    """Read and compile the contract; once a process."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return compile_contract(cast("Schema", loader(read_contract_text()).get_single_data()))


def compile_contract(document: Schema) -> Contract:
    """Compile a contract, which may name its operations and components as it likes."""
    paths = cast("Mapping[str, Schema]", document["paths"])
    operations = [
        _compile_operation(document, path, method, item)
        for path, item in paths.items()
        for method in _METHODS
        if method in item
    ]
    operations.sort(key=lambda operation: any("{" in part for part in operation.segments))
    return Contract(tuple(operations))


def _compile_operation(document: Schema, path: str, method: str, item: Schema) -> Operation:
    described = cast("Schema", item[method])
    declared = [*_as_list(item.get("parameters")), *_as_list(described.get("parameters"))]
    parameters = [resolve_ref(document, parameter) for parameter in declared]
    security = described.get("security", document.get("security"))
    return Operation(
        id=name_operation(method.upper(), path, described.get("operationId")),
        method=method.upper(),
        segments=tuple(path.strip("/").split("/")),
        needs_token=bool(security),
        query=_compile_parameters(document, parameters, "query"),
        path=_compile_parameters(document, parameters, "path"),
        body=_compile_body(document, described),
        example=_find_example(document, described),
    )


def _compile_parameters(
    document: Schema, parameters: Sequence[Schema], where: str
) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter["in"] == where:
            name = str(parameter["name"])
            schema = forbid_unknown_fields(document, cast("Schema", parameter["schema"]))
            validator = Draft202012Validator(schema, validate_formats=True)
            found[name] = Parameter(name, bool(parameter.get("required")), schema, validator)
    return found


def _compile_body(document: Schema, described: Schema) -> Draft202012Validator | None:
    if "requestBody" not in described:
        return None
    body = resolve_ref(document, cast("Schema", described["requestBody"]))
    content = cast("Mapping[str, Schema]", body["content"])
    schema = cast("Schema", content["application/json"]["schema"])
    return Draft202012Validator(forbid_unknown_fields(document, schema), validate_formats=True)


def _find_example(document: Schema, described: Schema) -> object:
    """The first example of the success, or None when there is none."""
    responses = cast("Mapping[str, Schema]", described["responses"])
    success = resolve_ref(document, responses.get("200", {}))
    content = cast("Mapping[str, Schema]", success.get("content", {}))
    media = content.get("application/json", {})
    listed = cast("Mapping[str, Schema]", media.get("examples", {})).values()
    shown = [resolve_ref(document, example).get("value") for example in listed]
    return next((value for value in (*shown, media.get("example")) if value is not None), None)


def _as_list(value: object) -> list[Schema]:
    return cast("list[Schema]", value or [])
