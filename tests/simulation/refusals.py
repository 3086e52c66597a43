"""What a simulated server stores of a batch, and what it answers, when nothing else goes wrong."""

from __future__ import annotations

import json
from collections.abc import Mapping

from attrs import field, frozen

from tests.simulation.habits import Habits, Refusal
from tests.simulation.records import BAD, FIREWALL, POISON, Json

_SUCCESS: Json = {"success": True, "message": "Request completed successfully", "data": {}}
SUCCESS = json.dumps(_SUCCESS)


@frozen
class Reply:
    """A response of the server before it is sent."""

    status: int
    body: str
    headers: Mapping[str, str] = field(factory=dict[str, str])


def accept(records: list[Json], habits: Habits) -> tuple[list[Json], Reply]:
    """Return the records that a faultless server stores, and its response."""
    names = [record["lastName"] for record in records]
    if POISON in names:
        return [], make_error(500, "internal error")
    if FIREWALL in names:
        stored = records[: names.index(FIREWALL)] if habits.firewall_half else []
        return stored, make_error(403, "request blocked")
    bad = [index for index, name in enumerate(names) if name == BAD]
    if not bad:
        return records, Reply(200, SUCCESS)
    good = [record for index, record in enumerate(records) if index not in bad]
    return _refuse(records, good, bad, habits.refusal)


def _refuse(
    records: list[Json], good: list[Json], bad: list[int], refusal: Refusal
) -> tuple[list[Json], Reply]:
    failures = [{"index": index, "error": "lastName is refused"} for index in bad]
    results = [{"success": index not in bad} for index in range(len(records))]
    counts = {"successCount": len(good), "failureCount": len(bad)}
    match refusal:
        case "400":
            return [], make_error(400, "lastName is refused")
        case "400-partial":
            return good, make_error(400, "lastName is refused")
        case "400-half":
            return records[: bad[0]], make_error(400, "lastName is refused")
        case "422-partial":
            return good, make_error(422, "lastName is refused")
        case "success-text":
            return [], Reply(200, json.dumps({"success": "false", "error": "refused"}))
        case "success-false-partial":
            return good, Reply(200, json.dumps({"success": False, "error": "refused"}))
        case "200-failures":
            return good, Reply(200, _success_with({"failures": failures}))
        case "207-failures":
            return good, Reply(207, _success_with({"errors": failures}))
        case "200-results":
            return good, Reply(200, _success_with({"results": results}))
        case _:
            return good, Reply(200, _success_with(counts))


def make_error(status: int, message: str) -> Reply:
    """Return the response of an error."""
    return Reply(status, json.dumps({"success": False, "error": message}))


def _success_with(data: Json) -> str:
    return json.dumps({**_SUCCESS, "data": data})
