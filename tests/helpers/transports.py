"""HTTP transports that a test controls by events and counts instead of by time."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import anyio
import httpx


class GatedTransport(httpx.AsyncHTTPTransport):
    """Sends as usual, but holds the requests of one operation at a gate.

    Attributes:
        reached: Set when the first request is at the gate.
        opened: The test sets it, and every request passes from then on.
    """

    def __init__(
        self, method: str, path: str, *, after_server: bool = False, passing: int = 0
    ) -> None:
        """Hold requests of this method whose path ends so.

        Args:
            after_server: Hold the response, after the server has acted on the request.
            passing: Number of requests that pass before the gate closes.
        """
        super().__init__()
        self._method, self._path, self._after_server = method, path, after_server
        self._passing = passing
        self.reached, self.opened = anyio.Event(), anyio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not (request.method == self._method and request.url.path.endswith(self._path)):
            return await super().handle_async_request(request)
        if self._passing:
            self._passing -= 1
            return await super().handle_async_request(request)
        if self._after_server:
            response = await super().handle_async_request(request)
            await self._wait_at_gate()
            return response
        await self._wait_at_gate()
        return await super().handle_async_request(request)

    async def _wait_at_gate(self) -> None:
        self.reached.set()
        await self.opened.wait()


class CountingTransport(httpx.AsyncHTTPTransport):
    """Counts the requests of one operation that run at the same time.

    The first of them wait until the expected count is reached: a slow machine reaches it too.

    Attributes:
        most: The highest count.
    """

    def __init__(self, method: str, path: str, *, expected: int) -> None:
        super().__init__()
        self._method, self._path = method, path
        self._expected, self._full = expected, anyio.Event()
        self._running = self.most = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not (request.method == self._method and request.url.path.endswith(self._path)):
            return await super().handle_async_request(request)
        self._running += 1
        self.most = max(self.most, self._running)
        if self._running == self._expected:
            self._full.set()
        try:
            await self._full.wait()
            return await super().handle_async_request(request)
        finally:
            self._running -= 1


async def cancel_when(event: anyio.Event, call: Callable[[], Coroutine[Any, Any, object]]) -> bool:
    """Cancel a call when an event is set; return whether the call was still running."""
    with anyio.CancelScope() as scope:
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(call)
            await event.wait()
            scope.cancel()
    return scope.cancelled_caught
