"""Delay a cancellation between the opening of a connection and its first use.

httpcore 1.0 loses a connection if its request is cancelled in between: no request uses it, the pool
never closes it, and it counts as open. After 100 of them a client would wait for ever.
"""

from __future__ import annotations

from collections.abc import Mapping

import anyio

# The events of httpcore after which a connection is open and not in use.
OPENED = (".connect_tcp.complete", ".start_tls.complete", ".setup_socks5_connection.complete")


class ConnectShield:
    """A trace of httpcore that shields a scope from the end of the connecting to the next event.

    The next event is the start of the TLS handshake or of the sending. If a request is cancelled
    there, httpcore closes its connection.

    Args:
        scope: A scope around the request.
    """

    def __init__(self, scope: anyio.CancelScope) -> None:
        self._scope = scope

    async def __call__(self, event: str, info: Mapping[str, object]) -> None:
        """Shield the scope after some events, and end the shield with any other event."""
        self._scope.shield = event.endswith(OPENED)
