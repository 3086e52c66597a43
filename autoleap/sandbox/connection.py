"""Functions that wait for a disconnect, close a connection, or send half a response."""

import asyncio

import anyio
from starlette.types import Receive, Scope, Send

from autoleap.sandbox.http_messages import OutgoingResponse

TRANSPORT_KEY = "transport"
"""Key of the connection's transport in `scope["state"]`."""


async def wait_for_disconnect(receive: Receive, *, within: float) -> bool:
    """Wait for a disconnect; return whether the client disconnected within these seconds.

    The body must have been read before, so that only a disconnect can arrive.
    """
    with anyio.move_on_after(within):
        while (await receive())["type"] != "http.disconnect":
            pass
        return True
    return False


async def abort_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without a response."""
    _get_transport(scope).abort()
    await wait_for_disconnect(receive, within=1)


async def send_truncated(
    scope: Scope, receive: Receive, send: Send, response: OutgoingResponse
) -> None:
    """Announce the full length, send half of the body, and close the connection."""
    headers = [(name.encode(), value.encode()) for name, value in response.headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": headers})
    half = response.content[: len(response.content) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _get_transport(scope).close()
    await wait_for_disconnect(receive, within=1)


def _get_transport(scope: Scope) -> asyncio.Transport:
    transport = scope.get("state", {}).get(TRANSPORT_KEY)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("the sandbox closed the connection")
    return transport
