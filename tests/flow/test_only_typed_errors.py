"""Whatever the server, the caller or the machine does wrong, only an AutoLeapError comes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import pytest

from autoleap import (
    AutoLeap,
    AutoLeapError,
    BulkReport,
    ConfigurationError,
    RecordError,
    ResponseDecodeError,
)
from autoleap.sandbox import Sandbox
from autoleap_api_client.api.customers import list_customers
from tests.conftest import Connect
from tests.helpers.hostile_server import hostile_server, respond_with
from tests.helpers.waiting import HANG

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

ROOT = Path(__file__).parents[2]
CUSTOMER = {"firstName": "Dana", "lastName": "Reyes"}
LONE = "\ud800"


def nested(depth: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    return opening * depth + closing * depth


def page(row: bytes) -> bytes:
    return b'{"success": true, "totalCount": 1, "last": true, "content": [' + row + b"]}"


def of(status: str = "200 OK", body: bytes = b"{}", *headers: str) -> bytes:
    return respond_with(body, status, "".join(f"{header}\r\n" for header in headers))


RESPONSES = {
    "nested 100,000 deep": of(body=nested(100_000)),
    "nested 900 deep in a field": of(body=b'{"success": true, "data": ' + nested(900) + b"}"),
    "nested 90 deep in a row": of(body=page(b'{"customerId": "1", "x": ' + nested(90) + b"}")),
    "objects nested deep": of(body=b'{"a":' * 50_000 + b"1" + b"}" * 50_000),
    "an error nested deep": of("400 no", b'{"error": ' + nested(95) + b"}"),
    "lone surrogates": of(
        body=page(rb'{"customerId": "\ud800", "\udfff": 1, "firstName": "\udc00"}')
    ),
    "lone surrogates in UTF-8": of(body=page(b'{"customerId": "\xed\xa0\x80"}')),
    "an id of 100,000 characters": of(body=page(b'{"customerId": "' + b"x" * 100_000 + b'"}')),
    "a number of 5,000 digits": of(body=b'{"totalCount": ' + b"9" * 5000 + b"}"),
    "numbers of 4,000 digits": of(
        body=page(b'{"customerId": ' + b"9" * 4000 + b', "createdDate": ' + b"9" * 4000 + b"}")
    ),
    "rows of other types": of(body=page(b'1, "x", [], null, {"customerId": []}')),
    "an unknown success": of("299 odd", b'{"success": true}'),
    "a status above 599": of("999 odd"),
    "an unknown charset": of("500 no", b"\0zip", "Content-Type: text/html; charset=zlib"),
    "a header that is not ASCII": of("500 \xe9", b"{}", "X-Request-Id: \xe9\xff"),
    "a date in the last year": of("200 OK", b"{}", "Date: Fri, 31 Dec 9999 23:59:59 -2359"),
    "a date in the first year": of("200 OK", b"{}", "Date: Mon, 01 Jan 0001 00:00:00 +2359"),
    "a retry-after in the last year": of(
        "429 no", b"{}", "Retry-After: Fri, 31 Dec 9999 23:59:59 -2359"
    ),
    "a redirect to nowhere": of("302 found", b"", "Location: http://[bad"),
    "cookies that are none": of("200 OK", b"{}", "Set-Cookie: =; ;", "Set-Cookie: a; Max-Age=1e9"),
}


@pytest.fixture(autouse=True)
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 1)
    monkeypatch.setattr("autoleap._bulk.lookup.MAX_ATTEMPTS", 1)


def calls_of(client: AutoLeap) -> list[Callable[[], Awaitable[object]]]:
    shop = client.company("1")
    return [
        *(client.login, client.profile, client.companies, shop.customers.list().first),
        lambda: shop.customers.get("1"),
        lambda: list_customers.asyncio_detailed(client=client.api, company_id="1"),
        lambda: shop.appointment_requests.create({"language": "EN"}),
        lambda: shop.customers.create([CUSTOMER, CUSTOMER]),
        lambda: shop.customers.update([{"customerId": "1"}]),
        client.logout,
    ]


async def make_calls(client: AutoLeap) -> None:
    """Make calls of each kind; an error that is no AutoLeapError comes out."""
    for call in calls_of(client):
        try:
            with anyio.fail_after(HANG):
                result = await call()
        except AutoLeapError as error:
            json.dumps(str(error), ensure_ascii=False).encode()
        else:
            problems = result.failures + result.unknowns if isinstance(result, BulkReport) else []
            assert all(isinstance(problem.error, AutoLeapError) for problem in problems)


@pytest.mark.parametrize("name", RESPONSES)
async def test_a_hostile_response_is_read_or_is_a_typed_error(name: str) -> None:
    with hostile_server(lambda request: iter([RESPONSES[name]])) as server:
        async with server.client() as client:
            await make_calls(client)


@pytest.mark.parametrize("name", RESPONSES)
async def test_a_hostile_response_to_a_login_is_a_typed_error(name: str) -> None:
    response = RESPONSES[name]
    with hostile_server(
        lambda request: iter([response]), login=lambda request: iter([response])
    ) as server:
        async with server.client() as client:
            with pytest.raises(AutoLeapError):
                await client.profile()


@pytest.mark.parametrize(
    "token", [5, True, [], {}, "a\nb", "\xe9", "a\0", "x." + "WyIi" * 30_000 + ".y"]
)
async def test_a_token_that_no_header_can_hold_is_a_response_that_cannot_be_read(
    token: object,
) -> None:
    pair = {"success": True, "data": {"accessToken": token, "refreshToken": "r"}}
    login = respond_with(pair)
    with hostile_server(lambda request: iter([of()]), login=lambda r: iter([login])) as server:
        async with server.client() as client:
            if isinstance(token, str) and token.startswith("x."):
                await client.login()
                return
            with pytest.raises(ResponseDecodeError, match="token"):
                await client.login()


async def test_a_row_with_a_lone_surrogate_keeps_its_id_apart_from_others() -> None:
    rows = page(rb'{"customerId": "\ud800"}, {"customerId": "\ud801"}').replace(b": 1,", b": 2,")
    with hostile_server(lambda request: iter([of(body=rows)])) as server:
        async with server.client() as client:
            found = await client.company("1").customers.list().collect()
    assert [row.customer_id for row in found] == [r"\ud800", r"\ud801"]


@pytest.mark.parametrize("value", [f"a{LONE}b", "x" * 100_000], ids=["lone surrogate", "long"])
async def test_an_id_or_filter_that_no_request_can_contain_is_refused_before_a_request(
    value: str, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        calls: list[Callable[[], Awaitable[object]]] = [
            lambda: shop.customers.get(value),
            lambda: client.company(value).customers.list().first(),
            lambda: shop.customers.list(search=value).first(),
            lambda: client.company(sandbox.company_id, value).customers.list().first(),
        ]
        for call in calls:
            with pytest.raises(ConfigurationError) as caught:
                await call()
            assert len(str(caught.value)) < 500
    assert not sandbox.requests.of("getCustomer")
    assert not sandbox.requests.of("listCustomers")


@pytest.mark.parametrize(
    "record",
    [
        {"firstName": LONE, "lastName": "Reyes"},
        {"firstName": "Dana", "lastName": "Reyes", "tags": [{LONE: 1}]},
        {"firstName": "Dana", "lastName": "Reyes", LONE: 1},
    ],
)
async def test_a_record_with_a_lone_surrogate_fails_alone(
    record: dict[str, Any], sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        report = await client.company(sandbox.company_id).customers.create([CUSTOMER, record])
    assert (report.done, report.failed) == (1, 1)
    assert isinstance(report.failures[0].error, RecordError)
    report.failures[0].describe().encode()


async def test_a_record_that_contains_itself_fails_alone(
    sandbox: Sandbox, connect: Connect
) -> None:
    loop: dict[str, Any] = {"firstName": "Dana", "lastName": "Reyes"}
    loop["tags"] = [loop]
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        report = await shop.customers.create([CUSTOMER, loop])
        with pytest.raises(RecordError, match="nested too deeply"):
            await shop.appointment_requests.create(loop)
    assert (report.done, report.failed) == (1, 1)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
@pytest.mark.parametrize("used", ["used", "unused"])
def test_a_process_that_was_forked_inside_a_running_loop_gets_typed_errors(
    used: str, sandbox: Sandbox
) -> None:
    environment = os.environ | {
        "AUTOLEAP_PARTNER_ID": sandbox.partner_id,
        "AUTOLEAP_AUTH_KEY": sandbox.auth_key,
        "AUTOLEAP_BASE_URL": sandbox.base_url,
        "COMPANY": sandbox.company_id,
        "PYTHONPATH": str(ROOT),
    }
    command = [sys.executable, "-m", "tests.flow.fork_in_loop_program", used]
    ended = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode == 0, ended.stderr
    results = dict(json.loads(line) for line in ended.stdout.splitlines())
    assert results.pop("parent") == "works"
    assert set(results.values()) == {"ConfigurationError"}, results
