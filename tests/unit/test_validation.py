"""Records against the contract: generated from its own schemas, then broken in one place."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from enum import Enum
from importlib.resources import files
from typing import Any, TypeAlias, cast

import pytest
from attrs import frozen
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autoleap import RecordError, models
from autoleap._validation import iter_violations, validate_record
from autoleap.models import CustomerCreateItem, Phone, PhoneType

Json: TypeAlias = dict[str, Any]

SCHEMAS: dict[str, Json] = json.loads(
    (files("autoleap_api_client") / "request_schemas.json").read_text(encoding="utf-8")
)["schemas"]
RECORDS = sorted(
    name for name in SCHEMAS if name.endswith("Item") or name == "AppointmentRequestCreate"
)
MINIMAL = {"firstName": "Ana", "lastName": "Ruiz"}
steady = settings(deadline=None, max_examples=50, suppress_health_check=[HealthCheck.too_slow])


def resolved(schema: Json) -> Json:
    return {**SCHEMAS[schema["$ref"]], **schema} if "$ref" in schema else schema


def values(schema: Json) -> st.SearchStrategy[Any]:
    """Values that keep a schema."""
    schema = resolved(schema)
    if "anyOf" in schema:
        return st.one_of([values(option) for option in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if schema.get("format") == "date-time":
        return st.datetimes(timezones=st.just(UTC)).map(datetime.isoformat)
    simple: dict[str, st.SearchStrategy[Any]] = {
        "string": st.text(min_size=schema.get("minLength", 0), max_size=5),
        "integer": st.integers(),
        "number": st.integers(-(10**9), 10**9) | st.floats(allow_nan=False, allow_infinity=False),
        "boolean": st.booleans(),
    }
    if schema["type"] == "array":
        return st.lists(values(schema["items"]), min_size=schema.get("minItems", 0), max_size=2)
    return objects(schema) if schema["type"] == "object" else simple[schema["type"]]


def objects(schema: Json) -> st.SearchStrategy[Json]:
    required = set(schema.get("required", ()))
    known = {name: values(value) for name, value in schema["properties"].items()}
    return st.fixed_dictionaries(
        {name: value for name, value in known.items() if name in required},
        optional={name: value for name, value in known.items() if name not in required},
    )


Key: TypeAlias = str | int


@frozen
class Break:
    """One way to break a record.

    Attributes:
        field: The field that is then wrong, as an error names it.
        place: The keys that lead to what is changed.
        value: What is put there, or `GONE`.
    """

    field: str
    place: tuple[Key, ...]
    value: object

    def done_to(self, record: Json) -> Json:
        """A copy of the record, broken in this way."""
        broken: Any = copy.deepcopy(record)
        *way, last = self.place
        there = broken
        for key in way:
            there = there[key]
        if self.value is GONE:
            del there[last]
        else:
            there[last] = self.value
        return cast("Json", broken)


GONE = object()


def breaks(value: object, schema: Json, field: str, place: tuple[Key, ...]) -> Iterator[Break]:
    """Every single way in which a value can be made wrong, inside and as a whole."""
    schema = resolved(schema)
    if place:
        yield from (Break(field, place, wrong) for wrong in wrong_values(schema))
    if isinstance(value, dict):
        here = f"{field}." if field else ""
        yield Break(f"{here}frstName", (*place, "frstName"), "Ana")
        for name in schema.get("required", ()):
            yield from (Break(here + name, (*place, name), wrong) for wrong in (GONE, None))
        for name, item in value.items():
            yield from breaks(item, schema["properties"][name], here + name, (*place, name))
    if isinstance(value, list):
        for number, item in enumerate(value):
            yield from breaks(item, schema["items"], f"{field}[{number}]", (*place, number))


def wrong_values(schema: Json) -> Iterator[object]:
    """Values that break a schema."""
    kind = schema.get("type", "string")  # the fields with two schemas are all texts
    others: dict[str, list[object]] = {
        "string": [5, True, ["a"], {"a": 1}],
        "integer": ["5", 5.5, True, float("nan")],
        "number": ["5", True, float("nan"), float("inf"), float("-inf")],
        "boolean": ["true", 1, 0],
        "array": ["a", {"a": 1}, 5],
        "object": ["a", [], 5],
    }
    yield from others[kind]
    if "enum" in schema:
        yield from ("", "nonsense", schema["enum"][0].upper())
    if schema.get("minLength"):
        yield ""
    if schema.get("format") == "date-time":
        yield from ("", "2026-01-31", "2026-01-31T09:00:00")


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_that_keeps_the_contract_passes_unchanged(name: str) -> None:
    @steady
    @given(record=values({"$ref": name}))
    def every_record(record: Json) -> None:
        before = copy.deepcopy(record)
        assert validate_record(record, name) == before == record

    every_record()


@pytest.mark.parametrize("name", RECORDS)
def test_a_record_broken_in_one_place_is_refused_for_that_field(name: str) -> None:
    @steady
    @given(record=values({"$ref": name}), data=st.data(), row=st.none() | st.integers(0, 9))
    def every_break(record: Json, data: st.DataObject, row: int | None) -> None:
        way = data.draw(st.sampled_from(list(breaks(record, {"$ref": name}, "", ()))))
        with pytest.raises(RecordError) as caught:
            validate_record(way.done_to(record), name, index=row)
        error = caught.value
        assert (error.field, error.index) == (way.field, row)
        assert error.reason
        assert way.field in str(error)
        assert (row is None) or f"row {row}" in str(error)

    every_break()


@pytest.mark.parametrize("name", RECORDS)
def test_a_model_that_keeps_the_contract_passes_as_its_json(name: str) -> None:
    model = getattr(models, name)

    @steady
    @given(record=values({"$ref": name}))
    def every_model(record: Json) -> None:
        made = model.from_dict(record)
        assert validate_record(made, name) == made.to_dict()

    every_model()


@pytest.mark.parametrize("name", RECORDS)
def test_a_model_may_carry_fields_the_contract_does_not_name(name: str) -> None:
    @steady
    @given(record=values({"$ref": name}))
    def every_model(record: Json) -> None:
        model = getattr(models, name).from_dict({**record, "fleetCode": "F-7"})
        assert validate_record(model, name)["fleetCode"] == "F-7"

    every_model()


def test_a_field_inside_a_model_is_checked_as_strictly_as_in_a_dict() -> None:
    record = CustomerCreateItem("Ana", "Ruiz", phones=[Phone(number=5550100)])  # type: ignore[arg-type]
    with pytest.raises(RecordError) as caught:
        validate_record(record, "CustomerCreateItem")
    assert caught.value.field == "phones[0].number"


def test_a_dict_may_hold_models_enums_tuples_and_dates() -> None:
    phone = Phone(number="555-0100", type_=PhoneType.MOBILE)
    record = {**MINIMAL, "phones": (phone,), "customerType": models.CustomerType.FLEET}
    assert validate_record(record, "CustomerCreateItem") == {
        **MINIMAL,
        "phones": [{"number": "555-0100", "type": "mobile"}],
        "customerType": "fleet",
    }
    start = datetime(2026, 12, 1, 9, tzinfo=UTC)
    request = validate_record(
        {"companyId": "1", "startDateTime": start}, "AppointmentRequestCreate"
    )
    assert request["startDateTime"] == "2026-12-01T09:00:00Z"


def test_every_broken_rule_of_a_record_can_be_found_in_the_order_of_its_fields() -> None:
    record = {"customerType": "gold", "phones": [{"type": "fax"}, {"number": 5}], "tags": "vip"}
    found = [broken.field for broken in iter_violations(record, {"$ref": "CustomerCreateItem"})]
    assert found == [
        "firstName",
        "lastName",
        "customerType",
        "phones[0].type",
        "phones[1].number",
        "tags",
    ]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("frstName", "firstName"),
        ("first_name", "firstName"),
        ("Lastname", "lastName"),
        ("preferredLocationId", "preferredLocationID"),
        ("phone", "phones"),
    ],
)
def test_a_misspelt_field_is_answered_with_the_one_that_was_meant(typed: str, meant: str) -> None:
    with pytest.raises(RecordError, match=f"did you mean {meant}") as caught:
        validate_record({**MINIMAL, typed: "x"}, "CustomerCreateItem")
    assert caught.value.field == typed


def test_a_field_like_no_other_is_refused_without_a_guess() -> None:
    with pytest.raises(RecordError, match="is not a field of the contract") as caught:
        validate_record({**MINIMAL, "zzz": 1}, "CustomerCreateItem")
    assert "did you mean" not in str(caught.value)


def test_an_enum_value_that_is_refused_is_answered_with_those_that_are_not() -> None:
    with pytest.raises(RecordError, match="regular, fleet"):
        validate_record({**MINIMAL, "customerType": "gold"}, "CustomerCreateItem")


def test_the_reason_for_tax_exemption_is_an_open_list() -> None:
    record = {**MINIMAL, "reasonForTaxExempt": "Tribal government"}
    assert validate_record(record, "CustomerCreateItem") == record


class NotARecord(Enum):
    VALUE = "value"


@pytest.mark.parametrize(
    "record", ["Ana", b"Ana", 5, None, ["Ana"], object(), date(2026, 1, 1), NotARecord.VALUE]
)
def test_what_is_no_record_at_all_is_refused_with_its_type(record: object) -> None:
    with pytest.raises(RecordError, match=f"a model or a dict, not {type(record).__name__}"):
        validate_record(record, "CustomerCreateItem")


def test_what_is_filled_in_does_not_replace_what_the_record_says() -> None:
    level = {"itemId": "1", "quantityOnHand": 2.5}
    here = {"locationId": "here"}
    filled = validate_record(level, "InventoryLevelUpdateItem", extra=here)
    assert filled["locationId"] == "here"
    level = {**level, "locationId": "there"}
    assert validate_record(level, "InventoryLevelUpdateItem", extra=here)["locationId"] == "there"


def test_the_record_given_is_not_changed() -> None:
    level = {"itemId": "1", "quantityOnHand": 2}
    validate_record(level, "InventoryLevelUpdateItem", extra={"locationId": "here"})
    assert level == {"itemId": "1", "quantityOnHand": 2}


MINIMAL = {"firstName": "Ana", "lastName": "Ruiz"}

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.none() | st.integers() | st.text(max_size=5), inner, max_size=3)
    ),
    max_leaves=8,
)


@pytest.mark.parametrize("key", [None, 5, ("a",), 1.5, b"firstName"])
def test_a_field_whose_name_is_no_string_is_refused(key: object) -> None:
    record: dict[Any, str] = {**MINIMAL, key: "x"}
    with pytest.raises(RecordError, match="is not a field of the contract"):
        validate_record(record, "CustomerCreateItem")


known = st.sampled_from(["firstName", "phones", "taxExempt", "mainAddress", "tags", "notes"])
names = known | st.none() | st.integers() | st.text(max_size=5)


@settings(deadline=None, max_examples=300)
@given(given_=anything | st.dictionaries(names, anything).map(lambda some: {**MINIMAL, **some}))
def test_whatever_is_given_passes_or_is_refused_as_a_record(given_: object) -> None:
    try:
        passed = validate_record(given_, "CustomerCreateItem")
    except RecordError:
        return
    json.dumps(passed, allow_nan=False).encode()


def test_a_number_too_large_for_a_float_is_no_reason_to_fall_over() -> None:
    level = {"itemId": "1", "locationId": "2", "quantityOnHand": 10**400}
    assert validate_record(level, "InventoryLevelUpdateItem") == level


@pytest.mark.parametrize("value", [float("nan"), float("inf"), object(), {1, 2}, 1j])
def test_what_json_cannot_hold_is_refused_wherever_a_model_carries_it(value: Any) -> None:
    record = CustomerCreateItem("Ana", "Ruiz", additional_properties={"fleet": {"code": value}})
    with pytest.raises(RecordError) as caught:
        validate_record(record, "CustomerCreateItem")
    assert caught.value.field == "fleet.code"


@pytest.mark.parametrize("field", ["firstName", "notes"])
def test_half_a_character_is_refused(field: str) -> None:
    with pytest.raises(RecordError) as caught:
        validate_record({**MINIMAL, field: "Mu\udcfcller"}, "CustomerCreateItem")
    assert caught.value.field == field


@pytest.mark.parametrize(
    "record",
    [
        {**MINIMAL, "phones": "555-0177"},
        {**MINIMAL, "phones": [{"number": 5550177}]},
        {**MINIMAL, "emails": {"emailAddress": "x5550177@example.com"}},
        {**MINIMAL, "notes": ["call 5550177"]},
    ],
)
def test_a_refusal_does_not_repeat_what_the_record_says(record: dict[str, Any]) -> None:
    with pytest.raises(RecordError) as caught:
        validate_record(record, "CustomerCreateItem")
    assert "5550177" not in str(caught.value).replace("-", "")
