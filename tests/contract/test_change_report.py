"""The change report judges every difference as AutoLeap's versioning policy does."""

from __future__ import annotations

import copy
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from codegen.specdiff.change_report import format_report
from codegen.specdiff.compare import compare
from codegen.specdiff.policy import Change
from tests.contract.bundles import ROOT, Mutation, Node, changed, contract, mutations

MUTATIONS = mutations()


def lines(changes: list[Change]) -> set[tuple[str, str, str]]:
    return {(change.rule.kind.value, change.operation, change.place) for change in changes}


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_single_change_is_reported_with_its_kind_its_operation_and_its_place_alone(
    mutation: Mutation,
) -> None:
    assert lines(compare(contract(), changed(mutation.actions))) == mutation.lines


def test_the_table_of_changes_is_long_and_its_names_are_its_own() -> None:
    assert len(MUTATIONS) > 50
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)
    assert sum(mutation.harmless for mutation in MUTATIONS) > 20


# The same API, written in another way.


def renamed_components(document: Node) -> Node:
    def visit(node: Any) -> Any:
        if isinstance(node, list):
            return [visit(child) for child in node]
        if not isinstance(node, dict):
            return node
        found = {key: visit(value) for key, value in node.items()}
        if isinstance(found.get("$ref"), str):
            found["$ref"] += "V2"
        return found

    other: Node = visit(document)
    for group, entries in other["components"].items():
        if group != "securitySchemes":
            other["components"][group] = {f"{name}V2": entry for name, entry in entries.items()}
    return other


def inlined(document: Node) -> Node:
    def visit(node: Any) -> Any:
        while isinstance(node, dict) and "$ref" in node:
            target: Any = document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = {**target, **{key: value for key, value in node.items() if key != "$ref"}}
        if isinstance(node, dict):
            return {key: visit(value) for key, value in node.items()}
        return [visit(child) for child in node] if isinstance(node, list) else node

    other: Node = visit(document)
    del other["components"]["schemas"]
    return other


def without_operation_ids(document: Node) -> Node:
    for path in document["paths"].values():
        for operation in path.values():
            del operation["operationId"]
    return document


def backwards(document: Node) -> Node:
    def visit(node: Any) -> Any:
        if isinstance(node, dict):
            return {key: visit(node[key]) for key in reversed(node)}
        return [visit(child) for child in node] if isinstance(node, list) else node

    other: Node = visit(document)
    return other


def parameters_at_the_path(document: Node) -> Node:
    for path in document["paths"].values():
        if len(path) == 1:
            (operation,) = path.values()
            path["parameters"] = operation.pop("parameters", [])
    return document


@pytest.mark.parametrize(
    "rewrite",
    [renamed_components, inlined, without_operation_ids, backwards, parameters_at_the_path],
    ids=lambda rewrite: rewrite.__name__,
)
@pytest.mark.parametrize("turned", [False, True])
def test_the_same_api_written_in_another_way_has_no_changes(
    rewrite: Callable[[Node], Node], turned: bool
) -> None:
    old, new = contract(), rewrite(contract())
    assert compare(new, old) == [] if turned else compare(old, new) == []


# One schema, sent in the body of a request and got in an answer.


def small(schema: Any, **components: Any) -> Node:
    content = {"content": {"application/json": {"schema": schema}}}
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {
            "/orders/{orderId}": {
                "parameters": [{"name": "orderId", "in": "path", "required": True, "schema": {}}],
                "post": {
                    "requestBody": content,
                    "responses": {"200": {"description": ""} | content},
                },
            }
        },
        "components": {"schemas": components},
    }


def judged(old: Any, new: Any) -> set[tuple[str, str]]:
    """What is said of the request and of the answer: (kind, place)."""
    return {(kind, place) for kind, _, place in lines(compare(small(old), small(new)))}


TEXT = {"type": "string"}
NULLABLE_30 = {"type": "string", "nullable": True}
NULLABLE_31 = {"type": ["string", "null"]}
PAIR = {"type": "object", "required": ["a"], "properties": {"a": TEXT, "b": TEXT}}
OTHER = {"type": "object", "required": ["c"], "properties": {"c": TEXT}}
LIST = {"type": "array", "items": TEXT}
EITHER = {"oneOf": [PAIR, LIST]}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (NULLABLE_30, NULLABLE_31),
        (NULLABLE_31, {"anyOf": [TEXT, {"type": "null"}]}),
        ({"const": "a"}, {"type": "string", "enum": ["a"]}),
        ({"type": ["string", "integer"]}, {"oneOf": [{"type": "integer"}, TEXT]}),
        (PAIR, {"allOf": [{"properties": {"b": TEXT}}, PAIR]}),
        ({"oneOf": [PAIR, TEXT]}, {"oneOf": [TEXT, PAIR]}),
        ({"minimum": 0, "exclusiveMinimum": True}, {"exclusiveMinimum": 0}),
        ({"type": "object"}, {"type": "object", "additionalProperties": {}}),
        ({}, True),
    ],
)  # fmt: skip
def test_two_spellings_of_a_schema_are_no_change(one: Any, other: Any) -> None:
    assert judged(one, other) == judged(other, one) == set()


