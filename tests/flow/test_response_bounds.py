"""A response has a largest size and a longest time, whatever the server sends."""

from __future__ import annotations

import gzip
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator

import anyio
import anyio.lowlevel
import httpx
import pytest

from autoleap import (
    APITimeoutError,
    AutoLeap,
    AutoLeapError,
    OutcomeUnknownError,
    ResponseDecodeError,
    ResponseTooLargeError,
    ServerError,
)
from tests.helpers.hostile_server import Chunks, RawRequest, hostile_server, respond_with
from tests.helpers.waiting import HANG, until

pytestmark = pytest.mark.anyio

LIMIT = 100_000
MORE_THAN_CONNECTIONS = 120  # a client has 100
CLOSE = "Connection: close\r\n"
PROFILE = {"success": True, "data": {"partnerId": "1"}}


def endless(
    status: str = "200 OK", start: bytes = b"", part: bytes = b" " * 1000, headers: str = ""
) -> Callable[[RawRequest], Chunks]:
    """A response whose body has no end."""

    def respond(request: RawRequest) -> Iterator[bytes]:
        yield respond_with(start, status, headers, length=False)
        while True:
            yield part

    return respond


def slow(request: RawRequest) -> Iterator[bytes]:
    """A response of one byte every 50 ms, without end."""
    yield respond_with(b"", length=False)
    while True:
        time.sleep(0.05)
        yield b" "


def slow_head(request: RawRequest) -> Iterator[bytes]:
    """A response whose headers have no end."""
    yield b"HTTP/1.1 200 OK\r\nX-Long: "
    while True:
        time.sleep(0.05)
        yield b"a"


ZIPPED = "Content-Encoding: gzip\r\n"
BOMB = respond_with(gzip.compress(b" " * 50 * LIMIT), headers=ZIPPED)


@pytest.mark.parametrize(
    "respond",
    [
        endless(),
        endless(start=gzip.compress(b"{}"), headers=ZIPPED),
        lambda request: iter([BOMB]),
        lambda request: iter([respond_with(b"[" + b" " * LIMIT + b"]")]),
    ],
    ids=["endless", "endless after the end of its gzip data", "gzip bomb", "two bytes too many"],
)
async def test_a_response_of_more_bytes_than_allowed_is_an_error_and_its_connection_is_closed(
    respond: Callable[[RawRequest], Chunks],
) -> None:
    with hostile_server(respond) as server:
        async with server.client(max_response_bytes=LIMIT, max_retries=4) as client:
            with anyio.fail_after(HANG), pytest.raises(ResponseTooLargeError) as caught:
                await client.profile()
        assert "larger than 100,000 bytes (max_response_bytes)" in str(caught.value)
        assert (caught.value.status, caught.value.attempts) == (200, 1)


async def test_the_largest_response_that_is_allowed_is_read() -> None:
    body = json.dumps(PROFILE).encode()
    responses = [respond_with(body), respond_with(gzip.compress(body), headers=ZIPPED)]
    with hostile_server(lambda request: iter([responses[len(server.requests) % 2]])) as server:
        async with server.client(max_response_bytes=len(body) + 100) as client:
            for _ in range(2):
                assert (await client.profile()).partner_id == "1"
        async with server.client(max_response_bytes=len(body) - 1) as client:
            for _ in range(2):
                with pytest.raises(ResponseTooLargeError):
                    await client.profile()


async def test_a_client_sends_on_after_more_endless_responses_than_it_has_connections() -> None:
    def respond(request: RawRequest) -> Iterator[bytes]:
        if len(server.of("/profile")) <= MORE_THAN_CONNECTIONS:
            return endless(part=b" " * LIMIT)(request)
        return iter([respond_with(PROFILE)])

    with hostile_server(respond) as server:
        async with server.client(max_response_bytes=LIMIT) as client:
            for _ in range(MORE_THAN_CONNECTIONS):
                with pytest.raises(ResponseTooLargeError):
                    await client.profile()
            with anyio.fail_after(HANG):
                assert (await client.profile()).partner_id == "1"
        await until(server.hung_up.is_set)


async def test_a_refusal_without_end_is_still_the_error_of_its_status() -> None:
    with hostile_server(endless("500 no", b"it is broken ")) as server:
        async with server.client(max_response_bytes=LIMIT) as client:
            with anyio.fail_after(HANG), pytest.raises(ServerError) as caught:
                await client.profile()
    assert "it is broken" in str(caught.value)
    assert "larger than 100,000 bytes" in str(caught.value)
    assert (caught.value.body or "").startswith("it is broken")
    assert len(caught.value.body or "") < 5000


