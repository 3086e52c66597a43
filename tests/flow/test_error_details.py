"""What the error of a call contains about that call."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from autoleap import AutoLeap, NotFoundError, ResponseDecodeError
from autoleap_api_client.api.customers import list_customers

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

PAIR = {"success": True, "data": {"accessToken": "a", "refreshToken": "r"}}


def answering(body: object, tokens: object = None) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        pair = {"accessToken": "a", "refreshToken": "r"} if tokens is None else tokens
        login = request.url.path.endswith("/login")
        return httpx.Response(200, json={"success": True, "data": pair} if login else body)

    return httpx.MockTransport(answer)


async def test_an_empty_answer_to_a_first_get_was_one_attempt() -> None:
    async with AutoLeap("p", "k", http_transport=answering({"content": []})) as client:
        with pytest.raises(NotFoundError) as caught:
            await client.company("1").customers.get("5")
    assert (caught.value.status, caught.value.attempts) == (200, 1)


@pytest.mark.parametrize(
    ("call", "path"),
    [
        (lambda client: client.profile(), "/partners/profile"),
        (lambda client: client.company("1").customers.list().first(), "/customers"),
    ],
)
async def test_an_answer_that_cannot_be_read_says_which_call_it_was(
    call: Callable[[AutoLeap], object], path: str
) -> None:
    async with AutoLeap("p", "k", http_transport=answering({"success": True})) as client:
        with pytest.raises(ResponseDecodeError) as caught:
            await call(client)  # type: ignore[misc]
    error = caught.value
    assert (error.method, error.path, error.status, error.attempts) == ("GET", path, 200, 1)


async def test_a_login_without_tokens_is_reported_as_a_failure_of_the_login() -> None:
    async with AutoLeap("p", "k", http_transport=answering({}, tokens={})) as client:
        with pytest.raises(ResponseDecodeError, match="no token pair") as caught:
            await client.profile()
    error = caught.value
    assert (error.method, error.path, error.status) == ("POST", "/partners/login", 200)


async def test_totals_that_are_infinite_cost_no_row() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            return answering({}).handler(request)  # type: ignore[return-value]
        body = b'{"content": [{"customerId": "1"}], "totalCount": 1e999, "last": true}'
        return httpx.Response(200, content=body)

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        assert len(await client.company("1").customers.list().collect()) == 1


async def test_a_date_header_that_is_no_date_costs_no_answer() -> None:
    headers = {"Date": "Wed, 21 Oct 2015 07:28:00 +9999999999999"}

    def answer(request: httpx.Request) -> httpx.Response:
        answered: httpx.Response = answering({"success": True, "data": {}}).handler(request)  # type: ignore[assignment]
        return httpx.Response(200, content=answered.content, headers=headers)

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        await client.profile()


async def test_an_answer_that_says_it_has_no_content_is_a_success() -> None:
    # None of the documented operations answers so, but a new one may.
    def answer(request: httpx.Request) -> httpx.Response:
        return httpx.Response(204 if request.url.path.endswith("/logout") else 200, json=PAIR)

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        await client.login()
        response = await client.api.get_async_httpx_client().post("/partners/logout")
    assert response.status_code == 204


@pytest.mark.parametrize("body", [[], "words", 7], ids=["a list", "a text", "a number"])
async def test_an_answer_that_is_no_object_where_one_must_be_says_which_call_it_was(
    body: object,
) -> None:
    async with AutoLeap("p", "k", http_transport=answering(body)) as client:
        with pytest.raises(ResponseDecodeError, match="not an object") as caught:
            await list_customers.asyncio(client=client.api, company_id="1")
    error = caught.value
    assert (error.method, error.path, error.status) == ("GET", "/customers", 200)
