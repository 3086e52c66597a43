"""The request schemas of `openapi.yaml`; `make generate` writes them beside the generated code.

Therefore the facade accepts a new field or enum value after the next `make generate`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]


def resolve_ref(schema: Schema) -> Schema:
    """Replace a schema's `$ref` with the schema it refers to; its other keys stay."""
    if "$ref" not in schema:
        return schema
    return {**_load_schemas()[schema["$ref"]], **{k: v for k, v in schema.items() if k != "$ref"}}


@cache
def _load_schemas() -> dict[str, Schema]:
    source = files("autoleap_api_client") / "request_schemas.json"
    schemas: dict[str, Schema] = json.loads(source.read_text(encoding="utf-8"))["schemas"]
    return schemas
