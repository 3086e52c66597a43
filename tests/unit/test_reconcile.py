"""Matching sent records with stored rows: as a multiset, by content, whatever the server adds."""

from __future__ import annotations

import copy
from typing import Any, TypeAlias

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap.reconcile import match, says

Json: TypeAlias = dict[str, Any]

LOOK_UP = ("firstName", "lastName")
BLANK: tuple[object, ...] = (None, "", [], {})

# Few values, so that equal records and near misses are common.
names = st.sampled_from(["Ana", "Bo", "Cy"])
phones = st.lists(
    st.fixed_dictionaries(
        {"number": st.sampled_from(["555-0100", "555-0101"])},
        optional={"label": st.sampled_from(["", "home"]), "primary": st.booleans()},
    ),
    max_size=2,
)
records = st.fixed_dictionaries(
    {"firstName": names, "lastName": names},
    optional={
        "notes": st.sampled_from(["", "Call first", "  Call first "]),
        "taxExempt": st.none() | st.booleans(),
        "phones": phones,
        "mainAddress": st.fixed_dictionaries(
            {}, optional={"city": st.sampled_from(["", "Austin"]), "zip": st.just("78701")}
        ),
    },
)


def stored(record: object) -> Any:
    """What a server may keep of a record: blank fields left out, texts trimmed."""
    if isinstance(record, dict):
        kept = {name: stored(value) for name, value in record.items() if value not in BLANK}
        return {name: value for name, value in kept.items() if value not in BLANK}
    if isinstance(record, list):
        return [stored(item) for item in record]
    return record.strip() if isinstance(record, str) else record


def row(number: int, record: Json) -> Json:
    """A stored record as it is listed: with an id, and with fields the sender did not name."""
    added = {"customerStatus": "Active", "createdDate": "2026-01-01T00:00:00Z"}
    return {"customerId": f"id-{number}", **stored(record), **added}


def found(sent: list[Json], rows: list[Json]) -> dict[int, str]:
    return match(dict(enumerate(sent)), rows, id_field="customerId", look_up=LOOK_UP)


@settings(deadline=None)
@given(sent=st.lists(records, max_size=8), others=st.lists(records, max_size=8), data=st.data())
def test_no_row_is_given_away_twice_and_each_says_what_was_sent(
    sent: list[Json], others: list[Json], data: st.DataObject
) -> None:
    there = data.draw(
        st.lists(st.sampled_from([*sent, *others]), max_size=12) if sent else st.just(others)
    )
    rows = {f"id-{number}": row(number, record) for number, record in enumerate(there)}
    ids = found(sent, list(rows.values()))
    assert len(set(ids.values())) == len(ids)
    assert all(says(rows[key], sent[index]) for index, key in ids.items())


@settings(deadline=None)
@given(sent=st.lists(records, max_size=8), others=st.lists(records, max_size=8))
def test_every_stored_record_is_found_in_the_order_of_its_creation(
    sent: list[Json], others: list[Json]
) -> None:
    rows = [row(number, record) for number, record in enumerate(sent)]
    strangers = [row(100 + n, {**r, "lastName": "Stranger"}) for n, r in enumerate(others)]
    assert set(found(sent, rows + strangers)) == set(range(len(sent)))


@settings(deadline=None)
@given(record=records, wanted=st.integers(1, 5), there=st.integers(0, 5))
def test_equal_records_want_a_row_each(record: Json, wanted: int, there: int) -> None:
    rows = [row(number, record) for number in range(there)]
    ids = found([record] * wanted, rows)
    assert len(ids) == len(set(ids.values())) == min(wanted, there)


@settings(deadline=None)
@given(record=records)
def test_a_record_is_not_found_in_a_row_that_says_something_else(record: Json) -> None:
    for name, value in (("firstName", "Zoe"), ("lastName", "Zoe")):
        assert found([record], [{**row(1, record), name: value}]) == {}
    if record.get("phones"):
        assert found([record], [{**row(1, record), "phones": record["phones"][1:]}]) == {}
    if record.get("taxExempt") is not None:
        assert found([record], [{**row(1, record), "taxExempt": not record["taxExempt"]}]) == {}


@settings(deadline=None)
@given(sent=st.lists(records, max_size=5))
def test_matching_changes_neither_records_nor_rows(sent: list[Json]) -> None:
    rows = [row(number, record) for number, record in enumerate(sent)]
    before = copy.deepcopy((sent, rows))
    found(sent, rows)
    assert (sent, rows) == before


@pytest.mark.parametrize("blank", BLANK)
@pytest.mark.parametrize("there", [None, "", [], {}, "x", 5])
def test_a_blank_field_says_nothing(blank: object, there: object) -> None:
    assert says({"notes": there}, {"notes": blank})
    assert says({}, {"notes": blank})


@pytest.mark.parametrize("value", [False, 0, 0.0])
def test_no_and_zero_are_not_blank(value: object) -> None:
    assert not says({}, {"field": value})
    assert says({"field": value}, {"field": value})


def test_the_order_of_a_list_counts_and_blanks_in_it_do_not() -> None:
    one, two = {"number": "1"}, {"number": "2"}
    assert says({"phones": [one, two]}, {"phones": [one, {}, two, None]})
    assert not says({"phones": [two, one]}, {"phones": [one, two]})


def test_nothing_sent_finds_nothing() -> None:
    assert found([], [row(1, {"firstName": "Ana", "lastName": "Bo"})]) == {}
