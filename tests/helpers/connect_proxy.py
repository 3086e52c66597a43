"""A real CONNECT proxy on loopback, and a TLS server behind it that passes on to a sandbox."""

from __future__ import annotations

import asyncio
import base64
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import urlsplit

from attrs import define, field

# The proxy alone knows this name, so a request that arrives has passed the proxy.
HOST = "partnerapi.invalid"
BASE_URL = f"https://{HOST}/v2"


@define
class ConnectProxy:
    """What a proxy does, and what it has seen.

    Attributes:
        sandbox_url: Where the requests for `HOST` go.
        context: TLS of the server behind the proxy.
        credentials: "user:password" that a client must send; "" for none.
        refusals: Status lines for the next CONNECT requests, instead of a connection.
        port: The port of the proxy.
        heads: Every head that arrived, with its first line and its headers.
    """

    sandbox_url: str
    context: ssl.SSLContext
    credentials: str = ""
    refusals: list[str] = field(factory=list[str])
    port: int = 0
    heads: list[str] = field(factory=list[str])
    _tls_port: int = 0

    @property
    def url(self) -> str:
        """The URL for a client, with the credentials."""
        return f"http://{self.credentials}@127.0.0.1:{self.port}".replace("//@", "//")

    @property
    def targets(self) -> list[str]:
        """The targets of all requests."""
        return [head.split()[1] for head in self.heads]

    async def serve(self, ready: threading.Event, stop: asyncio.Event) -> None:
        """Serve until the event is set."""
        behind = await asyncio.start_server(self._pass_on, "127.0.0.1", 0, ssl=self.context)
        proxy = await asyncio.start_server(self._connect, "127.0.0.1", 0)
        self.port = proxy.sockets[0].getsockname()[1]
        self._tls_port = behind.sockets[0].getsockname()[1]
        async with behind, proxy:
            ready.set()
            await stop.wait()

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.heads.append(head)
            refusal = self._refusal(head)
            status = refusal or "200 Connection established"
            writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
            if not refusal:
                await _pipe_both(reader, writer, self._tls_port)
        writer.close()

    def _refusal(self, head: str) -> str:
        expected = base64.b64encode(self.credentials.encode()).decode()
        if self.credentials and f"Proxy-Authorization: Basic {expected}\r\n" not in head:
            return "407 Proxy Authentication Required"
        if self.refusals:
            return self.refusals.pop(0)
        return "" if head.startswith(f"CONNECT {HOST}:443 ") else "502 Unknown host"

    async def _pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.CancelledError):
            await _pipe_both(reader, writer, urlsplit(self.sandbox_url).port or 80)
        writer.close()


async def _pipe_both(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int) -> None:
    behind_reader, behind_writer = await asyncio.open_connection("127.0.0.1", port)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(_pipe(reader, behind_writer))
        tasks.create_task(_pipe(behind_reader, writer))


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        with suppress(OSError):
            while data := await reader.read(65536):
                writer.write(data)
                await writer.drain()
    finally:
        writer.close()


@contextmanager
def connect_proxy(proxy: ConnectProxy) -> Iterator[ConnectProxy]:
    """Run a proxy in a thread with its own event loop."""
    ready, stop = threading.Event(), asyncio.Event()
    loops: list[asyncio.AbstractEventLoop] = []

    async def main() -> None:
        loops.append(asyncio.get_running_loop())
        await proxy.serve(ready, stop)

    thread = threading.Thread(target=lambda: asyncio.run(main()))
    thread.start()
    try:
        assert ready.wait(30)
        yield proxy
    finally:
        loops[0].call_soon_threadsafe(stop.set)
        thread.join()
