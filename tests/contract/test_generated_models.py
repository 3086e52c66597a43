"""Every generated model reads odd values, loses nothing, and writes it out again."""

import copy
import json
import pickle
from datetime import date
from pathlib import Path
from typing import Any

import attrs
import pytest

from autoleap_api_client import models
from autoleap_api_client.writing import to_jsonable
from tests.contract.spec import json_names

MODELS = [c for c in (getattr(models, name) for name in models.__all__) if attrs.has(c)]
ODD: tuple[object, ...] = (
    "",
    "no such value",
    5,
    3.5,
    True,
    [],
    {},
    ["x"],
    [5, {}],
    [[]],
    {"a": 1},
    "03/11/2025",
)


every_model = pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)


@every_model
def test_an_odd_value_is_found_in_the_attribute_or_kept_under_its_json_name(model: Any) -> None:
    for field, name in json_names(model).items():
        for odd in ODD:
            record = model.from_dict({name: odd})
            attribute, kept = getattr(record, field), record.additional_properties.get(name)
            assert odd in (to_jsonable(attribute), kept), f"{field} lost {odd!r}: {record}"
            assert name in record.to_dict(), f"{field} is not written again after {odd!r}"


@every_model
def test_null_and_a_missing_field_both_read_as_none_and_are_not_written(model: Any) -> None:
    names = json_names(model)
    sources: list[dict[str, None]] = [{}, dict.fromkeys(names.values())]
    for source in sources:
        record = model.from_dict(source)
        assert [getattr(record, field) for field in names] == [None] * len(names)
        assert record.to_dict() == {}


@every_model
@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_odd_record_survives_pickle_deepcopy_evolve_and_json(model: Any, odd: object) -> None:
    record = model.from_dict({**dict.fromkeys(json_names(model).values(), odd), "newField": odd})
    assert pickle.loads(pickle.dumps(record)) == record
    assert copy.deepcopy(record) == record
    assert attrs.evolve(record) == record
    assert json.loads(json.dumps(record.to_dict()))["newField"] == odd


@every_model
def test_a_source_that_is_no_object_is_refused_and_never_reads_as_an_empty_record(
    model: Any,
) -> None:
    sources: list[object] = [[], "", 5, None, [{}]]
    for source in sources:
        with pytest.raises(TypeError, match="JSON object"):
            model.from_dict(source)


@every_model
def test_the_source_is_left_as_it_was(model: Any) -> None:
    source: dict[str, object] = {**dict.fromkeys(json_names(model).values(), "x"), "other": 1}
    before = copy.deepcopy(source)
    model.from_dict(source)
    assert source == before


@every_model
def test_no_annotation_mentions_anything_but_types_and_none_for_absent(model: Any) -> None:
    assert not [f.name for f in attrs.fields(model) if "unset" in f"{f.type} {f.default}".lower()]


def test_annotations_say_what_an_attribute_holds() -> None:
    types = {field.name: str(field.type) for field in attrs.fields(models.Customer)}
    assert types["created_date"] == "datetime.datetime | None"
    assert types["phones"] == "list[Phone] | None"
    assert types["customer_type"] == "CustomerType | None"


def test_what_a_write_requires_is_required_by_the_constructor() -> None:
    with pytest.raises(TypeError, match="first_name"):
        models.CustomerCreateItem(last_name="Doe")  # type: ignore[call-arg]
    record = models.CustomerCreateItem(first_name="Jo", last_name="Doe")
    assert record.to_dict() == {"firstName": "Jo", "lastName": "Doe"}


@every_model
def test_only_what_is_written_can_require_a_field(model: Any) -> None:
    path = Path(models.__file__).parents[1] / "request_schemas.json"
    written = json.loads(path.read_text(encoding="utf-8"))["schemas"]
    if hasattr(model, "to_multipart"):
        pytest.skip("a form is written, but not as JSON")
    required = [field for field in attrs.fields(model) if field.default is attrs.NOTHING]
    assert len(required) == len(written.get(model.__name__, {}).get("required", []))


def test_what_a_write_requires_may_still_be_missing_when_it_is_read() -> None:
    assert models.CustomerCreateItem.from_dict({"lastName": "Doe"}).to_dict() == {"lastName": "Doe"}


def test_good_elements_of_a_list_are_read_beside_a_bad_one_and_the_list_is_kept() -> None:
    sent = [{"number": "555"}, None, "call me", {"number": "556"}]
    customer = models.Customer.from_dict({"phones": sent})
    assert customer.phones is not None
    assert [phone.number for phone in customer.phones] == ["555", "556"]
    assert customer.additional_properties == {"phones": sent}


def test_a_null_element_is_left_out_and_nothing_is_kept_for_it() -> None:
    customer = models.Customer.from_dict({"phones": [None, {"number": "555"}]})
    assert customer.phones == [models.Phone(number="555")]
    assert customer.additional_properties == {}


def test_a_value_set_later_takes_the_place_of_one_that_could_not_be_read() -> None:
    customer = models.Customer.from_dict({"mainAddress": "1 Main St"})
    assert customer.to_dict() == {"mainAddress": "1 Main St"}
    customer.main_address = models.Address(city="Austin")
    assert customer.to_dict() == {"mainAddress": {"city": "Austin"}}


def test_evolve_keeps_the_fields_that_the_contract_does_not_know() -> None:
    customer = models.Customer.from_dict({"firstName": "Jo", "loyaltyTier": "gold"})
    assert attrs.evolve(customer, first_name="Joe").additional_properties == {"loyaltyTier": "gold"}


def test_plain_strings_and_dicts_can_be_written_where_enums_and_models_are_declared() -> None:
    customer = models.Customer(
        customer_type="fleet",  # type: ignore[arg-type]
        main_address={"city": "Austin"},  # type: ignore[arg-type]
        phones=[{"since": date(2025, 3, 11)}],  # type: ignore[list-item]
        created_date="2025-03-11",  # type: ignore[arg-type]
    )
    assert customer.to_dict() == {
        "customerType": "fleet",
        "mainAddress": {"city": "Austin"},
        "phones": [{"since": "2025-03-11"}],
        "createdDate": "2025-03-11",
    }


def test_a_neighbouring_scalar_is_passed_on_as_it_came() -> None:
    sent = {"repairOrderNumber": "43", "totalSales": 12.5, "vehicleId": 7}
    order = models.RepairOrder.from_dict(sent)
    read = {
        "repairOrderNumber": order.repair_order_number,
        "totalSales": order.total_sales,
        "vehicleId": order.vehicle_id,
    }
    assert read == sent
    assert order.additional_properties == {}
