"""Response that streams server-sent events, and survives a client that hangs up.

FastAPI's own `EventSourceResponse` raises an error if its client hangs up while events wait to be
sent (seen with fastapi 0.165). Here one task makes and sends the events, so that none waits.
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing

import anyio
from anyio.lowlevel import checkpoint
from fastapi.responses import StreamingResponse
from starlette.types import Message, Send

# Seconds between two comments, which keep proxies from closing a stream without events.
PING_INTERVAL = 15


def format_event(event: str, data: object) -> bytes:
    """Return a server-sent event with JSON data."""
    return f"event: {event}\ndata: {json.dumps(data)}\n\n".encode()


class EventStream(StreamingResponse):
    """A stream of server-sent events; the events end when the client hangs up.

    Args:
        events: The formatted events.
    """

    media_type = "text/event-stream"

    def __init__(self, events: AsyncGenerator[bytes]) -> None:
        super().__init__(events, headers={"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})
        self._events = events

    async def stream_response(self, send: Send) -> None:
        """Send the events, and comments between them."""

        async def send_and_yield(message: Message) -> None:
            await send(message)
            # Without a checkpoint, events that are made fast keep the server from noticing that the
            # client has hung up.
            await checkpoint()

        async with aclosing(self._events), anyio.create_task_group() as tasks:
            tasks.start_soon(self._ping, send)
            await super().stream_response(send_and_yield)
            tasks.cancel_scope.cancel()

    async def _ping(self, send: Send) -> None:
        while True:
            await anyio.sleep(PING_INTERVAL)
            await send({"type": "http.response.body", "body": b": ping\n\n", "more_body": True})
