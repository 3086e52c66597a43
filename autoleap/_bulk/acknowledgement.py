"""Pure: no I/O, no clock.

Read from a 2xx response whether the server has stored the records of a batch.

The contract documents `success: true`. It says that newer bulk writes report partial success, but
not in which form. Therefore a response is a success only if it says so and names no failure.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Protocol, cast, runtime_checkable

from attrs import field, frozen

_FAILURE_NAME = re.compile(r"fail|error|invalid|reject|refus", re.IGNORECASE)


@runtime_checkable
class HasJson(Protocol):
    """The model of a response."""

    def to_dict(self) -> dict[str, object]:
        """Return the response as JSON."""
        ...


@frozen
class Acknowledgement:
    """What a 2xx response says about a batch.

    Attributes:
        is_success: Whether every record without a failure is stored.
        failures: Messages of the records that are not stored, by position in the batch.
        reason: Why it is no success.
    """

    is_success: bool
    failures: Mapping[int, str] = field(factory=dict[int, str])
    reason: str = ""


def read_acknowledgement(response: object, count: int) -> Acknowledgement:
    """Return what a response says.

    Args:
        response: The model of the response, or None if it had no readable body.
        count: Number of records in the batch.
    """
    if not isinstance(response, HasJson):
        return Acknowledgement(False, reason="the response does not say that it is a success")
    body = response.to_dict()
    if body.get("success") is not True:
        return Acknowledgement(False, reason=f"success is {body.get('success')!r}")
    failures = _read_results(body, count)
    if failures is not None:
        return Acknowledgement(True, failures)
    name = _find_failure(body)
    if name is not None:
        return Acknowledgement(False, reason=f"the response names failures in {name}")
    return Acknowledgement(True)


def _read_results(value: object, count: int) -> dict[int, str] | None:
    """Return the failures in a list with one result for each record; None if there is no list."""
    if isinstance(value, Mapping):
        parts = [
            _read_results(item, count) for item in cast("Mapping[str, object]", value).values()
        ]
        return next((part for part in parts if part is not None), None)
    if not isinstance(value, list):
        return None
    results = [
        cast("Mapping[str, object]", item)
        for item in cast("list[object]", value)
        if isinstance(item, Mapping)
    ]
    says = [item.get("success") for item in results]
    if len(says) != count or not all(isinstance(item, bool) for item in says):
        return None
    return {
        position: _describe(results[position])
        for position, success in enumerate(says)
        if success is False
    }


def _describe(result: Mapping[str, object]) -> str:
    message = result.get("error") or result.get("message")
    return str(message)[:500] if message else "the server refused the record"


def _find_failure(value: object, path: str = "") -> str | None:
    """Return the path of the first value that names a failure, or None."""
    if isinstance(value, list):
        items: Sequence[tuple[str, object]] = [("", item) for item in cast("list[object]", value)]
    elif isinstance(value, Mapping):
        items = list(cast("Mapping[str, object]", value).items())
    else:
        return None
    for name, item in items:
        place = f"{path}.{name}".strip(".")
        if _FAILURE_NAME.search(name) and item not in (None, False, 0, "", [], {}):
            return place
        if name.lower() == "success" and item is not True:
            return place
        found = _find_failure(item, place)
        if found is not None:
            return found
    return None
