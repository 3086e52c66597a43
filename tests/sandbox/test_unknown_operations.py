"""What the sandbox answers where it knows an operation from the contract alone."""

from __future__ import annotations

from typing import Any, cast

import pytest

from autoleap.sandbox.contract import Operation, compile_contract
from autoleap.sandbox.examples import make_value
from autoleap.sandbox.http_messages import build_example_response
from tests.contract.bundles import changed, newer_surface, unseen_kinds


@pytest.fixture(scope="module")
def operations() -> dict[str, Operation]:
    document = cast("dict[str, object]", changed([*newer_surface(), *unseen_kinds()]))
    return {operation.id: operation for operation in compile_contract(document).operations}


@pytest.mark.parametrize(
    ("name", "status", "media_type", "content"),
    [
        ("getDocument", 200, "application/json", b'{"documentId":"doc-1","name":"Estimate"}'),
        ("uploadDocument", 201, "application/json", b'{"documentId":"text","name":"text"}'),
        ("getDocumentFile", 200, "application/pdf", b"%PDF-1.4\n%%EOF\n"),
        ("exportHours", 200, "text/csv", b"sample"),
        ("deleteBay", 204, "", b""),
        ("POST /readings", 202, "", b""),
    ],
)
def test_a_success_is_the_contracts_example_or_one_made_of_its_schema(
    operations: dict[str, Operation], name: str, status: int, media_type: str, content: bytes
) -> None:
    example = operations[name].example
    assert example is not None
    answer = build_example_response(example)
    assert (answer.status, answer.media_type, answer.content) == (status, media_type, content)


def test_a_page_that_is_made_up_is_the_last_one(operations: dict[str, Operation]) -> None:
    example = operations["listReadings"].example
    assert example is not None
    page = cast("dict[str, Any]", example.value)
    assert (page["last"], page["content"]) == (True, [{"value": 1.5, "unit": "text"}])


def test_a_schema_that_contains_itself_ends() -> None:
    document: dict[str, object] = {
        "components": {
            "schemas": {
                "Node": {
                    "type": "object",
                    "properties": {
                        "next": {"$ref": "#/components/schemas/Node"},
                        "kind": {"enum": ["a", "b"]},
                        "when": {"type": ["null", "string"], "format": "date"},
                        "either": {"oneOf": [{"type": "integer"}, {"type": "string"}]},
                    },
                }
            }
        }
    }
    made = cast("dict[str, Any]", make_value(document, {"$ref": "#/components/schemas/Node"}))
    assert (made["kind"], made["when"], made["either"]) == ("a", "2026-01-31", 1)
    assert made["next"]["next"]["kind"] == "a"


def test_a_parameter_may_be_a_list(operations: dict[str, Operation]) -> None:
    pairs = [("companyId", "1"), ("numbers", "1"), ("numbers", "2")]
    values, wrong = operations["listBays"].check_query(pairs)
    assert (values["numbers"], wrong) == ([1, 2], [])
    _, wrong = operations["listBays"].check_query([*pairs, ("numbers", "x"), ("kind", "lift")])
    assert [str(one) for one in wrong] == ['numbers: "x" is not of type integer']


def test_a_body_that_is_no_json_is_known_by_its_media_type(
    operations: dict[str, Operation],
) -> None:
    upload, logo, put = (
        operations[name].body for name in ("uploadDocument", "putQuoteLogo", "changeBays")
    )
    assert upload is not None
    assert upload.media_types == ("multipart/form-data",)
    assert logo is not None
    assert (logo.validator, logo.media_types) == (None, ("image/png",))
    assert put is not None
    assert put.validator is not None
    assert operations["deleteBay"].body is None
