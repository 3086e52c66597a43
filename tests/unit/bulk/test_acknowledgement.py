"""Which 2xx responses acknowledge a batch, and which records of it."""

from __future__ import annotations

from typing import Any

import pytest
from attrs import frozen
from hypothesis import given
from hypothesis import strategies as st

from autoleap._bulk.acknowledgement import read_acknowledgement


@frozen
class Body:
    """The model of a response."""

    values: dict[str, Any]

    def to_dict(self) -> dict[str, Any]:
        return self.values


@pytest.mark.parametrize(
    "body",
    [
        {"success": True},
        {"success": True, "data": {}},
        {"success": True, "data": None, "message": "3 customers created"},
        {"success": True, "errors": [], "failed": 0, "data": {"failedCount": 0, "error": None}},
        {"success": True, "data": {"failures": {}, "error": "", "hasErrors": False}},
        {"success": True, "data": [{"customerId": "1"}, {"customerId": "2"}]},
    ],
)
def test_a_response_that_says_so_and_names_no_failure_is_a_success(body: dict[str, Any]) -> None:
    acknowledgement = read_acknowledgement(Body(body), 3)
    assert acknowledgement.is_success
    assert acknowledgement.failures == {}


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"success": False},
        {"success": None},
        {"success": "true"},
        {"success": "false"},
        {"success": 1},
        {"data": {"success": True}},
        {"success": True, "errors": ["row 1"]},
        {"success": True, "data": {"failedCount": 1}},
        {"success": True, "data": {"failed": [{"index": 2}]}},
        {"success": True, "data": {"invalidRecords": [1]}},
        {"success": True, "data": {"rejected": 2}},
        {"success": True, "data": [{"details": {"errorMessage": "no"}}]},
        # As many results as records would tell them apart; these do not.
        {"success": True, "data": [{"success": True}, {"success": False}]},
        {"success": True, "data": {"success": "false"}},
    ],
)
def test_any_other_response_leaves_the_batch_in_doubt(body: dict[str, Any]) -> None:
    acknowledgement = read_acknowledgement(Body(body), 3)
    assert not acknowledgement.is_success
    assert acknowledgement.reason
    assert acknowledgement.failures == {}


@pytest.mark.parametrize("response", [None, "", "<html>", [], {"success": True}, 200])
def test_a_response_without_a_readable_body_leaves_the_batch_in_doubt(response: object) -> None:
    assert not read_acknowledgement(response, 3).is_success


@pytest.mark.parametrize("path", [("results",), ("data", "results"), ("data", "customers")])
def test_results_of_each_record_decide(path: tuple[str, ...]) -> None:
    value: Any = [
        {"success": True, "id": "1"},
        {"success": False, "error": "no such customer"},
        {"success": False, "message": "year"},
        {"success": False},
    ]
    for name in reversed(path):
        value = {name: value}
    acknowledgement = read_acknowledgement(Body({"success": True, **value}), 4)
    assert acknowledgement.is_success
    assert acknowledgement.failures == {
        1: "no such customer",
        2: "year",
        3: "the server refused the record",
    }


def test_results_of_a_response_that_is_no_success_decide_nothing() -> None:
    results = [{"success": True}, {"success": True}]
    assert not read_acknowledgement(Body({"success": False, "data": results}), 2).is_success


def test_a_long_message_is_cut() -> None:
    body = {"success": True, "data": [{"success": False, "error": "x" * 10_000}]}
    assert len(read_acknowledgement(Body(body), 1).failures[0]) <= 500


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(0, 3) | st.sampled_from(["", "true", "no"]),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["data", "success", "errors", "id"]), values, max_size=3)
    ),
    max_leaves=8,
)


@given(JSON_VALUES, st.integers(1, 3))
def test_every_failure_is_a_record_of_the_batch(value: object, count: int) -> None:
    acknowledgement = read_acknowledgement(Body({"success": True, "data": value}), count)
    assert set(acknowledgement.failures) <= set(range(count))
    assert acknowledgement.is_success or not acknowledgement.failures
    assert acknowledgement.is_success or acknowledgement.reason


@given(JSON_VALUES.filter(lambda value: value is not True))
def test_nothing_but_true_is_a_success(value: object) -> None:
    assert not read_acknowledgement(Body({"success": value}), 1).is_success