@pytest.mark.parametrize("respond", [slow, slow_head], ids=["body", "head"])
async def test_a_response_that_takes_longer_than_the_total_timeout_ends_the_attempt(
    respond: Callable[[RawRequest], Chunks],
) -> None:
    with hostile_server(respond) as server:
        async with server.client(total_timeout=0.4, max_retries=1) as client:
            with anyio.fail_after(HANG), pytest.raises(APITimeoutError) as caught:
                await client.profile()
            assert "not complete after 0.4 seconds" in str(caught.value)
            assert caught.value.attempts == len(server.of("/profile")) == 2
            shop = client.company("1")
            with anyio.fail_after(HANG), pytest.raises(OutcomeUnknownError):
                await shop.appointment_requests.create({"language": "EN"})
        await until(server.hung_up.is_set)


async def test_the_total_timeout_is_five_times_the_timeout_unless_it_is_given() -> None:
    with hostile_server(slow) as server:
        async with server.client(timeout=0.2) as client:
            with anyio.fail_after(HANG), pytest.raises(APITimeoutError, match="after 1 seconds"):
                await client.profile()


async def test_a_login_that_never_ends_is_an_error_too() -> None:
    with hostile_server(slow, login=slow) as server:
        async with server.client(total_timeout=0.3) as client:
            with anyio.fail_after(HANG), pytest.raises(OutcomeUnknownError):
                await client.profile()
        async with server.client(max_response_bytes=20) as client:
            with anyio.fail_after(HANG), pytest.raises(ResponseTooLargeError):
                await client.profile()


async def test_the_wait_for_a_free_connection_does_not_count() -> None:
    def respond(request: RawRequest) -> Iterator[bytes]:
        time.sleep(0.25)
        yield respond_with(PROFILE)

    transport = httpx.AsyncHTTPTransport(limits=httpx.Limits(max_connections=1))
    with hostile_server(respond) as server:
        client = server.client(http_transport=transport, total_timeout=2.0)
        async with client, anyio.create_task_group() as tasks:
            for _ in range(11):
                tasks.start_soon(client.profile)
    assert len(server.of("/profile")) == 11


async def test_a_caller_that_is_cancelled_in_a_slow_response_leaves_no_connection() -> None:
    with hostile_server(slow) as server:
        async with server.client() as client:
            await client.login()
            with anyio.move_on_after(0.3) as scope:
                await client.profile()
            assert scope.cancelled_caught
            await until(server.hung_up.is_set)


@pytest.mark.asyncio_only
async def test_more_json_values_than_allowed_are_an_error_before_they_are_parsed() -> None:
    content = b'{"content": [' + b"[]," * 500_000 + b"[]]}"
    with hostile_server(lambda request: iter([respond_with(content)])) as server:
        async with server.client() as client:
            with pytest.raises(ResponseTooLargeError, match="more than 1,000,000 JSON values"):
                await client.company("1").customers.list().first()


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("gzip", b"no gzip"),
        ("gzip", gzip.compress(b'{"success": true}' * 100)[:-30]),
        ("br", b"{}"),
        ("gzip, gzip", gzip.compress(gzip.compress(b"{}"))),
    ],
    ids=["no gzip", "cut", "br", "twice"],
)
async def test_a_response_that_cannot_be_decompressed_is_a_response_that_cannot_be_read(
    encoding: str, content: bytes
) -> None:
    response = respond_with(content, headers=f"Content-Encoding: {encoding}\r\n")
    with hostile_server(lambda request: iter([response])) as server:
        async with server.client(max_retries=4) as client:
            with pytest.raises(ResponseDecodeError, match=r"gzip") as caught:
                await client.profile()
    assert (caught.value.status, caught.value.attempts) == (200, 1)


@pytest.mark.asyncio_only
async def test_a_transport_of_the_caller_has_the_same_bounds() -> None:
    async def body() -> AsyncIterator[bytes]:
        while True:
            await anyio.lowlevel.checkpoint()
            yield b" " * 1000

    def respond(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, content=body())

    transport = httpx.MockTransport(respond)
    async with AutoLeap("p", "k", http_transport=transport, max_response_bytes=LIMIT) as client:
        with anyio.fail_after(HANG), pytest.raises(AutoLeapError) as caught:
            await client.login()
    assert isinstance(caught.value, ResponseTooLargeError)
