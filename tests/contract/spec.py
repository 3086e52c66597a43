"""openapi.yaml as the tests of the generated package read it."""

from __future__ import annotations

import re
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from autoleap.sandbox.schemas import forbid_unknown_fields, resolve_ref
from codegen.generate.naming import load_named_spec
from codegen.generate.routes import Route, find_route, make_route

Json = dict[str, Any]

METHODS = ("get", "put", "post", "patch", "delete")
ROOT = Path(__file__).parents[2]

# As upstream has it, and under the names that hold.
SPEC: Json = yaml.safe_load((ROOT / "openapi.yaml").read_text(encoding="utf-8"))
NAMED: Json = load_named_spec()[0]


@attrs.frozen
class Operation:
    """An operation of the contract, and where its function is."""

    method: str
    path: str
    described: Json

    @property
    def raw(self) -> Json:
        """As upstream describes it: the names that hold are for the generator, which knows less."""
        described: Json = SPEC["paths"][self.path][self.method]
        return described

    @property
    def id(self) -> str:
        """Its operationId."""
        return str(self.described["operationId"])

    @property
    def module(self) -> Any:
        """The generated module."""
        return import_module(modules()[make_route(self.method, self.path)])

    @property
    def body(self) -> Json | None:
        """The schema of the request's body, or None when there is no JSON body."""
        return _json(self.described.get("requestBody", {}))

    @property
    def answer(self) -> Json | None:
        """The schema of the answer to a success, or None when there is none to read."""
        codes = sorted(code for code in self.described["responses"] if code.startswith("2"))
        return _json(self.described["responses"][codes[0]]) or None

    def parameters(self, place: str) -> list[Json]:
        """The parameters in the path or in the query, without references."""
        shared = NAMED["paths"][self.path].get("parameters", [])
        listed = [*shared, *self.described.get("parameters", [])]
        return [
            p for p in (resolve_ref(NAMED, described) for described in listed) if p["in"] == place
        ]


def whole(schema: Json) -> Json:
    """A schema of the contract without references and in one piece."""
    return forbid_unknown_fields(NAMED, schema)


def snake(name: str) -> str:
    """The Python spelling of a name."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|-", "_", name).lower().replace("__", "_")


def json_names(model: Any) -> dict[str, str]:
    """The JSON name of every attribute, found out by writing one at a time."""
    names = {}
    for field in attrs.fields_dict(model).keys() - {"additional_properties"}:
        record = model.from_dict({})
        setattr(record, field, "probe")
        (names[field],) = record.to_dict()
    return names


def _json(described: Json) -> Json | None:
    schema: Json | None = described.get("content", {}).get("application/json", {}).get("schema")
    return schema


@cache
def modules() -> dict[Route, str]:
    """The name of every generated module by the route of its operation."""
    package = ROOT / "autoleap_api_client"
    return {
        route: f"autoleap_api_client.api.{path.parent.name}.{path.stem}"
        for path in package.glob("api/*/[!_]*.py")
        if (route := find_route(path.read_text(encoding="utf-8"))) is not None
    }


OPERATIONS = [
    Operation(method, path, item[method])
    for path, item in NAMED["paths"].items()
    for method in METHODS
    if method in item
]
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: str(op.id))
