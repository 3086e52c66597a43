"""The request schemas of `openapi.yaml`, which regeneration writes beside the generated code.

A new field or enum value is known here the moment it is known there.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, TypeAlias

Schema: TypeAlias = Mapping[str, Any]


def resolve_ref(schema: Schema) -> Schema:
    """A schema with its reference, if it is one, replaced by what it refers to."""
    if "$ref" not in schema:
        return schema
    return {**_load_schemas()[schema["$ref"]], **{k: v for k, v in schema.items() if k != "$ref"}}


@cache
def _load_schemas() -> dict[str, Schema]:
    source = files("autoleap_api_client") / "request_schemas.json"
    schemas: dict[str, Schema] = json.loads(source.read_text(encoding="utf-8"))["schemas"]
    return schemas
