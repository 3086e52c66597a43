"""Whatever an answer holds, it is read; nothing in it is lost, and it is written as it came.

The answers are drawn from the schemas of openapi.yaml: some as they should be, some with nulls,
unknown and missing fields, unknown enum values, and values of neighbouring types.
"""

from __future__ import annotations

import json
from datetime import datetime
from enum import Enum
from typing import Any

import attrs
import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap_api_client import Client, models
from tests.contract.instances import good, odd, same
from tests.contract.spec import NAMED, Json, Operation, every_operation, json_names, whole

RECORDS = {
    name: schema
    for name, described in NAMED["components"]["schemas"].items()
    if "enum" not in (schema := whole(described))
}
every_record = pytest.mark.parametrize("name", RECORDS)
some = settings(max_examples=10, deadline=None, database=None, derandomize=True)


def test_every_schema_of_the_contract_is_a_model_or_an_enum_of_its_name() -> None:
    for name in NAMED["components"]["schemas"]:
        generated = getattr(models, name)
        assert attrs.has(generated) is (name in RECORDS), name
        assert issubclass(generated, Enum) is (name not in RECORDS), name


@every_record
def test_a_model_has_the_fields_of_its_schema_and_no_others(name: str) -> None:
    written = set(json_names(getattr(models, name)).values())
    assert written == RECORDS[name].get("properties", {}).keys()


@every_record
@some
@given(data=st.data())
def test_whatever_comes_is_read_and_nothing_of_it_is_lost(name: str, data: st.DataObject) -> None:
    model: Any = getattr(models, name)
    sent = data.draw(odd(RECORDS[name]))
    record = model.from_dict(sent)
    written = record.to_dict()
    assert same(sent, written), f"{sent} was written as {written}"
    assert model.from_dict(written) == record
    json.dumps(written)


@every_record
@some
@given(data=st.data())
def test_what_keeps_the_contract_gets_its_types_and_is_written_as_it_came(
    name: str, data: st.DataObject
) -> None:
    sent = data.draw(good(RECORDS[name]))
    record = getattr(models, name).from_dict(sent)
    assert same(sent, record.to_dict())
    assert wrong_types(record, sent, RECORDS[name]) == []


def wrong_types(record: Any, sent: Json, schema: Json) -> list[str]:
    """The fields of a well-formed record that did not get the type of their schema."""
    fields = schema.get("properties", {})
    wrong = [str(key) for key in record.additional_properties if key in fields]
    for attribute, name in json_names(type(record)).items():
        value = getattr(record, attribute)
        if name not in sent:
            wrong += [name] if value is not None else []
        elif "items" in fields[name]:
            pairs = zip(value, sent[name], strict=True)
            wrong += [w for v, s in pairs for w in wrong_type(name, v, s, fields[name]["items"])]
        else:
            wrong += wrong_type(name, value, sent[name], fields[name])
    return wrong


def wrong_type(name: str, value: Any, sent: Any, schema: Json) -> list[str]:
    if "properties" in schema:
        return wrong_types(value, sent, schema)
    if "enum" in schema:
        known = isinstance(value, Enum) and value.name != "UNKNOWN" and value.value == sent
        return [] if known else [name]
    if schema.get("format") == "binary":  # a file of a form, which is never read
        return []
    if "format" in schema:
        return [] if isinstance(value, datetime) and value.tzinfo is not None else [name]
    return [] if attrs.has(type(value)) or value == sent else [name]


@every_operation
@some
@given(data=st.data())
def test_an_operation_answers_with_the_model_of_its_schema_and_drops_no_record(
    operation: Operation, data: st.DataObject
) -> None:
    if operation.answer is None:
        pytest.skip("it has no JSON answer with a schema")
    schema = whole(operation.answer)
    if schema.get("type") == "array":  # none that is documented
        several = data.draw(st.lists(odd(schema["items"]), max_size=2))
        answer = httpx.Response(200, json=several)
        parsed = operation.module._parse_response(client=Client(base_url=""), response=answer)
        assert all(same(row, one.to_dict()) for row, one in zip(several, parsed, strict=True))
        return
    sent = data.draw(odd(schema))
    code = min(int(code) for code in operation.described["responses"] if code.startswith("2"))
    answer = httpx.Response(code, json=sent, request=httpx.Request("GET", "https://api.test"))
    parsed = operation.module._parse_response(client=Client(base_url=""), response=answer)
    if "$ref" in operation.answer:  # else the generator has found a name of its own
        assert type(parsed).__name__ == operation.answer["$ref"].rpartition("/")[2]
    assert same(sent, parsed.to_dict())
    if isinstance(sent.get("content"), list):
        rows = [row for row in sent["content"] if isinstance(row, dict)]
        assert len(parsed.content) == len(rows)
        assert all(
            same(row, read.to_dict()) for row, read in zip(rows, parsed.content, strict=True)
        )


@pytest.mark.parametrize(
    ("sent", "read", "kept"),
    [
        ({"totalSales": "12"}, {"total_sales": "12"}, {}),
        ({"repairOrderNumber": 43.0}, {"repair_order_number": 43.0}, {}),
        ({"shopNotes": ["a", {"b": None}]}, {"shop_notes": ["a", {"b": None}]}, {}),
        ({"invoiceDate": ""}, {"invoice_date": None}, {"invoiceDate": ""}),
        ({"invoiceDate": 1741687200}, {"invoice_date": None}, {"invoiceDate": 1741687200}),
        ({"customer": ["x"]}, {"customer": None}, {"customer": ["x"]}),
        ({"services": {"id": 1}}, {"services": None}, {"services": {"id": 1}}),
        ({"orderLevelFees": []}, {"order_level_fees": None}, {"orderLevelFees": []}),
        ({"loyaltyTier": {"a": None}}, {}, {"loyaltyTier": {"a": None}}),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_passed_on_where_that_can_be_or_kept_under_its_json_name(
    sent: Json, read: Json, kept: Json
) -> None:
    order = models.RepairOrder.from_dict(sent)
    assert {attribute: getattr(order, attribute) for attribute in read} == read
    assert order.additional_properties == kept
    assert order.to_dict() == sent


def test_an_element_that_could_not_be_read_is_written_again_among_the_others() -> None:
    sent = {"phones": [{"number": "555"}, "call me", {"number": "556"}]}
    customer = models.Customer.from_dict(sent)
    assert customer.to_dict() == sent


def test_a_list_that_was_changed_since_takes_the_place_of_what_was_kept() -> None:
    customer = models.Customer.from_dict({"phones": [{"number": "555"}, "call me"]})
    assert customer.phones is not None
    customer.phones.append(models.Phone(number="556"))
    assert customer.to_dict() == {"phones": [{"number": "555"}, {"number": "556"}]}
    customer.phones = []
    assert customer.to_dict() == {"phones": []}
