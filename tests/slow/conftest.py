"""Fixtures of the chaos suite: waits are scaled, nothing else is."""

from __future__ import annotations

import pytest

from autoleap._bulk import delivery


@pytest.fixture(autouse=True)
def quick_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look twice after a lost answer as ever, but a twentieth of a second apart."""
    monkeypatch.setattr(delivery, "LOOKUP_DELAY", 0.05)
