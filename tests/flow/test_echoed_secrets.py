"""A server that repeats the request in its response puts no key and no token into what is kept.

Each test lets a server echo the partner's key, all tokens and the whole request in one part of its
responses, and searches all that the client shows, logs, reports and pickles afterwards.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from autoleap import AutoLeapError, BulkReport, NotFoundError
from tests.helpers.hostile_server import (
    ACCESS,
    KEY,
    REFRESH,
    HostileServer,
    RawRequest,
    hostile_server,
    respond_with,
)
from tests.helpers.leaks import found, texts_of

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

SECRETS = (KEY, ACCESS, REFRESH)
ESCAPE = "\x1b[31m"
CLOSE = "Connection: close\r\n"
CUSTOMER = {"firstName": "Dana", "lastName": "Reyes"}


@pytest.fixture(autouse=True)
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 1)
    monkeypatch.setattr("autoleap._bulk.lookup.MAX_ATTEMPTS", 1)


def echo(request: RawRequest) -> str:
    return f"{' '.join(SECRETS)} {ESCAPE} {request.text}"


def line(request: RawRequest) -> str:
    return echo(request).replace("\r", " ").replace("\n", " ").replace("\x1b", "")


Respond = Callable[[RawRequest], bytes]

RESPONSES: dict[str, Respond] = {
    "the error of a 400": lambda r: respond_with({"success": False, "error": echo(r)}, "400 no"),
    "the message of a 500": lambda r: respond_with({"message": echo(r)}, "500 no"),
    "another field of a 403": lambda r: respond_with({"seen": {"all": [echo(r)]}}, "403 no"),
    "the name of a field": lambda r: respond_with({echo(r): 1}, "400 no"),
    "a text that is a 502": lambda r: respond_with(echo(r).encode(), "502 no"),
    "the middle of a long text": lambda r: respond_with((" " * 3990 + echo(r)).encode(), "502 no"),
    "the end of a message": lambda r: respond_with({"error": "x" * 990 + echo(r)}, "500 no"),
    "the reason phrase": lambda r: respond_with({}, f"400 {line(r)}"),
    "a header": lambda r: respond_with({}, "404 no", f"X-Seen: {line(r)}\r\n"),
    "the name of a header": lambda r: respond_with({}, "404 no", f"X-{KEY}-{ACCESS}: 1\r\n"),
    "a request id": lambda r: respond_with({}, "404 no", f"X-Request-Id: {line(r)}\r\n"),
    "a cookie": lambda r: respond_with({}, "404 no", f"Set-Cookie: seen={ACCESS}\r\n"),
    "a retry-after": lambda r: respond_with({}, "429 no", f"Retry-After: {line(r)}\r\n"),
    "a 401": lambda r: respond_with({"error": echo(r)}, "401 no"),
    "success: false": lambda r: respond_with({"success": False, "error": echo(r)}),
    "success of another type": lambda r: respond_with({"success": echo(r), "data": {}}),
    "success: true without data": lambda r: respond_with({"success": True, "seen": echo(r)}),
    "the failures of records": lambda r: respond_with(
        {"success": True, "data": {"results": [{"success": False, "error": echo(r)}]}}
    ),
    "the name of a failure": lambda r: respond_with({"success": True, f"error {echo(r)}": "x"}),
    "a list": lambda r: respond_with([echo(r)]),
    "a text": lambda r: respond_with(echo(r)),
    "JSON that is not complete": lambda r: respond_with(json.dumps({"a": echo(r)}).encode()[:-1]),
    "JSON with a number that is too long": lambda r: respond_with(
        json.dumps({"a": echo(r)}).encode()[:-1] + b', "b": ' + b"9" * 5000 + b"}"
    ),
    "a text that is not UTF-8": lambda r: respond_with(echo(r).encode() + b"\xff"),
    "an encoding": lambda r: respond_with({}, headers=f"Content-Encoding: {line(r)}\r\n"),
    "an illegal header": lambda r: respond_with({}, headers=f"X {line(r)}\r\n"),
    "an illegal status": lambda r: f"HTTP/1.1 {line(r)}\r\n\r\n".encode(),
    "a body that is cut": lambda r: respond_with({"a": echo(r)}, headers=CLOSE)[:-5],
    "a URL": lambda r: respond_with(
        {"error": "a%20b?key=" + KEY + f"&t=Bearer%20{ACCESS}"}, "400 n"
    ),
}


async def walk(server: HostileServer, journal: Path, events: list[object]) -> list[AutoLeapError]:
    """Make calls of each kind and return their errors."""
    errors: list[AutoLeapError] = []
    reports: list[BulkReport] = []
    async with server.client(timeout=2.0, on_event=events.append) as client:
        shop = client.company("1")
        calls: list[Callable[[], Awaitable[object]]] = [
            *(client.profile, shop.customers.list().first, lambda: shop.customers.get("1")),
            *(lambda: shop.appointment_requests.create({"language": "EN"}), client.logout),
            *(client.login, client.profile, client.logout),
        ]
        for call in calls:
            try:
                await call()
            except AutoLeapError as error:
                errors.append(error)
        reports.append(await shop.customers.create([CUSTOMER], journal=journal))
        reports.append(await shop.customers.update([{"customerId": "1"}]))
    outcomes = [outcome for report in reports for outcome in report.failures + report.unknowns]
    return errors + [outcome.error for outcome in outcomes if outcome.error is not None]


async def check(
    server: HostileServer,
    secrets: Sequence[str],
    folder: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Walk, and check that nothing that is left holds a secret or a control character."""
    caplog.set_level(logging.DEBUG)
    events: list[object] = []
    errors = await walk(server, folder / "journal", events)
    # httpcore logs the headers of responses at the level DEBUG; SECURITY.md says so.
    records = [record for record in caplog.records if record.name.split(".")[0] != "httpcore"]
    texts = [text for error in errors for text in texts_of(error, __file__)]
    texts += map(repr, events)
    texts += [logging.Formatter("%(message)s %(args)s").format(record) for record in records]
    texts += [path.read_bytes().decode("latin-1") for path in folder.glob("*")]  # noqa: ASYNC240
    assert errors
    assert events
    assert records
    assert found(secrets, texts) == []
    kept = [part for error in errors for part in (str(error), getattr(error, "body", None) or "")]
    assert found([ESCAPE, "\n", "\r"], kept) == []


