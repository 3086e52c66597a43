"""Both event loops with a clock that jumps to the next deadline when every task waits.

The work must use neither threads nor the network: the clock would not wait for them.
"""

from __future__ import annotations

import asyncio
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import anyio
import trio.testing

T = TypeVar("T")


class _JumpingSelector(selectors.DefaultSelector):
    """Lets time pass instead of waiting for files."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0)
        if not events:
            if timeout is None:
                raise RuntimeError("every task waits for ever")
            self.now += timeout
        return events


class _JumpingLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


def run_virtually(work: Callable[[], Awaitable[T]], backend: str) -> T:
    """Run some work in virtual time."""
    options: dict[str, Any] = {"loop_factory": _JumpingLoop}
    if backend == "trio":
        options = {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return anyio.run(work, backend=backend, backend_options=options)
