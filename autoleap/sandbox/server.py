"""The HTTP server of the sandbox: uvicorn in a thread with its own event loop."""

import asyncio
import ipaddress
import os
import socket
import threading
from contextlib import suppress
from typing import TYPE_CHECKING

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_KEEP_ALIVE_SECONDS = 75
_TICK_SECONDS = 0.1
_SHUTDOWN_SECONDS = 5


class _TransportProtocol(H11Protocol):
    """HTTP/1.1 with the transport of the connection in `scope["state"]`.

    A fault that closes the connection needs the transport. In ASGI a server passes such objects
    to its application in `scope["state"]`.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that signals its start and stops at once on request of another thread.

    uvicorn's own loop checks every tenth of a second whether it must stop. Then it waits for its
    clients. Tests start and stop hundreds of sandboxes, and a hanging response must not delay them.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stop_requested = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def serve_on(self, listener: socket.socket) -> None:
        """Serve on a socket until a stop is requested. This runs in its own thread."""
        try:
            with listener:
                asyncio.run(self.serve(sockets=[listener]))
        finally:
            self._loop = None
            self.ready.set()

    def request_stop(self) -> None:
        """Request a stop. Another thread calls this."""
        loop = self._loop
        if loop is not None:
            loop.call_soon_threadsafe(self._stop_requested.set)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        ticks = 0
        while not self._stop_requested.is_set():
            await self.on_tick(ticks)
            ticks += 1
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stop_requested.wait(), _TICK_SECONDS)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        # The open requests receive the disconnect in the next iteration of the loop.
        await asyncio.sleep(0)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_SHUTDOWN_SECONDS)


class ServerThread:
    """A thread that serves an ASGI application on a loopback address.

    Args:
        app: The application.
        host: A loopback address or "localhost".
        port: The port. 0 selects a free port.
        sends_date: Whether the server adds the header `Date`. Otherwise the application does.

    Raises:
        ValueError: `host` is not a loopback address.
    """

    def __init__(self, app: "ASGIApp", host: str, port: int, *, sends_date: bool = True) -> None:
        if not _is_loopback(host):
            raise ValueError(f"host must be a loopback address such as 127.0.0.1, not {host!r}")
        self._app = app
        self._host = host
        self._port = port
        self._sends_date = sends_date
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._origin: str | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port of the present or the last run.

        Raises:
            RuntimeError: The server was never started.
        """
        if self._origin is None:
            raise RuntimeError("the sandbox is not running; use it with `with` or `async with`")
        return self._origin

    def start(self) -> None:
        """Start the server and return when it accepts connections.

        Raises:
            RuntimeError: The server is already running, or it could not start.
            OSError: The port is in use.
        """
        if self._thread is not None:
            raise RuntimeError("the sandbox is already running")
        listener = _bind_socket(self._host, self._port)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._origin = f"http://{host}:{listener.getsockname()[1]}"
        self._server = _Server(_build_config(self._app, sends_date=self._sends_date))
        self._thread = threading.Thread(
            target=self._server.serve_on, args=(listener,), name="autoleap-sandbox", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            self.stop()
            raise RuntimeError(
                "the sandbox could not start; the reason is in the traceback of its thread"
            )

    def stop(self) -> None:
        """Close all connections, stop the server and join its thread. It may be stopped already."""
        if self._thread is None or self._server is None:
            return
        self._server.request_stop()
        self._thread.join()
        self._thread = self._server = None


def _build_config(app: "ASGIApp", *, sends_date: bool) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_TransportProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=None,
        server_header=False,
        date_header=sends_date,
        proxy_headers=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _bind_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio disables Nagle's algorithm only if the socket names TCP as its protocol.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(2048)
    except BaseException:
        listener.close()
        raise
    return listener