@pytest.mark.parametrize("part", RESPONSES)
async def test_a_part_of_a_response_that_echoes_the_request_leaves_no_secret(
    part: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    respond = RESPONSES[part]
    with hostile_server(lambda request: iter([respond(request)])) as server:
        await check(server, SECRETS, tmp_path, caplog)


@pytest.mark.parametrize("part", RESPONSES)
async def test_a_login_that_echoes_the_request_leaves_no_secret(
    part: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    login = RESPONSES[part]
    with hostile_server(
        lambda request: iter([respond_with({})]), login=lambda request: iter([login(request)])
    ) as server:
        await check(server, [KEY], tmp_path, caplog)


@pytest.mark.parametrize(
    "body",
    [
        {"success": True, "data": {"accessToken": ACCESS}},
        {"success": True, "data": {"accessToken": ACCESS, "refreshToken": REFRESH + "\n"}},
        {"success": True, "data": [ACCESS, REFRESH]},
        {"success": False, "data": {"accessToken": ACCESS, "refreshToken": REFRESH}},
        {"success": False, "error": f"a header: Bearer {ACCESS}"},
        {"success": False, "error": "eyJhbGciOiJub25lIn0.eyJpYXQiOjF9." + ACCESS},
    ],
    ids=["one token", "a line break", "a list", "a refusal", "a header", "a JWT"],
)
async def test_tokens_of_a_login_that_fails_are_in_nothing_that_is_left(
    body: object, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    login = respond_with(body)
    with hostile_server(
        lambda r: iter([respond_with({})]), login=lambda r: iter([login])
    ) as server:
        await check(server, SECRETS, tmp_path, caplog)


async def test_a_line_break_in_an_id_does_not_forge_a_line_of_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG, "autoleap")
    with hostile_server(lambda request: iter([respond_with({}, "404 no")])) as server:
        async with server.client() as client:
            with pytest.raises(NotFoundError) as caught:
                await client.company("1").customers.get("1\nERROR forged")
    assert "\n" not in "".join(record.getMessage() for record in caplog.records)
    assert caught.value.path == "/customers/1 ERROR forged"
