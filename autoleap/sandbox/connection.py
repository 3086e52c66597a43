"""What can be done to a connection beside answering on it."""

import asyncio

import anyio
from starlette.types import Receive, Scope, Send

from autoleap.sandbox.http_messages import OutgoingResponse

TRANSPORT_KEY = "transport"
"""Where in `scope["state"]` the server puts the connection's transport."""


async def wait_for_disconnect(receive: Receive, *, within: float) -> bool:
    """Wait for the client to give up, and say whether it did so within these seconds.

    The body must have been read, so that nothing but a disconnect can arrive.
    """
    with anyio.move_on_after(within):
        while (await receive())["type"] != "http.disconnect":
            pass
        return True
    return False


async def abort_connection(scope: Scope, receive: Receive) -> None:
    """Close the connection without an answer."""
    _get_transport(scope).abort()
    await wait_for_disconnect(receive, within=1)


async def send_truncated(
    scope: Scope, receive: Receive, send: Send, answer: OutgoingResponse
) -> None:
    """Promise the whole body, send the first half, and close the connection."""
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    half = answer.content[: len(answer.content) // 2]
    await send({"type": "http.response.body", "body": half, "more_body": True})
    _get_transport(scope).close()
    await wait_for_disconnect(receive, within=1)


def _get_transport(scope: Scope) -> asyncio.Transport:
    transport = scope.get("state", {}).get(TRANSPORT_KEY)
    if not isinstance(transport, asyncio.Transport):
        raise ConnectionResetError("the sandbox cut the connection")
    return transport
