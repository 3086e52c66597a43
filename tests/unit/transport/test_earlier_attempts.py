"""A write whose earlier attempt may have been done is never told as "never reached"."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from autoleap import APIConnectionError, AutoLeap, OutcomeUnknownError
from tests.conftest import UNLIMITED

pytestmark = pytest.mark.anyio


async def write(method: str, outcomes: Iterator[type[httpx.RequestError]]) -> None:
    """Make one call whose attempts end with these errors."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            tokens = {"accessToken": "a", "refreshToken": "r"}
            return httpx.Response(200, json={"success": True, "data": tokens})
        raise next(outcomes)("no luck", request=request)

    transport = httpx.MockTransport(respond)
    async with AutoLeap("p", "k", http_transport=transport, limits=UNLIMITED) as client:
        http = client.with_options(max_retries=1).api.get_async_httpx_client()
        await http.request(method, "/customers")


async def test_a_put_that_was_cut_and_then_not_connected_has_an_unknown_outcome() -> None:
    with pytest.raises(OutcomeUnknownError):
        await write("PUT", iter([httpx.ReadError, httpx.ConnectError]))


async def test_a_put_that_never_reached_the_server_says_so() -> None:
    with pytest.raises(APIConnectionError, match="never reached"):
        await write("PUT", iter([httpx.ConnectError, httpx.ConnectError]))


async def test_a_read_that_was_cut_and_then_not_connected_says_that_it_was_not_reached() -> None:
    with pytest.raises(APIConnectionError, match="never reached"):
        await write("GET", iter([httpx.ReadError, httpx.ConnectError]))
