"""Real HTTP: the sandbox's application served by uvicorn from a thread with its own event loop."""

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
    """HTTP/1.1 that tells the application which connection a request came on.

    A fault that cuts the connection needs the transport, and `scope["state"]` is the place ASGI
    has for what a server wants to hand to its application.
    """

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A uvicorn server that says when it is up, and ends at once when another thread says so.

    uvicorn's own loop looks every tenth of a second whether it shall end and then waits for its
    clients; tests start and stop hundreds of sandboxes, and a hanging answer must not hold them up.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = threading.Event()
        self._stop_requested = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def serve_on(self, listener: socket.socket) -> None:
        """Serve on a socket until ended; runs in a thread of its own."""
        try:
            with listener:
                asyncio.run(self.serve(sockets=[listener]))
        finally:
            self._loop = None
            self.ready.set()

    def request_stop(self) -> None:
        """Stop serving; called from another thread."""
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
        # The answers being worked on hear of it in the next round of the loop, and end.
        await asyncio.sleep(0)
        if self.server_state.tasks:
            await asyncio.wait(self.server_state.tasks, timeout=_SHUTDOWN_SECONDS)


class ServerThread:
    """Serves an ASGI application on a loopback address.

    Args:
        app: what to serve.
        host: a loopback address or "localhost".
        port: the port, or 0 for any free one.

    Raises:
        ValueError: `host` is not loopback.
    """

    def __init__(self, app: "ASGIApp", host: str, port: int) -> None:
        if not _is_loopback(host):
            raise ValueError(f"the sandbox serves only loopback addresses, not {host!r}")
        self._app = app
        self._host = host
        self._port = port
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._origin: str | None = None

    @property
    def origin(self) -> str:
        """Scheme, host and port it serves on, or served on last.

        Raises:
            RuntimeError: it was never started.
        """
        if self._origin is None:
            raise RuntimeError("the sandbox is not running; use it with `with` or `async with`")
        return self._origin

    def start(self) -> None:
        """Serve, and return once connections are accepted.

        Raises:
            RuntimeError: it is already running, or could not start.
            OSError: the port is taken.
        """
        if self._thread is not None:
            raise RuntimeError("the sandbox is already running")
        listener = _bind_socket(self._host, self._port)
        host = f"[{self._host}]" if ":" in self._host else self._host
        self._origin = f"http://{host}:{listener.getsockname()[1]}"
        self._server = _Server(_build_config(self._app))
        self._thread = threading.Thread(
            target=self._server.serve_on, args=(listener,), name="autoleap-sandbox", daemon=True
        )
        self._thread.start()
        self._server.ready.wait()
        if not self._server.started:
            self.stop()
            raise RuntimeError("the sandbox could not start; its thread has told why")

    def stop(self) -> None:
        """Close every connection, stop serving and join the thread; harmless when not running."""
        if self._thread is None or self._server is None:
            return
        self._server.request_stop()
        self._thread.join()
        self._thread = self._server = None


def _build_config(app: "ASGIApp") -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=_TransportProtocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level=None,
        server_header=False,
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
    # Named, because asyncio switches Nagle's algorithm off only where it sees that this is TCP.
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
