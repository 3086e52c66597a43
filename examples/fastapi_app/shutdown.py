"""End event streams early when the server shuts down, so that it does not have to cut them off.

uvicorn informs an app of the shutdown only after the last response. This module therefore watches
the signals itself. SIGTERM comes from a service manager, from gunicorn, and from uvicorn when it
reloads the code. SIGINT comes from Ctrl-C.
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

SIGNALS = (signal.SIGTERM, signal.SIGINT)


class Shutdown:
    """Shutdown of this worker.

    Attributes:
        requested: Whether the worker has to end.
    """

    def __init__(self) -> None:
        self.requested = False
        self._scopes = set[anyio.CancelScope]()

    def request(self) -> None:
        """Cancel every running step."""
        self.requested = True
        for scope in self._scopes:
            scope.cancel()

    async def run_step(self, step: Callable[[], Awaitable[T]]) -> T | None:
        """Run one step of a stream; return None if the shutdown cancels it."""
        with anyio.CancelScope() as scope:
            if self.requested:
                return None
            self._scopes.add(scope)
            try:
                return await step()
            finally:
                self._scopes.discard(scope)
        return None

    @contextmanager
    def watch_signals(self) -> Generator[None]:
        """Request the shutdown on a signal, and call the signal handler of the server too."""
        if threading.current_thread() is not threading.main_thread():
            yield  # Python delivers signals to the main thread only
            return
        loop = asyncio.get_running_loop()
        server_handlers = {number: signal.getsignal(number) for number in SIGNALS}

        def handle(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.request)
            server_handler = server_handlers[signal.Signals(number)]
            if callable(server_handler):
                server_handler(number, frame)

        for number in SIGNALS:
            signal.signal(number, handle)
        try:
            yield
        finally:
            for number, server_handler in server_handlers.items():
                signal.signal(number, server_handler)
