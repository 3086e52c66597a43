"""What upstream calls its operations, tags and schemas changes nothing in what we call them."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from autoleap.sandbox.contract import compile_contract
from codegen.generate.naming import apply_names
from codegen.generate.overlay import relax_responses
from codegen.generate.request_schemas import format_request_schemas
from codegen.generate.schema_compare import collapse_all_of
from codegen.spec import load_spec
from tests.contract.renamings import (
    MUTATIONS,
    Spec,
    all_together,
    with_other_component_names,
    without_component_schemas,
)
from tests.contract.test_regeneration import ROOT, contents, regenerate

whatever_upstream_calls_things = pytest.mark.parametrize(
    "mutate", MUTATIONS, ids=[mutate.__name__ for mutate in MUTATIONS]
)


@cache
def read(name: str) -> Spec:
    return load_spec(ROOT / name)


def contract() -> Spec:
    return deepcopy(read("openapi.yaml"))


@cache
def as_committed() -> tuple[list[str], Any, str]:
    return prepare_spec(contract())


def prepare_spec(spec: Spec) -> tuple[list[str], Any, str]:
    """What the overlay did not find; what the generator is given; the schemas of requests."""
    messages = apply_names(spec, read("codegen/generate/overlay.yaml"))
    requests = format_request_schemas(spec)
    relax_responses(spec)
    return messages, in_order(spec), requests


def in_order(node: Any) -> Any:
    """A document whose fields are compared in their order; that of other keys means nothing."""
    if isinstance(node, dict):
        whole = {key: in_order(child) for key, child in node.items()}
        fields = {"properties": list(whole["properties"].items())} if "properties" in whole else {}
        return whole | fields
    return [in_order(child) for child in node] if isinstance(node, list) else node


@whatever_upstream_calls_things
def test_the_generator_is_given_the_same_contract_whatever_upstream_calls_things(
    mutate: Callable[[Spec], Spec],
) -> None:
    changed = mutate(contract())
    assert changed != read("openapi.yaml")
    assert prepare_spec(changed) == as_committed()


def test_with_no_name_of_upstream_left_every_byte_of_the_package_is_the_same(
    tmp_path: Path,
) -> None:
    spec = tmp_path / "openapi.json"
    spec.write_text(json.dumps(all_together(contract())), encoding="utf-8")
    run = regenerate("--spec", spec, "--into", tmp_path / "fresh")
    assert (run.returncode, run.stderr) == (0, "")
    assert contents(tmp_path / "fresh") == contents(ROOT)


@whatever_upstream_calls_things
def test_the_sandbox_reads_the_same_operations_whatever_upstream_calls_them(
    mutate: Callable[[Spec], Spec],
) -> None:
    def seen(spec: Spec) -> list[Any]:
        bodies: list[Any] = [{"companyId": ""}, {"customers": [{"phones": [{"type": 1, "x": 2}]}]}]
        return [
            (
                *(operation.id, operation.method, operation.segments, operation.needs_token),
                *(operation.query.keys(), operation.check_query([("sortDirection", "UP")])),
                [sorted(map(str, operation.check_body(body))) for body in bodies],
            )
            for operation in compile_contract(spec).operations
        ]

    assert seen(mutate(contract())) == seen(contract())


def with_taxes(schema: Any, **components: Any) -> Spec:
    """The contract with a new operation, unknown to the overlay, that answers with a schema."""
    spec = contract()
    content = {"application/json": {"schema": schema}}
    answers = {"200": {"description": "Fine.", "content": content}}
    spec["paths"]["/taxes/{taxId}"] = {"get": {"responses": answers}}
    spec["components"]["schemas"] |= components
    return spec


def name_spec(spec: Spec) -> tuple[list[str], Spec]:
    return apply_names(spec, read("codegen/generate/overlay.yaml")), spec


def get_response_schema(spec: Spec, path: str) -> Any:
    return spec["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]


def test_every_action_of_the_overlay_has_something_to_do_in_the_committed_contract() -> None:
    messages, _, _ = as_committed()
    assert messages == []


def test_a_removed_operation_is_told_action_by_action_and_changes_no_other_name() -> None:
    spec = contract()
    del spec["paths"]["/technicians/timesheetLogs"]
    messages, spec = name_spec(spec)
    numbers = [int(message.split()[1]) for message in messages]
    actions = read("codegen/generate/overlay.yaml")["actions"]
    updates = [actions[number - 1]["update"] for number in numbers]
    operation = {"operationId": "listTimesheetLogs", "tags": ["timesheets"]}
    assert updates == [operation, {"title": "TimesheetLogPage"}, {"title": "TimesheetLog"}]
    assert "matches nothing: $.paths['/technicians/timesheetLogs'].get, to" in messages[0]
    _, whole = name_spec(contract())
    gone = whole["components"]["schemas"].keys() - spec["components"]["schemas"].keys()
    assert gone == {"TimesheetLog", "TimesheetLogPage"}


@pytest.mark.parametrize(
    ("given", "called", "filed"),
    [
        ({}, "getTaxesTaxId", "taxes"),
        ({"operationId": "readTax", "tags": ["Rates"]}, "readTax", "Rates"),
        ({"operationId": "createCustomers", "tags": []}, "getTaxesTaxId", "taxes"),
    ],
)
def test_a_new_operation_is_called_as_upstream_says_unless_that_name_is_taken(
    given: Spec, called: str, filed: str
) -> None:
    spec = with_taxes({"type": "object"})
    spec["paths"]["/taxes/{taxId}"]["get"] |= given
    _, spec = name_spec(spec)
    operation = spec["paths"]["/taxes/{taxId}"]["get"]
    assert (operation["operationId"], operation["tags"]) == (called, [filed])
    assert spec["paths"]["/customers"]["post"]["operationId"] == "createCustomers"


def test_in_a_new_operation_a_name_that_is_ours_already_gets_a_number() -> None:
    other = {"type": "object", "properties": {"rate": {"type": "number"}}}
    status = {"type": "string", "enum": ["booked", "done"]}
    appointment = {"type": "object", "properties": {"status": status, "customer": other}}
    refer = {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Customer", "Appointment")}
    # Upstream's own Customer is then something that we do not know.
    spec = with_other_component_names(contract())
    taxes = with_taxes({"properties": refer}, Customer=other, Appointment=appointment)
    spec["paths"] |= {"/taxes/{taxId}": taxes["paths"]["/taxes/{taxId}"]}
    spec["components"]["schemas"] |= {"Customer": other, "Appointment": appointment}

    _, spec = name_spec(spec)

    schemas, (_, ours, _) = spec["components"]["schemas"], as_committed()
    assert schemas["Customer2"] == other
    # The generator would call the two as the two classes of ours that an appointment request has.
    fields = schemas["Appointment"]["properties"]
    assert fields["status"] == {"$ref": "#/components/schemas/AppointmentStatus2"}
    assert fields["customer"]["$ref"].rpartition("/")[2] in {"AppointmentCustomer2", "Customer2"}
    assert ours["components"]["schemas"].keys() <= schemas.keys()


def test_in_a_new_operation_what_is_known_has_our_name_and_what_is_new_has_upstreams() -> None:
    refer = {name: {"$ref": f"#/components/schemas/{name}"} for name in ("Phone", "Tax")}
    tax = {"type": "object", "title": "A Tax", "properties": {"rate": {"type": "number"}}}
    spec = with_taxes({"properties": refer}, Tax=tax)
    _, spec = name_spec(with_other_component_names(spec))
    fields = get_response_schema(spec, "/taxes/{taxId}")["properties"]
    assert fields["Phone"] == {"$ref": "#/components/schemas/Phone"}
    name = fields["Tax"]["$ref"].rpartition("/")[2]
    assert name not in {"Tax", "A Tax"}
    assert spec["components"]["schemas"][name] == {k: tax[k] for k in ("type", "properties")}


def test_what_was_never_named_is_the_class_with_the_same_content_wherever_it_stands() -> None:
    phone = contract()["components"]["schemas"]["Phone"] | {"description": "Whom to call."}
    _, spec = name_spec(with_taxes({"type": "array", "items": phone}))
    assert get_response_schema(spec, "/taxes/{taxId}")["items"] == {
        "$ref": "#/components/schemas/Phone"
    }
    # Three enums have these values, so it is none of them; nor is every open object the same one.
    status = {"type": "string", "enum": ["Active", "Inactive"]}
    for unknown in (status, {"type": "object", "additionalProperties": True}):
        _, spec = name_spec(with_taxes(dict(unknown)))
        assert get_response_schema(spec, "/taxes/{taxId}") == unknown


def test_one_name_for_two_different_schemas_is_refused_with_places_and_difference() -> None:
    spec = without_component_schemas(contract())
    page = get_response_schema(spec, "/customers/{customerId}")
    page["properties"]["content"]["items"]["properties"]["phones"]["items"]["properties"] |= {
        "extension": {"type": "string"}
    }
    with pytest.raises(SystemExit) as refused:
        name_spec(spec)
    message = str(refused.value)
    assert message.startswith("Phone would be two different schemas: GET /customers 200.")
    assert "GET /customers/{customerId} 200.content[].phones[]" in message
    assert "properties.extension is None in the one, {'type': 'string'} in the other" in message


def test_a_title_that_no_longer_stands_on_a_model_or_an_enum_is_told() -> None:
    spec = contract()
    spec["components"]["schemas"]["Tag"] = {"type": "string"}
    messages, spec = name_spec(spec)
    assert len(messages) == 8
    assert (
        "the title Tag names nothing: GET /customers 200.content[].tags[] is no object"
        in messages[0]
    )
    assert "Tag" not in spec["components"]["schemas"]


def test_a_schema_that_contains_itself_stays_a_component_under_upstreams_name() -> None:
    tree = {"type": "object", "properties": {"below": {"$ref": "#/components/schemas/Branches"}}}
    branches = {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}
    _, spec = name_spec(
        with_taxes({"$ref": "#/components/schemas/Tree"}, Tree=tree, Branches=branches)
    )
    assert get_response_schema(spec, "/taxes/{taxId}") == {"$ref": "#/components/schemas/Tree"}
    assert spec["components"]["schemas"]["Tree"] == tree
    assert spec["components"]["schemas"]["Branches"] == branches


def test_a_reference_may_lead_to_any_place_of_the_document_but_not_out_of_it() -> None:
    place = "#/paths/~1customers~1%7BcustomerId%7D/get/responses/200/content/application~1json"
    _, spec = name_spec(with_taxes({"$ref": f"{place}/schema"}))
    known = {"$ref": "#/components/schemas/CustomerContent"}
    assert get_response_schema(spec, "/taxes/{taxId}") == known
    for reference in ("other.yaml#/Tax", "#/components/schemas/Nowhere"):
        with pytest.raises(SystemExit, match=f"the contract refers to {reference}"):
            name_spec(with_taxes({"$ref": reference}))


def test_parts_that_disagree_are_left_for_the_generator_to_judge() -> None:
    one = {"properties": {"a": {"type": "string", "description": "A."}}, "required": ["a"]}
    two = {"properties": {"a": {"type": "string"}, "b": {}}, "required": ["b", "a"], "title": "Two"}
    assert collapse_all_of({}, {"allOf": [one, two]}) == {
        "properties": {"a": {"type": "string"}, "b": {}},
        "required": ["a", "b"],
    }
    odd = {"allOf": [one, {"properties": {"a": {"type": "integer"}}}]}
    assert collapse_all_of({}, odd) == odd
