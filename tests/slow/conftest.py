"""Marks every test of this folder as slow, and scales the waits of its imports."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoleap._bulk import delivery


FOLDER = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests of this folder."""
    for item in items:
        if item.path.is_relative_to(FOLDER):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def quick_second_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look twice after a lost answer as ever, but a twentieth of a second apart."""
    monkeypatch.setattr(delivery, "LOOKUP_DELAY", 0.05)
