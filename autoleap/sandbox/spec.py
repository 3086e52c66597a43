"""The contract as the sandbox reads it: the operations of `openapi.yaml`, ready to route to."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources
from pathlib import Path
from typing import cast

import attrs
import yaml
from jsonschema_rs import Draft202012Validator

from autoleap.sandbox.examples import Example, read_example
from autoleap.sandbox.names import operation_name
from autoleap.sandbox.schemas import Schema, closed, resolve
from autoleap.sandbox.violations import Violation, body_violations, text_violations

_METHODS = ("get", "post", "put", "patch", "delete")


@attrs.frozen
class Parameter:
    """A query or path parameter and the check of its value."""

    name: str
    required: bool
    schema: Schema
    validator: Draft202012Validator

    def read(self, text: str) -> tuple[object, list[Violation]]:
        """The value a text stands for, and what is wrong with it."""
        if self.is_list:
            return self.read_list([text])
        return text_violations(self.name, self.schema.get("type"), self.validator, text)

    def read_list(self, texts: Sequence[str]) -> tuple[object, list[Violation]]:
        """The values that the texts of a list stand for, and what is wrong with them."""
        items = cast("Schema", self.schema.get("items", {}))
        validator = Draft202012Validator(items, validate_formats=True)
        read = [text_violations(self.name, items.get("type"), validator, text) for text in texts]
        return [value for value, _ in read], [wrong for _, found in read for wrong in found]

    @property
    def is_list(self) -> bool:
        """Whether the parameter may be given more than once."""
        return self.schema.get("type") == "array"


@attrs.frozen
class Body:
    """What an operation takes as its body.

    Attributes:
        media_types: the media types it may have.
        required: whether it must be there.
        validator: the check of a JSON body, None for any other.
    """

    media_types: tuple[str, ...]
    required: bool
    validator: Draft202012Validator | None


@attrs.frozen
class Operation:
    """One operation of the contract, with its checks compiled.

    `example` is the answer to a success, as the contract shows or describes it.
    """

    id: str
    method: str
    segments: tuple[str, ...]
    needs_token: bool
    query: Mapping[str, Parameter]
    path: Mapping[str, Parameter]
    body: Body | None
    example: Example | None

    def path_values(self, segments: Sequence[str]) -> dict[str, str] | None:
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
            elif parameter.is_list:
                texts = [other for given, other in pairs if given == name]
                values[name], wrong = parameter.read_list(texts)
                found += wrong if text == texts[0] else []
            elif name in values:
                found.append(Violation((name,), "is given more than once"))
            else:
                values[name], wrong = parameter.read(text)
                found += wrong
        left_out = [parameter for name, parameter in self.query.items() if name not in values]
        found += [Violation((p.name,), "is required") for p in left_out if p.required]
        values |= {p.name: p.schema["default"] for p in left_out if "default" in p.schema}
        return values, found

    def check_path(self, values: Mapping[str, str]) -> list[Violation]:
        """What is wrong with the values of the path parameters."""
        return [wrong for name, text in values.items() for wrong in self.path[name].read(text)[1]]

    def check_body(self, body: object) -> list[Violation]:
        """What is wrong with a parsed body."""
        validator = self.body.validator if self.body is not None else None
        return body_violations(validator, body) if validator is not None else []


@attrs.frozen
class Spec:
    """All operations of the contract, literal paths before templated ones."""

    operations: tuple[Operation, ...]

    def find(self, method: str, segments: Sequence[str]) -> tuple[Operation, dict[str, str]] | None:
        """The operation a request is meant for, with its path parameters."""
        for operation in self.operations:
            if operation.method == method:
                values = operation.path_values(segments)
                if values is not None:
                    return operation, values
        return None


def contract_text() -> str:
    """The text of `openapi.yaml`: beside this module in a wheel, at the root of a checkout."""
    packed = resources.files("autoleap.sandbox").joinpath("openapi.yaml")
    if packed.is_file():
        return packed.read_text("utf-8")
    return (Path(__file__).parents[2] / "openapi.yaml").read_text("utf-8")


@cache
def load_spec() -> Spec:
    """Read and compile the contract; once a process."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return read_spec(cast("Schema", loader(contract_text()).get_single_data()))


def read_spec(document: Schema) -> Spec:
    """Compile a contract, which may name its operations and components as it likes."""
    paths = cast("Mapping[str, Schema]", document["paths"])
    operations = [
        _operation(document, path, method, item)
        for path, item in paths.items()
        for method in _METHODS
        if method in item
    ]
    operations.sort(key=lambda operation: any("{" in part for part in operation.segments))
    return Spec(tuple(operations))


def _operation(document: Schema, path: str, method: str, item: Schema) -> Operation:
    described = cast("Schema", item[method])
    declared = [*_sequence(item.get("parameters")), *_sequence(described.get("parameters"))]
    parameters = [resolve(document, parameter) for parameter in declared]
    security = described.get("security", document.get("security"))
    return Operation(
        id=operation_name(method.upper(), path, described.get("operationId")),
        method=method.upper(),
        segments=tuple(path.strip("/").split("/")),
        needs_token=bool(security),
        query=_parameters(document, parameters, "query"),
        path=_parameters(document, parameters, "path"),
        body=_body(document, described),
        example=read_example(document, described),
    )


def _parameters(document: Schema, parameters: Sequence[Schema], where: str) -> dict[str, Parameter]:
    found: dict[str, Parameter] = {}
    for parameter in parameters:
        if parameter["in"] == where:
            name = str(parameter["name"])
            schema = closed(document, cast("Schema", parameter.get("schema", {})))
            validator = Draft202012Validator(schema, validate_formats=True)
            found[name] = Parameter(name, bool(parameter.get("required")), schema, validator)
    return found


def _body(document: Schema, described: Schema) -> Body | None:
    if "requestBody" not in described:
        return None
    body = resolve(document, cast("Schema", described["requestBody"]))
    content = cast("Mapping[str, Schema]", body["content"])
    required = bool(body.get("required"))
    if "application/json" not in content:
        return Body(tuple(content), required, None)
    schema = cast("Schema", content["application/json"].get("schema", {}))
    validator = Draft202012Validator(closed(document, schema), validate_formats=True)
    return Body(("application/json",), required, validator)


def _sequence(value: object) -> list[Schema]:
    return cast("list[Schema]", value or [])
