"""Send one request and read its response, within a time and a number of bytes."""

from __future__ import annotations

import math
from functools import partial

import anyio
import httpx

from .bodies import BodyCollector, ObservedStream
from .connect_shield import ConnectShield
from .responses import ApiResponse

# Bytes that are kept of the body of a refusal: more than a message needs.
MAX_REFUSAL_BYTES = 64 * 1024

# httpx writes the reason phrase to its log, and it is text of the server.
REASON_PHRASE = "reason_phrase"


async def exchange(
    transport: httpx.AsyncBaseTransport,
    request: httpx.Request,
    *,
    total_timeout: float,
    max_bytes: int,
) -> ApiResponse | httpx.RequestError:
    """Return the response to a request with its body, or the error instead of it.

    Args:
        transport: Opens the sockets.
        request: The request.
        total_timeout: Seconds from the sending of the request to the last byte of the response.
            The timeouts of httpx bound the connecting before it.
        max_bytes: The largest size of the body, before and after decoding.
    """
    raw: httpx.Response | None = None
    body: BodyCollector | None = None
    with anyio.CancelScope() as scope:
        if isinstance(request.stream, httpx.AsyncByteStream):
            start_clock = partial(_set_deadline, scope, total_timeout)
            request.stream = ObservedStream(request.stream, start_clock)
        request.extensions = {**request.extensions, "trace": ConnectShield(scope)}
        try:
            raw = await transport.handle_async_request(request)
            body = BodyCollector(raw.headers.get("Content-Encoding", ""), max_bytes)
            await _collect(raw, body, scope)
        except httpx.RequestError as error:
            if body is None or body.error is None:
                return error
        except UnicodeError:
            if scope.deadline < math.inf:
                raise  # of a transport of the caller, after the start of the sending
            # The name resolution encodes the host name before it opens a connection.
            return httpx.ConnectError("the host name is not valid")
    if raw is not None and body is not None and (body.complete or body.error is not None):
        return _build_response(raw, body)
    return httpx.ReadTimeout(f"the response is not complete after {total_timeout:g} seconds")


def _set_deadline(scope: anyio.CancelScope, seconds: float) -> None:
    scope.deadline = anyio.current_time() + seconds


async def _collect(raw: httpx.Response, body: BodyCollector, scope: anyio.CancelScope) -> None:
    """Read a body to its end, or until it cannot be read."""
    if not isinstance(raw.stream, httpx.AsyncByteStream):
        raise TypeError("http_transport is not an async transport")
    try:
        async for data in raw.stream:
            if body.error is None:
                body.add(data)
            if body.error is not None:
                # A cancelled read ends the generators of httpcore and closes the connection. After
                # a `break`, trio would warn of unfinished generators.
                scope.cancel()
        body.finish()
    finally:
        await raw.aclose()


def _build_response(raw: httpx.Response, body: BodyCollector) -> ApiResponse:
    # The body is decoded now, so the response has no encoding any more.
    headers = [pair for pair in raw.headers.raw if pair[0].lower() != b"content-encoding"]
    extensions = {name: raw.extensions[name] for name in raw.extensions if name != REASON_PHRASE}
    response = ApiResponse(
        raw.status_code,
        headers=headers,
        content=body.content(None if raw.is_success else MAX_REFUSAL_BYTES),
        extensions=extensions,
    )
    response.unreadable = body.error
    return response
