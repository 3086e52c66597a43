"""Decisions about a bulk write with bad records, as the habit `Refusal` says."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import attrs

from autoleap.sandbox.filters import iter_texts
from autoleap.sandbox.habits import Refusal, RefusalShape
from autoleap.sandbox.rows import Record
from autoleap.sandbox.violations import Violation, format_violations

_FIREWALL_PAGE = "<html><body><h1>403 Forbidden</h1>Request blocked</body></html>"
_MESSAGES = {403: "Forbidden", 500: "Internal server error"}

Violations = Mapping[int, Sequence[Violation]]
"""The violations of the contract by index of the record."""


@attrs.frozen
class BatchDecision:
    """What becomes of a refused batch.

    Attributes:
        stored: Indexes of the records that are stored.
        message: The field `error` of the response.
        violations: The violations for the request log.
        body: The body of the response. None means the error body of the contract.
    """

    stored: list[int]
    message: str
    violations: tuple[Violation, ...]
    body: object


class RefusalPlan:
    """The refusals of a sandbox.

    Args:
        refusals: The refusals. The first one that applies to a batch is used.
        rng: Random source of their probabilities.
    """

    def __init__(self, refusals: Iterable[Refusal] = (), rng: random.Random | None = None) -> None:
        self._refusals = tuple(refusals)
        self._rng = rng or random.Random(0)  # noqa: S311 - repeatable, not secret
        self._applied: Counter[int] = Counter()

    def pick(self, records: Sequence[Record], violations: Violations) -> Refusal | None:
        """Return the refusal of a batch, or None."""
        for number, refusal in enumerate(self._refusals):
            used_up = refusal.times is not None and self._applied[number] >= refusal.times
            if used_up or not applies(refusal, records, violations):
                continue
            if refusal.probability >= 1 or self._rng.random() < refusal.probability:
                self._applied[number] += 1
                return refusal
        return None


def applies(refusal: Refusal, records: Sequence[Record], violations: Violations) -> bool:
    """Return whether the refusal is for this batch."""
    if refusal.text is None:
        return bool(violations)
    return not refusal.text or bool(find_marked(refusal, records))


def find_marked(refusal: Refusal, records: Sequence[Record]) -> set[int]:
    """Return the indexes of the records with the text of the refusal."""
    text = refusal.text
    if not text:
        return set()
    return {
        index
        for index, record in enumerate(records)
        if any(text in value for value in iter_texts(record))
    }


def choose_stored(refusal: Refusal, count: int, marked: set[int], invalid: set[int]) -> list[int]:
    """Return the indexes of the records that are stored.

    Args:
        refusal: The refusal that applies.
        count: Number of records in the batch.
        marked: Indexes of the records with the text of the refusal.
        invalid: Indexes of the records that break the contract.
    """
    if refusal.stored == "none":
        return []
    excluded = invalid if refusal.stored == "all" else invalid | marked
    end = count // 2 if refusal.stored == "half" else count
    return [index for index in range(end) if index not in excluded]


def decide_batch(
    refusal: Refusal, name: str, records: Sequence[Record], violations: Violations
) -> BatchDecision:
    """Return what is stored of a batch and what the server responds.

    Args:
        refusal: The refusal that applies.
        name: Name of the list of records in the body.
        records: The records of the batch.
        violations: The violations of the contract by index of the record.
    """
    marked = find_marked(refusal, records)
    stored = choose_stored(refusal, len(records), marked, set(violations))
    rest = sorted(set(range(len(records))) - set(stored))
    reasons = {index: [Violation((name, index), "is refused")] for index in marked}
    reasons |= {index: list(found) for index, found in violations.items()}
    flat = tuple(violation for index in sorted(reasons) for violation in reasons[index])
    message = _MESSAGES.get(refusal.status) or format_violations(flat) or "The request failed"
    failed = {
        index: format_violations(reasons[index]) if index in reasons else "was not stored"
        for index in rest
    }
    body = build_body(refusal, message, len(records), failed)
    return BatchDecision(stored, message, flat, body)


def build_body(refusal: Refusal, message: str, count: int, failed: Mapping[int, str]) -> object:
    """Return the body of the response. None means the error body of the contract.

    Args:
        refusal: The refusal that applies.
        message: The reason for the whole batch.
        count: Number of records in the batch.
        failed: The reasons by index of the records that are not stored.
    """
    counts = {"total": count, "succeeded": count - len(failed), "failed": len(failed)}
    failures = [{"index": index, "error": reason} for index, reason in failed.items()]
    success: Record = {"success": True, "message": "Request completed", "data": {}}
    bodies: Mapping[RefusalShape, object] = {
        "error": None,
        "html": _FIREWALL_PAGE,
        "success-text": {"success": "false", "error": message},
        "results": success | {"data": {"results": _list_results(count, failed)}},
        "multi-status": success | {"data": _list_statuses(count, failed)},
        "failed": success | {"data": {"failed": failures}},
        "errors": success | {"errors": failures},
        "counts": success | {"data": counts},
    }
    return bodies[refusal.shape]


def _list_results(count: int, failed: Mapping[int, str]) -> list[Record]:
    return [
        {"index": index, "success": False, "error": failed[index]}
        if index in failed
        else {"index": index, "success": True}
        for index in range(count)
    ]


def _list_statuses(count: int, failed: Mapping[int, str]) -> list[Record]:
    return [
        {"status": 400, "error": failed[index]} if index in failed else {"status": 200}
        for index in range(count)
    ]
