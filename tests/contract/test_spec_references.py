"""References and `allOf` of a contract are followed in one way, and a loop of them is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from codegen.generate.naming import apply_names
from codegen.generate.request_schemas import format_request_schemas
from codegen.spec import find_reachable_refs, iter_operations, merge_all_of, resolve_ref
from codegen.specdiff.compare import compare

Node = dict[str, Any]


def ref(name: str) -> Node:
    return {"$ref": f"#/components/schemas/{name}"}


def contract(**schemas: Any) -> Node:
    """A contract with one operation, whose request and response are the schema named A."""
    content = {"content": {"application/json": {"schema": ref("A")}}}
    operation = {
        "requestBody": content,
        "responses": {"200": {"description": "Fine."} | content},
    }
    return {
        "openapi": "3.1.0",
        "info": {"title": "Small", "version": "1"},
        "paths": {"/rows": {"post": operation}},
        "components": {"schemas": schemas},
    }


CHAIN = {"A": ref("B"), "B": ref("A")}
TO_ITSELF = {"A": ref("A")}
PART_OF_ITSELF = {"A": {"allOf": [{"type": "object"}, ref("A")]}}
PART_OF_ITS_PART = {"A": {"allOf": [ref("B")]}, "B": {"allOf": [ref("A")]}}
CHAIN_AND_PART = {"A": ref("B"), "B": {"allOf": [ref("A")], "type": "object"}}
LOOPS = [CHAIN, TO_ITSELF, PART_OF_ITSELF, PART_OF_ITS_PART, CHAIN_AND_PART]


def apply_the_overlay(spec: Node) -> None:
    apply_names(spec, {"actions": []})


def compare_with_itself(spec: Node) -> None:
    compare(spec, spec)


def merge(spec: Node) -> None:
    merge_all_of(spec, ref("A"))


@pytest.mark.parametrize("read", [apply_the_overlay, compare_with_itself, merge])
@pytest.mark.parametrize("schemas", LOOPS)
def test_a_loop_of_references_or_parts_is_refused_with_a_reference_of_it(
    schemas: Node, read: Callable[[Node], None]
) -> None:
    with pytest.raises(SystemExit) as refused:
        read(contract(**schemas))
    words = r"the contract refers to #/components/schemas/[AB]: it leads back to itself"
    assert refused.match(words)


@pytest.mark.parametrize("schemas", [CHAIN, TO_ITSELF])
def test_a_loop_of_references_is_refused_where_no_schema_is_read(schemas: Node) -> None:
    with pytest.raises(SystemExit, match="#/components/schemas/A: it leads back to itself"):
        resolve_ref(contract(**schemas), ref("A"))


@pytest.mark.parametrize("reference", ["other.yaml#/A", "#/components/schemas/Gone"])
def test_a_reference_out_of_the_document_is_refused_with_its_name(reference: str) -> None:
    for read in (resolve_ref, merge_all_of):
        with pytest.raises(SystemExit, match=f"the contract refers to {reference}: "):
            read(contract(), {"$ref": reference})


def test_a_keyword_beside_a_reference_overrides_that_of_the_target_at_every_step() -> None:
    spec = contract(
        A=ref("B") | {"title": "A", "description": "A."},
        B={"type": "string", "title": "B", "description": "B.", "default": "b"},
    )
    expected = {"type": "string", "title": "own", "description": "A.", "default": "b"}
    assert resolve_ref(spec, ref("A") | {"title": "own"}) == expected
    assert merge_all_of(spec, ref("A") | {"title": "own"}) == expected


def test_a_property_named_like_the_keyword_of_a_reference_is_no_reference() -> None:
    schema = {"type": "object", "properties": {"$ref": {"type": "string"}}}
    spec = contract(A=schema)
    assert find_reachable_refs(spec, [schema]) == set()
    apply_names(spec, {"actions": []})
    (_, _, operation) = next(iter_operations(spec))
    assert operation["requestBody"]["content"]["application/json"]["schema"] == ref("A")
    assert spec["components"]["schemas"] == {"A": schema}


def test_properties_and_required_names_of_all_parts_add_up_and_the_outermost_words_win() -> None:
    spec = contract(
        A={"properties": {"a": {}, "b": {"type": "string"}}, "required": ["a"], "title": "A"},
        B={"allOf": [ref("A")], "properties": {"c": {}}, "required": ["c", "a"], "maxLength": 2},
    )
    schema = {"allOf": [ref("B"), {"properties": {"d": {}}}], "title": "own", "required": ["d"]}
    assert merge_all_of(spec, schema) == {
        "properties": {"a": {}, "b": {"type": "string"}, "c": {}, "d": {}},
        "required": ["a", "c", "d"],
        "maxLength": 2,
        "title": "own",
    }


def test_the_same_part_twice_and_a_reference_beside_a_part_are_no_loop() -> None:
    spec = contract(A={"allOf": [ref("B"), ref("B")]}, B={"type": "object"})
    assert merge_all_of(spec, {"allOf": [ref("A")], **ref("A")}) == {"type": "object"}


RECURSIVE = {
    "A": {"allOf": [ref("Base")], "properties": {"below": {"type": "array", "items": ref("A")}}},
    "Base": {"type": "object", "properties": {"top": ref("A")}},
}


def test_an_alternative_that_leads_back_to_itself_is_refused() -> None:
    for schemas in (
        {"A": {"anyOf": [ref("A"), {"type": "null"}]}},
        {"A": {"oneOf": [ref("B"), {"type": "string"}]}, "B": {"anyOf": [ref("A"), {}]}},
    ):
        with pytest.raises(SystemExit, match=r"an alternative that leads back to itself: .*/[AB]"):
            compare_with_itself(contract(**schemas))


def test_a_recursive_node_that_is_no_component_schema_is_refused() -> None:
    inside = "#/components/schemas/A/properties/x"
    field = {"type": "array", "items": {"$ref": inside}}
    with pytest.raises(SystemExit, match=f"are not component schemas: .*{inside}"):
        apply_the_overlay(contract(A={"type": "object", "properties": {"x": field}}))


def test_a_schema_that_contains_itself_in_a_property_is_read_by_every_program() -> None:
    spec = contract(**RECURSIVE)
    assert compare(spec, spec) == []
    assert merge_all_of(spec, ref("A"))["properties"].keys() == {"top", "below"}
    apply_names(spec, {"actions": []})
    assert spec["components"]["schemas"].keys() == {"A", "Base"}
    assert '"below"' in format_request_schemas(spec)
