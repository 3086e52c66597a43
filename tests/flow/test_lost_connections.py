"""A call that is cancelled while its connection opens does not take the connection with it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeAlias

import anyio
import httpx
import pytest

from autoleap import AutoLeap
from autoleap.sandbox import Sandbox

pytestmark = pytest.mark.anyio

Trace: TypeAlias = Callable[[str, Mapping[str, object]], Awaitable[None]]


class CancellingTransport(httpx.AsyncHTTPTransport):
    """A transport with one connection, which is not kept. It calls `cancel` after an event."""

    def __init__(self) -> None:
        super().__init__(limits=httpx.Limits(max_connections=1, max_keepalive_connections=0))
        self.event = ""
        self.cancel: Callable[[], object] = lambda: None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        client_trace: Trace | None = request.extensions.get("trace")

        async def trace(event: str, info: Mapping[str, object]) -> None:
            if client_trace is not None:
                await client_trace(event, info)
            if event == self.event:
                self.cancel()

        request.extensions = {**request.extensions, "trace": trace}
        return await super().handle_async_request(request)


@pytest.mark.parametrize(
    "event",
    [
        "connection.connect_tcp.started",
        "connection.connect_tcp.complete",
        "http11.send_request_headers.started",
        "http11.send_request_body.complete",
        "http11.receive_response_headers.complete",
    ],
)
async def test_a_call_cancelled_at_any_step_of_its_connection_does_not_keep_it(event: str) -> None:
    transport = CancellingTransport()
    with Sandbox() as sandbox:
        key, url = sandbox.auth_key, sandbox.base_url
        client = AutoLeap(sandbox.partner_id, key, base_url=url, http_transport=transport)
        async with client:
            await client.login()
            in_flight = client._http._retry_transport._in_flight
            with anyio.CancelScope() as scope:

                def cancel() -> None:
                    # The cancellation of the caller reaches the task of its request a step later,
                    # which can be the step after the event.
                    scope.cancel()
                    for task in in_flight:
                        task.cancel()

                transport.event, transport.cancel = event, cancel
                await client.profile()
            assert scope.cancelled_caught
            transport.event = ""
            with anyio.fail_after(10):
                await client.profile()
            assert transport._pool._requests == []
