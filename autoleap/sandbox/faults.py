"""Faults: what can go wrong on purpose, and which request it happens to."""

import random
from collections.abc import Iterable
from typing import Literal, get_args

import attrs

FaultKind = Literal[
    "429",
    "429-no-retry-after",
    "500",
    "500-after",
    "502-html",
    "503",
    "cut-before",
    "cut-after",
    "truncated",
    "hang-before",
    "hang-after",
    "success-false",
    "revoke-tokens",
    "revoke-refresh",
]

FAULT_KINDS: tuple[FaultKind, ...] = get_args(FaultKind)


@attrs.frozen
class Fault:
    """One thing that goes wrong, and when.

    "before" and "after" say whether the server acts before it misbehaves; where a kind has neither,
    the server does not act, except that `truncated` acts (its answer stops in the middle) and
    `revoke-refresh` lets the request through. `revoke-tokens` also fails the request that met it.
    Faults meet requests that came through authentication and rate limits, and no others.

    Args:
        kind: one of `FAULT_KINDS`.
        method: only requests with this HTTP method ("POST"); None for any.
        operation: only this operationId ("createCustomers"); None for any.
        probability: chance, 0 to 1, that a matching request is hit; drawn from the sandbox's seed.
        times: hit no more than this many requests; None for no end.
        after: let this many matching requests pass first.
        seconds: how long a hang lasts. After that the request is answered as usual; a client that
            has given up by then is not acted upon (`hang-before`).
        retry_after: the `Retry-After` of a "429", in whole seconds.

    Raises:
        ValueError: an unknown kind, or a number out of range.
    """

    kind: FaultKind = attrs.field(validator=attrs.validators.in_(FAULT_KINDS))
    method: str | None = attrs.field(default=None, kw_only=True)
    operation: str | None = attrs.field(default=None, kw_only=True)
    probability: float = attrs.field(
        default=1.0, kw_only=True, validator=[attrs.validators.ge(0), attrs.validators.le(1)]
    )
    times: int | None = attrs.field(
        default=None, kw_only=True, validator=attrs.validators.optional(attrs.validators.ge(0))
    )
    after: int = attrs.field(default=0, kw_only=True, validator=attrs.validators.ge(0))
    seconds: float = attrs.field(default=30.0, kw_only=True, validator=attrs.validators.ge(0))
    retry_after: int = attrs.field(default=1, kw_only=True, validator=attrs.validators.ge(0))

    def matches(self, method: str, operation_id: str) -> bool:
        """Whether a request to this operation is one the fault is meant for."""
        return self.method in (None, method) and self.operation in (None, operation_id)


@attrs.define
class _FaultProgress:
    """A fault and how far it has come."""

    fault: Fault
    matched: int = 0
    hits: int = 0

    def count_match(self, rng: random.Random) -> bool:
        """Whether the matching request that just came is hit."""
        fault = self.fault
        self.matched += 1
        if self.matched <= fault.after:
            return False
        if fault.times is not None and self.hits >= fault.times:
            return False
        return fault.probability >= 1 or rng.random() < fault.probability


class FaultPlan:
    """The faults of a sandbox; the first one that strikes is the one that is played."""

    def __init__(self, faults: Iterable[Fault], rng: random.Random) -> None:
        self._progress = [_FaultProgress(fault) for fault in faults]
        self._rng = rng

    def pick(self, method: str, operation_id: str) -> Fault | None:
        """The fault for this request, if any."""
        matching = [p for p in self._progress if p.fault.matches(method, operation_id)]
        striking = [progress for progress in matching if progress.count_match(self._rng)]
        if not striking:
            return None
        striking[0].hits += 1
        return striking[0].fault
