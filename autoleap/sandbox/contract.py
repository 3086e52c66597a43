"""The operations of `openapi.yaml`, compiled for routing and validation."""

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
    """A query or path parameter with the validator of its value."""

    name: str
    required: bool
    schema: Schema
    validator: Draft202012Validator

    def parse(self, text: str) -> tuple[object, list[Violation]]:
        """Return the value of a text and its violations."""
        return parse_parameter(self.name, self.schema.get("type"), self.validator, text)


@attrs.frozen
class Operation:
    """One operation of the contract with its compiled validators.

    `example` is the contract's example of a successful response, if there is one.
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
        """Return the values of the path parameters, or None if the path does not match."""
        if len(segments) != len(self.segments):
            return None
        values: dict[str, str] = {}
        for segment, expected in zip(segments, self.segments, strict=True):
            if expected.startswith("{") and segment:
                values[expected[1:-1]] = segment
            elif segment != expected:
                return None
        return values

    def check_query(
        self, pairs: Sequence[tuple[str, str]]
    ) -> tuple[dict[str, object], list[Violation]]:
        """Return the query values with the contract's defaults, and the violations.

        The contract does not define what happens to unknown or repeated names. The sandbox
        refuses them to find misspelled filters.
        """
        values: dict[str, object] = {}
        violations: list[Violation] = []
        for name, text in pairs:
            parameter = self.query.get(name)
            if parameter is None:
                violations.append(Violation((name,), "is not a parameter of this operation"))
            elif name in values:
                violations.append(Violation((name,), "is given more than once"))
            else:
                values[name], violations_of_value = parameter.parse(text)
                violations += violations_of_value
        missing = [parameter for name, parameter in self.query.items() if name not in values]
        violations += [Violation((p.name,), "is required") for p in missing if p.required]
        values |= {p.name: p.schema["default"] for p in missing if "default" in p.schema}
        return values, violations

    def check_path(self, values: Mapping[str, str]) -> list[Violation]:
        """Return the violations of the path parameters."""
        violations: list[Violation] = []
        for name, text in values.items():
            violations += self.path[name].parse(text)[1]
        return violations

    def check_body(self, body: object) -> list[Violation]:
        """Return the violations of a parsed body."""
        return find_body_violations(self.body, body) if self.body is not None else []


@attrs.frozen
class Contract:
    """All operations of the contract. Paths without parameters come first."""

    operations: tuple[Operation, ...]

    def find_operation(
        self, method: str, segments: Sequence[str]
    ) -> tuple[Operation, dict[str, str]] | None:
        """Return the operation of a request with its path parameters, or None."""
        for operation in self.operations:
            if operation.method == method:
                values = operation.match_path(segments)
                if values is not None:
                    return operation, values
        return None


def read_contract_text() -> str:
    """Return the text of `openapi.yaml`.

    A wheel has it beside this module; a checkout has it at its root.
    """
    packaged = resources.files("autoleap.sandbox").joinpath("openapi.yaml")
    if packaged.is_file():
        return packaged.read_text("utf-8")
    return (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")


@cache
def load_contract() -> Contract:
    """Read and compile the contract, once per process."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return compile_contract(cast("Schema", loader(read_contract_text()).get_single_data()))


def compile_contract(document: Schema) -> Contract:
    """Compile a contract. Its operationIds and component names do not matter."""
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
    description = cast("Schema", item[method])
    declarations = [*_as_list(item.get("parameters")), *_as_list(description.get("parameters"))]
    parameters = [resolve_ref(document, parameter) for parameter in declarations]
    security = description.get("security", document.get("security"))
    return Operation(
        id=name_operation(method.upper(), path, description.get("operationId")),
        method=method.upper(),
        segments=tuple(path.strip("/").split("/")),
        needs_token=bool(security),
        query=_compile_parameters(document, parameters, "query"),
        path=_compile_parameters(document, parameters, "path"),
        body=_compile_body(document, description),
        example=_find_example(document, description),
    )


def _compile_parameters(
    document: Schema, parameters: Sequence[Schema], where: str
) -> dict[str, Parameter]:
    compiled: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter["in"] == where:
            name = str(parameter["name"])
            schema = forbid_unknown_fields(document, cast("Schema", parameter["schema"]))
            validator = Draft202012Validator(schema, validate_formats=True)
            compiled[name] = Parameter(name, bool(parameter.get("required")), schema, validator)
    return compiled


def _compile_body(document: Schema, description: Schema) -> Draft202012Validator | None:
    if "requestBody" not in description:
        return None
    body = resolve_ref(document, cast("Schema", description["requestBody"]))
    content = cast("Mapping[str, Schema]", body["content"])
    schema = cast("Schema", content["application/json"]["schema"])
    return Draft202012Validator(forbid_unknown_fields(document, schema), validate_formats=True)


def _find_example(document: Schema, description: Schema) -> object:
    """Return the first example of the successful response, or None."""
    responses = cast("Mapping[str, Schema]", description["responses"])
    success = resolve_ref(document, responses.get("200", {}))
    content = cast("Mapping[str, Schema]", success.get("content", {}))
    media = content.get("application/json", {})
    examples = cast("Mapping[str, Schema]", media.get("examples", {})).values()
    values = [resolve_ref(document, example).get("value") for example in examples]
    return next((value for value in (*values, media.get("example")) if value is not None), None)


def _as_list(value: object) -> list[Schema]:
    return cast("list[Schema]", value or [])
