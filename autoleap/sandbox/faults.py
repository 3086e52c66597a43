"""Faults: failures that the sandbox produces on request, and the requests they apply to."""

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
    "504",
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
    """One kind of failure and the requests it applies to.

    A kind that ends in "-after" fails after the server has executed the operation. All other kinds
    fail before it, with two exceptions: `truncated` executes the operation and sends half of the
    response; `revoke-refresh` revokes the refresh tokens and serves the request as usual.
    `revoke-tokens` also fails the request it applies to. A fault applies only to requests that
    passed authentication and the rate limits.

    Args:
        kind: One of `FAULT_KINDS`.
        method: The HTTP method of matching requests ("POST"). None matches all.
        operation: The operationId of matching requests ("createCustomers"). None matches all.
        probability: Chance (0 to 1) that the fault applies to a matching request. It is drawn from
            the sandbox's seed.
        times: Largest number of requests the fault applies to. None for no maximum.
        after: Number of matching requests that are served first.
        seconds: Length of a hang. After it the sandbox responds as usual. If the client has
            disconnected by then, `hang-before` does not execute the operation.
        retry_after: The `Retry-After` of a "429" in whole seconds.

    Raises:
        ValueError: The kind is unknown, or a number is out of range.
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
        """Return whether the fault is for this method and operation."""
        return self.method in (None, method) and self.operation in (None, operation_id)


@attrs.define
class _FaultProgress:
    """A fault with the numbers of its matching and its failed requests."""

    fault: Fault
    matched: int = 0
    applied: int = 0

    def count_match(self, rng: random.Random) -> bool:
        """Count a matching request; return whether the fault applies to it."""
        fault = self.fault
        self.matched += 1
        if self.matched <= fault.after:
            return False
        if fault.times is not None and self.applied >= fault.times:
            return False
        return fault.probability >= 1 or rng.random() < fault.probability


class FaultPlan:
    """The faults of a sandbox. If several apply to a request, the first one is used."""

    def __init__(self, faults: Iterable[Fault], rng: random.Random) -> None:
        self._progress = [_FaultProgress(fault) for fault in faults]
        self._rng = rng

    def pick(self, method: str, operation_id: str) -> Fault | None:
        """Return the fault for a request, or None."""
        matching = [p for p in self._progress if p.fault.matches(method, operation_id)]
        applicable = [progress for progress in matching if progress.count_match(self._rng)]
        if not applicable:
            return None
        applicable[0].applied += 1
        return applicable[0].fault
