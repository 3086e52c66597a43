"""What the tests of the sandbox share."""

from collections.abc import Callable

import httpx

from autoleap.sandbox import Sandbox

Open = Callable[[Sandbox], httpx.Client]
"""Opens a client of a sandbox; it is closed when the test ends."""


class MovableClock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += seconds
