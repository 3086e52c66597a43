"""request_schemas.json says of every request body what openapi.yaml says of it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.contract.spec import METHODS, NAMED, whole

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "autoleap_api_client/request_schemas.json").read_text(encoding="utf-8")
DOCUMENT = json.loads(TEXT)


def bodies() -> dict[str, dict[str, str]]:
    listed = {}
    for path, item in NAMED["paths"].items():
        for method in METHODS:
            operation = item.get(method, {})
            content = operation.get("requestBody", {}).get("content", {})
            if "application/json" in content:
                reference = content["application/json"]["schema"].get("$ref", "")
                body = reference.rpartition("/")[2] or f"{operation['operationId']}Body"
                listed[operation["operationId"]] = {
                    "method": method.upper(), "path": path, "body": body,
                }  # fmt: skip
    return listed


def references(node: Any) -> set[str]:
    if isinstance(node, dict):
        own = {node["$ref"]} if isinstance(node.get("$ref"), str) else set()
        return own.union(*(references(child) for child in node.values()))
    return set().union(*(references(child) for child in node)) if isinstance(node, list) else set()


def test_every_operation_with_a_body_is_listed() -> None:
    assert DOCUMENT["operations"] == bodies()


def test_every_schema_that_is_referred_to_is_there_and_no_other() -> None:
    used = {entry["body"] for entry in DOCUMENT["operations"].values()}
    assert used | references(DOCUMENT["schemas"]) == set(DOCUMENT["schemas"])


def test_a_schema_made_of_parts_has_the_fields_and_demands_of_all_of_them() -> None:
    create = DOCUMENT["schemas"]["CustomerCreateItem"]
    assert create["required"] == ["firstName", "lastName"]
    described = NAMED["components"]["schemas"]["CustomerCreateItem"]
    assert create["properties"].keys() == whole(described)["properties"].keys()
    assert DOCUMENT["schemas"]["CustomersCreateRequest"]["properties"]["customers"] == {
        "items": {"$ref": "CustomerCreateItem"}, "minItems": 1, "type": "array",
    }  # fmt: skip


@pytest.mark.parametrize("word", ["description", "example", "x-provenance", "allOf", "#/"])
def test_only_what_can_be_checked_is_there(word: str) -> None:
    assert word not in TEXT


def test_the_file_ends_with_one_newline_and_its_keys_are_sorted() -> None:
    assert json.dumps(DOCUMENT, indent=2, sort_keys=True, ensure_ascii=False) + "\n" == TEXT
