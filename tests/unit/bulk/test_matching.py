"""Matching by content: what is one record in another spelling, what is another record."""

from __future__ import annotations

import copy
from collections import Counter
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap._bulk.matching import (
    Fingerprint,
    compute_fingerprint,
    list_field_paths,
    match,
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
LETTERS = st.sampled_from("abcd")


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
    same = stripped(one) == stripped(other)
    assert (compute(one).digest == compute(other).digest) == same


def stripped(value: object) -> object:
    if isinstance(value, dict):
        return {name: stripped(item) for name, item in value.items()}
    if isinstance(value, list):
        return [stripped(item) for item in value]
    return value.strip() if isinstance(value, str) else value


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


@pytest.mark.parametrize("spelling", ["FLEET", "Fleet", " fleet "])
def test_the_case_of_an_enum_tells_nothing(spelling: str) -> None:
    record: Json = {"firstName": "Ana", "lastName": "Ng", "customerType": "fleet"}
    assert compute({**record, "customerType": spelling}) == compute(record)
    assert compute({**record, "firstName": "ANA"}) != compute(record)


@many
@given(RECORD)
def test_a_canonical_record_is_its_own_canonical_form(record: Json) -> None:
    schema = {"$ref": f"{SCHEMA}"}
    once = normalize(record, schema)
    assert normalize(once, schema) == once


@many
@given(st.lists(LETTERS), st.lists(LETTERS), st.lists(LETTERS))
def test_settling_is_exact_by_count(doubtful: list[str], there: list[str], done: list[str]) -> None:
    # Rows of records that are done are there, too, and not to be had; their ids are not known.
    rows = {f"row {n}": Fingerprint(text.encode(), b"key") for n, text in enumerate(done + there)}
    fingerprints = {n: Fingerprint(text.encode(), b"key") for n, text in enumerate(doubtful)}
    claimed = Counter(text.encode() for text in done)
    sent = {one.digest for one in (*rows.values(), *fingerprints.values())}
    result = match(fingerprints, rows, claimed=claimed, sent_digests=sent)
    free, wanted = Counter(there), Counter(doubtful)
    found = [doubtful[number] for number in result.ids]
    assert Counter(found) == free & wanted
    assert sorted([*result.ids, *result.absent]) == sorted(fingerprints)
    assert len(set(result.ids.values())) == len(found)
    assert all(rows[id_] == fingerprints[number] for number, id_ in result.ids.items())
    assert result.similar_ids == {}


@many
@given(st.lists(LETTERS), st.lists(LETTERS))
def test_only_unclaimed_rows_make_a_record_similar(doubtful: list[str], strange: list[str]) -> None:
    rows = {
        f"row {n}": Fingerprint(f"not {text}".encode(), text.encode())
        for n, text in enumerate(strange)
    }
    fingerprints = {n: Fingerprint(text.encode(), text.encode()) for n, text in enumerate(doubtful)}
    result = match(
        fingerprints, rows, claimed={}, sent_digests={one.digest for one in fingerprints.values()}
    )
    assert set(result.similar_ids) == {n for n, text in enumerate(doubtful) if text in strange}
    assert set(result.absent) == {n for n, text in enumerate(doubtful) if text not in strange}
    sent = {one.digest for one in (*rows.values(), *fingerprints.values())}
    assert match(fingerprints, rows, claimed={}, sent_digests=sent).similar_ids == {}


def test_the_oldest_of_equal_rows_is_given_away_first() -> None:
    rows = {name: Fingerprint(b"x", b"x") for name in ("first", "second", "third")}
    doubtful = {7: Fingerprint(b"x", b"x")}
    assert match(doubtful, rows, claimed={}, sent_digests=()).ids == {7: "first"}
    assert match(doubtful, rows, claimed={b"x": 1}, sent_digests=()).ids == {7: "second"}
