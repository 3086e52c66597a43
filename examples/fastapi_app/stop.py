"""Streams that end when the server is told to: it would wait for them otherwise, and cut them off.

Servers tell an app of their end only after the last answer, so the signal is listened to here too.
"""

from __future__ import annotations

import asyncio
import signal
import threading
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from types import FrameType
from typing import TypeVar

import anyio

T = TypeVar("T")


class Stop:
    """Whether this worker is told to stop, and the steps that are given up when it is."""

    def __init__(self) -> None:
        self.told = False
        self._steps = set[anyio.CancelScope]()

    def tell(self) -> None:
        """Give up every step that waits."""
        self.told = True
        for step in self._steps:
            step.cancel()

    async def unless_told(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Take a step of a stream; None when it is given up."""
        with anyio.CancelScope() as scope:
            if self.told:
                return None
            self._steps.add(scope)
            try:
                return await step()
            finally:
                self._steps.discard(scope)
        return None

    @contextmanager
    def on_sigterm(self) -> Generator[None]:
        """Be told by the signal that tells the server, which is told all the same."""
        if threading.current_thread() is not threading.main_thread():
            yield  # a test client's thread: no signal comes here
            return
        loop, server = asyncio.get_running_loop(), signal.getsignal(signal.SIGTERM)

        def tell_both(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.tell)
            if callable(server):
                server(number, frame)

        signal.signal(signal.SIGTERM, tell_both)
        try:
            yield
        finally:
            signal.signal(signal.SIGTERM, server)
