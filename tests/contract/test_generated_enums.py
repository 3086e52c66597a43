"""Generated enums are complete and open: a value that the contract does not know is no error."""

import copy
import json
import pickle
from enum import Enum
from typing import Any

import pytest

from autoleap_api_client import models

ENUMS = [
    c
    for c in (getattr(models, name) for name in models.__all__)
    if issubclass(c, Enum)
]  # fmt: skip
every_enum = pytest.mark.parametrize("enum", ENUMS, ids=lambda enum: enum.__name__)


def unknown_value(enum: Any) -> str | int:
    return 9999 if issubclass(enum, int) else "a value of tomorrow"


@every_enum
def test_an_unknown_value_becomes_a_member_that_equals_it(enum: Any) -> None:
    value = unknown_value(enum)
    member = enum(value)
    assert isinstance(member, enum)
    assert (member, member.value, member.name) == (value, value, "UNKNOWN")
    assert {member: 1}[value] == 1
    assert json.loads(json.dumps(member)) == value


@every_enum
def test_an_unknown_member_survives_pickle_and_deepcopy(enum: Any) -> None:
    member = enum(unknown_value(enum))
    for again in (pickle.loads(pickle.dumps(member)), copy.deepcopy(member)):
        assert isinstance(again, enum)
        assert (again, again.name) == (member, "UNKNOWN")


@every_enum
def test_reading_an_unknown_value_does_not_add_it_to_the_known_ones(enum: Any) -> None:
    before = list(enum)
    enum(unknown_value(enum))
    assert list(enum) == before
    assert all(enum(member.value) is member for member in before)


@every_enum
@pytest.mark.parametrize("value", [None, [], {}, 1.5], ids=repr)
def test_a_value_of_another_type_is_refused(enum: Any, value: object) -> None:
    with pytest.raises((ValueError, TypeError)):
        enum(value)