@pytest.mark.parametrize(
    ("old", "new", "request_kind", "answer_kind"),
    [
        (TEXT, NULLABLE_31, "non-breaking", "breaking"),
        (NULLABLE_31, TEXT, "breaking", "non-breaking"),
        (TEXT, {"type": "integer"}, "breaking", "breaking"),
        ({"type": "integer"}, {"type": "number"}, "breaking", "breaking"),
        ({}, TEXT, "breaking", "breaking"),
        (TEXT, {"type": "string", "format": "date"}, "breaking", "breaking"),
        ({"pattern": "^a$"}, {"pattern": "^b$"}, "breaking", "breaking"),
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, "non-breaking", "non-breaking"),
        ({"enum": ["a", "b"]}, {"enum": ["a"]}, "breaking", "breaking"),
        (TEXT, {"type": "string", "enum": ["a"]}, "breaking", "non-breaking"),
        ({"type": "string", "enum": ["a"]}, TEXT, "non-breaking", "non-breaking"),
        ({"maximum": 5}, {"maximum": 4}, "breaking", "non-breaking"),
        ({"maximum": 5}, {"maximum": 6}, "non-breaking", "breaking"),
        ({"minItems": 1}, {}, "non-breaking", "breaking"),
        ({"default": 1}, {"default": 2}, "breaking", "documentation-only"),
        (EITHER, {"oneOf": [PAIR, LIST, OTHER]}, "non-breaking", "breaking"),
        ({"oneOf": [PAIR, LIST, OTHER]}, EITHER, "breaking", "non-breaking"),
        ({"not": {"type": "string"}}, {"not": {"type": "integer"}}, "breaking", "breaking"),
        ({"description": "a"}, {"description": "b"}, "documentation-only", "documentation-only"),
    ],
)  # fmt: skip
def test_one_difference_is_judged_by_whether_it_is_sent_or_comes_back(
    old: Any, new: Any, request_kind: str, answer_kind: str
) -> None:
    assert judged(old, new) == {(request_kind, "body"), (answer_kind, "200")}


@pytest.mark.parametrize("word", ["readOnly", "writeOnly"])
def test_a_field_counts_only_in_the_direction_it_is_for(word: str) -> None:
    old = {"type": "object", "properties": {"a": {"type": "string", word: True}}}
    place = "200 a" if word == "readOnly" else "body a"
    assert judged(old, {"type": "object"}) == {("breaking", place)}


def test_further_fields_that_are_forbidden_or_allowed_are_told() -> None:
    open_, closed = {"type": "object"}, {"type": "object", "additionalProperties": False}
    assert judged(open_, closed) == {("breaking", "body *"), ("non-breaking", "200 *")}
    assert judged(closed, open_) == {("non-breaking", "body *"), ("non-breaking", "200 *")}


def test_a_change_inside_a_schema_that_contains_itself_is_found_and_ends() -> None:
    node = {"type": "object", "properties": {"next": {"$ref": "#/components/schemas/Row"}}}
    other = copy.deepcopy(node)
    other["properties"]["extra"] = TEXT  # type: ignore[index]
    reference = {"type": "array", "items": {"$ref": "#/components/schemas/Row"}}
    found = compare(small(reference, Row=node), small(reference, Row=other))
    assert {change.place for change in found} == {"body[] extra", "200[] extra"}


def test_a_path_parameter_with_another_name_is_renamed_and_its_operation_stays() -> None:
    old, new = small(TEXT), small(TEXT)
    new["paths"] = {"/orders/{number}": new["paths"].pop("/orders/{orderId}")}
    new["paths"]["/orders/{number}"]["parameters"][0]["name"] = "number"
    (change,) = compare(old, new)
    assert (change.rule.description, change.place) == (
        "a parameter has another name",
        "path number",
    )


# The report and the program.


def test_a_report_names_each_operation_once_under_each_kind_and_marks_our_own_rules() -> None:
    login = next(mutation for mutation in MUTATIONS if mutation.name == "the login needs a token")
    field = next(m for m in MUTATIONS if m.name == "a field of an answer is removed")
    text = format_report(compare(contract(), changed(login.actions + field.actions)))
    assert text.startswith("# Changes of the API: 2 breaking, 0 non-breaking, 0 documentation-only")
    assert (
        "### `GET /payments`\n\n- `200 content[].roNumber`: removed (a response field was" in text
    )
    assert "- `security`: no credentials → http bearer (other credentials are needed †)" in text
    assert "the rule comes from this project" in text


def test_operations_that_change_alike_are_told_together() -> None:
    errors = next(m for m in MUTATIONS if m.name == "a field of every error is removed")
    text = format_report(compare(contract(), changed(errors.actions)))
    assert "### 24 operations alike" in text
    assert text.count("`400 error`: removed") == 2


def test_no_difference_is_an_empty_report() -> None:
    assert format_report(compare(contract(), contract())) == "# Changes of the API: none\n"


@pytest.mark.parametrize(
    ("old", "new", "code"), [({"type": "integer"}, TEXT, 3), (TEXT, {**TEXT, "title": "Name"}, 0)]
)
def test_the_exit_code_says_whether_something_breaks(
    tmp_path: Path, old: Node, new: Node, code: int
) -> None:
    run = reported(saved(small(old), tmp_path / "old.json"), saved(small(new), tmp_path / "new"))
    assert run.returncode == code, run.stderr
    assert "`POST /orders/{orderId}`" in run.stdout
    assert "`200`" in run.stdout


@pytest.mark.parametrize("text", [None, "a: [", "just words", "info: {}"])
def test_what_is_no_bundle_is_refused_in_words(tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "odd.yaml"
    if text is not None:
        path.write_text(text, encoding="utf-8")
    run = reported(path, path)
    assert run.returncode == 1
    assert str(path) in run.stderr
    assert "Traceback" not in run.stderr


def reported(old: Path, new: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "codegen.specdiff", str(old), str(new)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )


def saved(document: Node, path: Path) -> Path:
    path.write_text(json.dumps(document), encoding="utf-8")
    return path
