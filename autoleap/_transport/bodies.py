"""Bodies of requests and responses: one chunk to send, a bounded number of bytes to keep."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator, Callable

import httpx
from attrs import define

from ..errors import ResponseDecodeError, ResponseTooLargeError

# Bytes that one step of decompression produces at most.
INFLATE_STEP = 1024 * 1024

# The value of `wbits` with which zlib reads the gzip format.
_GZIP = 31


class BytesStream(httpx.AsyncByteStream):
    """A request body in one chunk.

    httpx's own stream is an async generator. A cancelled request leaves it unfinished, and trio
    warns of that.
    """

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __aiter__(self) -> AsyncIterator[bytes]:
        return _SingleChunkIterator(self._content)


@define
class _SingleChunkIterator(AsyncIterator[bytes]):
    _content: bytes | None

    async def __anext__(self) -> bytes:
        content, self._content = self._content, None
        if content is None:
            raise StopAsyncIteration
        return content


class ObservedStream(httpx.AsyncByteStream):
    """A request body that reports when its sending starts.

    Args:
        inner: The body.
        on_start: Is called before the first byte is sent.
    """

    def __init__(self, inner: httpx.AsyncByteStream, on_start: Callable[[], None]) -> None:
        self._inner, self._on_start = inner, on_start

    def __aiter__(self) -> AsyncIterator[bytes]:
        self._on_start()
        return aiter(self._inner)


class BodyCollector:
    """Decodes a response body and keeps it, up to a number of bytes.

    Args:
        encoding: The Content-Encoding of the response, "" for none.
        max_bytes: The largest size, before and after decoding.

    Attributes:
        error: Why the body cannot be read, or None.
        complete: Whether the whole body was read.
    """

    def __init__(self, encoding: str, max_bytes: int) -> None:
        self.error: ResponseDecodeError | None = None
        self.complete = False
        self._max_bytes = max_bytes
        self._received = self._kept = 0
        self._parts: list[bytes] = []
        encoding = encoding.strip().lower()
        self._inflater = zlib.decompressobj(_GZIP) if encoding == "gzip" else None
        if encoding not in {"", "identity", "gzip"}:
            self.error = ResponseDecodeError("the response has another Content-Encoding than gzip")

    def add(self, data: bytes) -> None:
        """Add bytes as they were received."""
        # A response can go on without end after its gzip data, so both sizes are checked.
        self._received += len(data)
        if not self._has_room(self._received):
            return
        if self._inflater is None:
            self._keep(data)
        else:
            self._inflate(data)

    def finish(self) -> None:
        """Check the body after its last byte."""
        if self._inflater is not None and self._received and self.error is None:
            self._keep(self._inflater.flush())
            if not self._inflater.eof:
                self.error = ResponseDecodeError("the gzip data of the response is not complete")
        self.complete = True

    def content(self, max_bytes: int | None = None) -> bytes:
        """Return the body, or its start."""
        whole = b"".join(self._parts)
        return whole if max_bytes is None else whole[:max_bytes]

    def _inflate(self, data: bytes) -> None:
        inflater = self._inflater
        while inflater is not None and data and not inflater.eof and self.error is None:
            try:
                self._keep(inflater.decompress(data, INFLATE_STEP))
            except zlib.error as error:
                self.error = ResponseDecodeError(f"the response is not gzip: {error}")
            data = inflater.unconsumed_tail

    def _keep(self, data: bytes) -> None:
        self._kept += len(data)
        if data and self._has_room(self._kept):
            self._parts.append(data)

    def _has_room(self, size: int) -> bool:
        if size > self._max_bytes:
            # The start is enough for the message of an error.
            self._parts = self._parts[:1]
            self.error = ResponseTooLargeError(
                f"the response is larger than {self._max_bytes:,} bytes (max_response_bytes)"
            )
        return self.error is None
