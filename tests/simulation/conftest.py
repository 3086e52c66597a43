"""Fixtures of the simulation: waits cost no time here, so they keep their length."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from tests.simulation import virtual


@pytest.fixture(autouse=True)
def quick_back_off() -> None:
    """Replace the fixture of all tests that shortens waits."""


@pytest.fixture(autouse=True)
def virtual_time() -> Iterator[None]:
    """Replace the clocks of the facade, and drop its log: every history has faults."""
    logging.disable(logging.CRITICAL)
    with virtual.virtual_time():
        yield
    logging.disable(logging.NOTSET)
