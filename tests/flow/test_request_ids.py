"""An error has what a support case needs: the request id, the body and the headers."""

from __future__ import annotations

import copy
import pickle

import pytest

from autoleap import (
    APIError,
    AttemptEvent,
    AuthenticationError,
    AutoLeapError,
    CallEvent,
    RejectedError,
    ResponseDecodeError,
    ServerError,
)
from autoleap._transport.responses import REQUEST_ID_HEADERS
from tests.helpers.hostile_server import hostile_server, respond_with

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

REFUSED = {"success": False, "error": "no such thing"}


@pytest.mark.parametrize("name", [*REQUEST_ID_HEADERS, "X-Request-ID", "CF-Ray"])
async def test_an_error_and_the_events_have_the_request_id_of_a_usual_header(name: str) -> None:
    response = respond_with(REFUSED, "500 no", f"{name}: id-4711\r\n")
    events: list[AttemptEvent | CallEvent] = []
    with hostile_server(lambda request: iter([response])) as server:
        async with server.client(on_event=events.append) as client:
            with pytest.raises(ServerError) as caught:
                await client.profile()
    assert caught.value.request_id == "id-4711"
    assert [event.request_id for event in events if event.path == "/partners/profile"] == [
        "id-4711",
        "id-4711",
    ]
    assert {event.request_id for event in events if event.path == "/partners/login"} == {None}


async def test_the_request_id_is_that_of_the_last_attempt() -> None:
    def number() -> int:
        return len(server.of("/profile"))

    with hostile_server(
        lambda request: iter([respond_with({}, "503 no", f"X-Request-Id: {number()}\r\n")])
    ) as server:
        async with server.client(max_retries=2) as client:
            with pytest.raises(ServerError) as caught:
                await client.profile()
    assert (caught.value.attempts, caught.value.request_id) == (3, "3")


@pytest.mark.parametrize("body", [{}, [], {"success": True}], ids=["object", "list", "no data"])
async def test_a_response_that_cannot_be_read_has_its_request_id_too(body: object) -> None:
    response = respond_with(body, headers="X-Request-Id: id-4711\r\n")
    with hostile_server(lambda request: iter([response])) as server:
        async with server.client() as client:
            with pytest.raises(ResponseDecodeError) as caught:
                await client.profile()
    assert caught.value.request_id == "id-4711"


@pytest.mark.parametrize(
    ("status", "kind"), [("500 no", ServerError), ("200 OK", RejectedError)], ids=["500", "200"]
)
async def test_a_refusal_has_the_body_and_the_headers_of_its_response(
    status: str, kind: type[APIError]
) -> None:
    headers = "X-Served-By: node-7\r\nX-Seen: a\r\nX-Seen: b\r\nSet-Cookie: session=s3cret\r\n"
    response = respond_with(REFUSED | {"detail": {"field": "vin"}}, status, headers)
    with hostile_server(lambda request: iter([response])) as server:
        async with server.client() as client:
            with pytest.raises(kind) as caught:
                await client.profile()
    error = caught.value
    for same in (error, copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert same.body == (
            '{"success": false, "error": "no such thing", "detail": {"field": "vin"}}'
        )
        assert same.headers["x-served-by"] == "node-7"
        assert same.headers["x-seen"] == "a, b"
        assert "s3cret" not in repr(same.headers)


async def test_a_refused_login_has_the_evidence_of_its_response() -> None:
    login = respond_with(REFUSED, "401 no", "X-Request-Id: id-4711\r\n")
    with hostile_server(lambda r: iter([login]), login=lambda r: iter([login])) as server:
        async with server.client() as client:
            with pytest.raises(AuthenticationError) as caught:
                await client.profile()
    assert caught.value.request_id == "id-4711"
    assert "no such thing" in (caught.value.body or "")
    assert caught.value.headers["x-request-id"] == "id-4711"


async def test_the_evidence_of_a_large_refusal_is_bounded() -> None:
    long = "x" * 20_000
    response = respond_with(long.encode(), "502 no", f"X-Request-Id: {long}\r\nX-Long: {long}\r\n")
    with hostile_server(lambda request: iter([response])) as server:
        async with server.client() as client:
            with pytest.raises(ServerError) as caught:
                await client.profile()
    error = caught.value
    assert len(error.body or "") == 4000
    assert len(error.request_id or "") == len(error.headers["x-long"]) == 500
    assert len(str(error)) < 300


def test_an_error_without_a_response_has_no_evidence() -> None:
    assert (AutoLeapError("x").request_id, APIError("x").body, dict(APIError("x").headers)) == (
        *(None, None),
        {},
    )
