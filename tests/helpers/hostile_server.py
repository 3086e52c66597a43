"""A server on a raw socket: it sends exactly the bytes that a test gives it, over real HTTP."""

from __future__ import annotations

import json
import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import TypeAlias

from attrs import define, field

from autoleap import AutoLeap, RateLimits

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)
KEY = "partner-key-7f3a91"
ACCESS, REFRESH = "acc3ss-t0ken-44c1", "r3fresh-t0ken-9d20"
TOKENS = {"success": True, "data": {"accessToken": ACCESS, "refreshToken": REFRESH}}


@define
class RawRequest:
    """A request as it arrived.

    Attributes:
        method, path: From the first line; the path includes the query.
        text: The whole request, head and body.
    """

    method: str
    path: str
    text: str


Chunks: TypeAlias = Iterator[bytes]
Respond: TypeAlias = Callable[[RawRequest], Chunks]


@define
class HostileServer:
    """A running server.

    Attributes:
        url: Its base URL.
        requests: What arrived, logins included.
        hung_up: Set when a client has closed its connection before the last byte.
    """

    url: str = ""
    requests: list[RawRequest] = field(factory=list[RawRequest])
    hung_up: threading.Event = field(factory=threading.Event)

    def client(self, **options: object) -> AutoLeap:
        """Return a client of this server, without retries unless the test gives them."""
        chosen: dict[str, object] = {"max_retries": 0, "limits": UNLIMITED, **options}
        return AutoLeap("partner-1", KEY, base_url=self.url, **chosen)  # type: ignore[arg-type]

    def of(self, path: str) -> list[RawRequest]:
        """Return the requests of one path."""
        return [request for request in self.requests if request.path.split("?")[0].endswith(path)]


def respond_with(
    body: bytes | object, status: str = "200 OK", headers: str = "", *, length: bool = True
) -> bytes:
    """Return a response as bytes; a body that is not bytes is sent as JSON."""
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    framing = f"Content-Length: {len(content)}\r\n" if length else "Connection: close\r\n"
    return f"HTTP/1.1 {status}\r\n{framing}{headers}\r\n".encode("latin-1") + content


@contextmanager
def hostile_server(respond: Respond, *, login: Respond | None = None) -> Iterator[HostileServer]:
    """Serve on a free port of this machine.

    Args:
        respond: Returns the bytes of a response, part by part.
        login: The same for logins; by default they succeed.
    """
    running = HostileServer()

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                is_open = True
                while is_open and (request := _read_request(self.rfile)):
                    running.requests.append(request)
                    is_open = _send(self.connection, choose(request), running)

    def choose(request: RawRequest) -> Chunks:
        if request.path.endswith("/login"):
            return login(request) if login else iter([respond_with(TOKENS)])
        return respond(request)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address, daemon_threads = True, True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        running.url = f"http://127.0.0.1:{server.server_address[1]}/v2"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            server.shutdown()
            thread.join()


def _send(connection: socket.socket, chunks: Chunks, running: HostileServer) -> bool:
    """Send a response; return whether the connection stays open."""
    stays_open = True
    try:
        for chunk in chunks:
            stays_open = stays_open and b"\r\nConnection: close\r\n" not in chunk
            connection.sendall(chunk)
    except OSError:
        running.hung_up.set()
        raise
    return stays_open


def _read_request(stream: object) -> RawRequest | None:
    readline, read = stream.readline, stream.read  # type: ignore[attr-defined]  # a socket file
    head = b""
    while line := readline():
        head += line
        if line == b"\r\n":
            break
    if not head:
        return None
    length = 0
    for line in head.decode("latin-1").lower().split("\r\n"):
        if line.startswith("content-length:"):
            length = int(line.partition(":")[2])
    text = (head + read(length)).decode("latin-1")
    method, path, _ = text.split(" ", 2)
    return RawRequest(method, path, text)
