"""The operations of `openapi.yaml`, compiled for routing and validation."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import attrs
import yaml
from jsonschema_rs import Draft202012Validator

from autoleap.sandbox.examples import Example, read_example
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
        if self.is_list:
            return self.parse_list([text])
        return parse_parameter(self.name, self.schema.get("type"), self.validator, text)

    def parse_list(self, texts: Sequence[str]) -> tuple[object, list[Violation]]:
        """Return the values of the texts of a list, and their violations."""
        items = cast("Schema", self.schema.get("items", {}))
        validator = Draft202012Validator(items, validate_formats=True)
        parsed = [parse_parameter(self.name, items.get("type"), validator, text) for text in texts]
        violations = [violation for _, found in parsed for violation in found]
        return [value for value, _ in parsed], violations

    @property
    def is_list(self) -> bool:
        """Whether the parameter may be given more than once."""
        return self.schema.get("type") == "array"


@attrs.frozen
class Body:
    """The body that an operation takes.

    Attributes:
        media_types: The media types that it may have.
        required: Whether it must be there.
        validator: The validator of a JSON body; None for any other.
    """

    media_types: tuple[str, ...]
    required: bool
    validator: Draft202012Validator | None


@attrs.frozen
class Operation:
    """One operation of the contract with its compiled validators.

    `example` is a successful response, as the contract shows or describes it.
    """

    id: str
    method: str
    segments: tuple[str, ...]
    needs_token: bool
    query: Mapping[str, Parameter]
    path: Mapping[str, Parameter]
    body: Body | None
    example: Example | None

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
            elif parameter.is_list:
                texts = [other for given, other in pairs if given == name]
                values[name], violations_of_list = parameter.parse_list(texts)
                violations += violations_of_list if text == texts[0] else []
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
        validator = self.body.validator if self.body is not None else None
        return find_body_violations(validator, body) if validator is not None else []


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
        example=read_example(document, description),
    )


def _compile_parameters(
    document: Schema, parameters: Sequence[Schema], where: str
) -> dict[str, Parameter]:
    compiled: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter["in"] == where:
            name = str(parameter["name"])
            schema = forbid_unknown_fields(document, cast("Schema", parameter.get("schema", {})))
            validator = Draft202012Validator(schema, validate_formats=True)
            compiled[name] = Parameter(name, bool(parameter.get("required")), schema, validator)
    return compiled


def _compile_body(document: Schema, description: Schema) -> Body | None:
    if "requestBody" not in description:
        return None
    body = resolve_ref(document, cast("Schema", description["requestBody"]))
    content = cast("Mapping[str, Schema]", body["content"])
    required = bool(body.get("required"))
    if "application/json" not in content:
        return Body(tuple(content), required, None)
    schema = cast("Schema", content["application/json"].get("schema", {}))
    closed_schema = forbid_unknown_fields(document, schema)
    validator = Draft202012Validator(closed_schema, validate_formats=True)
    return Body(("application/json",), required, validator)


def _as_list(value: object) -> list[Schema]:
    return cast("list[Schema]", value or [])
