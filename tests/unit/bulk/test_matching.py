"""Matching by content: what is one record in another spelling, what is another record."""

from __future__ import annotations

import copy
import html
import unicodedata
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap._bulk.matching import (
    Fingerprint,
    compute_fingerprint,
    fold_text,
    list_field_paths,
    normalize,
)
from tests.helpers.bulk_runs import FULL

Json: TypeAlias = dict[str, Any]

many = settings(max_examples=2000 if FULL else 200, deadline=None, derandomize=True, database=None)

SCHEMA, KEY = "CustomerCreateItem", ("firstName", "lastName")
WORDS = st.one_of(st.sampled_from(["Ana", "Bo", "x"]), st.text(min_size=1).filter(str.strip))
PHONE = st.fixed_dictionaries(
    {"number": WORDS},
    optional={"type": st.sampled_from(["mobile", "landline"]), "primary": st.just(True)},
)
RECORD = st.fixed_dictionaries(
    {"firstName": WORDS, "lastName": WORDS},
    optional={
        "customerType": st.sampled_from(["regular", "fleet"]),
        "notes": WORDS,
        "taxExempt": st.just(True),
        "phones": st.lists(PHONE, min_size=1, max_size=3),
        "mainAddress": st.fixed_dictionaries({"city": WORDS}, optional={"zip": WORDS}),
    },
)
BLANK: st.SearchStrategy[object] = st.sampled_from([None, "", "  ", False, [], {}])
# What a server may add to a record: its own fields, and defaults for missing fields.
ADDED = st.fixed_dictionaries(
    {"customerId": WORDS, "createdDate": WORDS},
    optional={"languagePreference": st.just("EN"), "okForMarketing": st.booleans()},
)
# The same text as a server may store it.
SPELLINGS: list[Callable[[str], str]] = [
    str.upper,
    str.title,
    html.escape,
    partial(unicodedata.normalize, "NFC"),
    partial(unicodedata.normalize, "NFD"),
    partial(unicodedata.normalize, "NFKC"),
    lambda text: f"  {text} ",
    lambda text: text.replace(" ", " \t "),
]


def compute(record: Json, paths: set[str] | None = None) -> Fingerprint:
    return compute_fingerprint(record, SCHEMA, KEY, paths)


@many
@given(st.lists(RECORD, min_size=1, max_size=5), ADDED)
def test_what_a_server_adds_does_not_hide_a_record(records: list[Json], added: Json) -> None:
    sent: set[str] = set().union(*map(list_field_paths, records))
    for record in records:
        assert compute({**added, **record}, sent) == compute(record)


@many
@given(RECORD, st.sampled_from(["notes", "displayName", "taxExempt", "phones", "tags"]), BLANK)
def test_blank_false_and_missing_are_one(record: Json, name: str, blank: object) -> None:
    without = {key: value for key, value in record.items() if key != name}
    assert compute({**without, name: blank}) == compute(without)


@many
@given(RECORD, RECORD)
def test_records_are_equal_exactly_when_they_say_the_same(one: Json, other: Json) -> None:
    same = folded(one) == folded(other)
    assert (compute(one).digest == compute(other).digest) == same


def folded(value: object) -> object:
    """Return a record with folded texts; the elements of a list have no order."""
    if isinstance(value, dict):
        held = {name: folded(item) for name, item in value.items()}
        return {name: item for name, item in held.items() if item} or None
    if isinstance(value, list):
        return sorted(map(repr, map(folded, value)))
    return fold_text(value) if isinstance(value, str) else value


@many
@given(RECORD, st.data())
def test_a_record_is_not_one_with_a_field_less(record: Json, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(record)))
    less = {key: value for key, value in record.items() if key != name}
    assert compute(less).digest != compute(record).digest
    assert (compute(less).key == compute(record).key) == (name not in KEY)


@many
@given(RECORD, st.data())
def test_a_change_deep_inside_makes_another_record(record: Json, data: st.DataObject) -> None:
    other = copy.deepcopy(record)
    place: Any = other.get("phones", [other])[0]
    name = data.draw(st.sampled_from(["number", "label"] if "phones" in record else ["notes"]))
    place[name] = f"{place.get(name)}, and more"
    assert compute(other).digest != compute(record).digest


@many
@given(st.integers(-(2**53), 2**53))
def test_a_number_is_its_spelling(number: int) -> None:
    spellings: list[object] = [number, str(number), f" {number} ", float(number)]
    digests = {
        compute_fingerprint({"year": value}, "VehicleCreateItem", ()).digest for value in spellings
    }
    assert len(digests) == (1 if int(float(number)) == number else 2)


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_the_spelling_of_a_server_does_not_hide_a_record(spelling: Callable[[str], str]) -> None:
    record: Json = {
        "firstName": "Zoë & Ana",
        "lastName": "O'Neil  Šimić",
        "customerType": "fleet",
        "mainAddress": {"address": "1 Main St", "city": "Köln"},
        "tags": [{"name": "VIP <a>"}],
    }
    assert compute(spell(record, spelling)) == compute(record)
    assert compute({**record, "firstName": "Zoe & Ana"}) != compute(record)


def spell(value: Any, spelling: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {name: spell(item, spelling) for name, item in value.items()}
    if isinstance(value, list):
        return [spell(item, spelling) for item in value]
    return spelling(value)


@many
@given(st.text())
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold_text(fold_text(text)) == fold_text(text)


@pytest.mark.parametrize("number", ["(555) 010-0123", "555.010.0123", "555 010 0123", "5550100123"])
def test_the_punctuation_of_a_phone_number_does_not_count(number: str) -> None:
    assert fold_text(number) == "5550100123"


@pytest.mark.parametrize("text", ["12-34", "A-5550100123", "555-010"])
def test_the_punctuation_of_other_texts_counts(text: str) -> None:
    assert fold_text(text) == text.casefold()


def test_the_elements_of_a_list_have_no_order() -> None:
    phones = [{"number": "555-0101"}, {"number": "555-0102", "type": "mobile"}]
    record: Json = {"firstName": "Ana", "lastName": "Ng"}
    assert compute({**record, "phones": phones}) == compute({**record, "phones": phones[::-1]})


def test_a_projection_leaves_out_rewritten_fields_only() -> None:
    one = compute({"firstName": "Ana", "lastName": "Ng", "notes": "gate 2"})
    other = compute({"firstName": "Ana", "lastName": "Ng", "notes": "rewritten"})
    assert one.project(()) == one.digest
    assert one.project({"notes"}) == other.project({"notes"})
    assert one.project({"lastName"}) != other.project({"lastName"})


@many
@given(RECORD)
def test_a_canonical_record_is_its_own_canonical_form(record: Json) -> None:
    schema = {"$ref": f"{SCHEMA}"}
    once = normalize(record, schema)
    assert normalize(once, schema) == once
