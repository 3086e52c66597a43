"""Shorter waits for tests over real HTTP; what decides about the waits is not changed."""

from __future__ import annotations

import pytest

from autoleap._bulk import absence, audit, objection, settlement
from autoleap._transport import retry_policy

# The sandbox works on no request after its end, so a short quiet period is safe.
SCALE = 0.02
WAITS = {
    absence: (
        "MIN_QUIET",
        "LOOK_INTERVAL",
        "CANARY_AGE",
        "CANARY_AGE_WITHOUT_WITNESS",
        "DEADLINE_MAX",
        "MAX_DOUBT",
        "WIDEN_AGE",
    ),
    objection: ("EXCUSE_AGE",),
    audit: ("AUDIT_DELAY", "AUDIT_INTERVAL", "AUDIT_PATIENCE", "UNKNOWN_LAG"),
    settlement: ("LOOK_INTERVAL", "FIRST_LOOK", "AFTER_WITNESS"),
}


def shorten_waits(patch: pytest.MonkeyPatch) -> None:
    """Shorten the waits between attempts, and the waits until a doubtful record is settled."""
    patch.setattr(retry_policy, "BACKOFF_BASE", 0.01)
    patch.setattr(retry_policy, "BACKOFF_BASE_RATE_LIMITED", 0.01)
    patch.setattr(retry_policy, "BACKOFF_MAX", 0.2)
    for module, names in WAITS.items():
        for name in names:
            patch.setattr(module, name, SCALE * getattr(module, name))
