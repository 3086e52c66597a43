"""openapi.yaml as the tests of the generated package read it."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path
from typing import Any

import attrs
import pytest
import yaml

from autoleap.sandbox.schemas import closed, resolve
from codegen.generate.naming import load_named_spec

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
        tag = self.described["tags"][0]
        return import_module(f"autoleap_api_client.api.{tag}.{snake(self.id)}")

    @property
    def body(self) -> Json | None:
        """The schema of the request's body, or None when there is none."""
        return _json(self.described["requestBody"]) if "requestBody" in self.described else None

    @property
    def answer(self) -> Json:
        """The schema of the answer to a success."""
        return _json(self.described["responses"]["200"])

    def parameters(self, place: str) -> list[Json]:
        """The parameters in the path or in the query, without references."""
        listed = self.described.get("parameters", [])
        return [p for p in (resolve(NAMED, described) for described in listed) if p["in"] == place]


def whole(schema: Json) -> Json:
    """A schema of the contract without references and in one piece."""
    return closed(NAMED, schema)


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


def _json(described: Json) -> Json:
    schema: Json = described["content"]["application/json"]["schema"]
    return schema


OPERATIONS = [
    Operation(method, path, item[method])
    for path, item in NAMED["paths"].items()
    for method in METHODS
    if method in item
]
every_operation = pytest.mark.parametrize("operation", OPERATIONS, ids=lambda op: str(op.id))
