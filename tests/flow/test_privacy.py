"""Keys, tokens and customers stay out of logs, error trackers and terminals.

A test makes calls and failures of every kind, and searches all that they leave behind.
"""

from __future__ import annotations

import json
import logging
import pickle
import traceback
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from attrs import define, field

from autoleap import (
    AuthenticationError,
    AutoLeap,
    AutoLeapError,
    BulkError,
    BulkReport,
    MemoryTokenStore,
    OutcomeUnknownError,
    RateLimitError,
    ServerError,
    TokenPair,
)
from autoleap.sandbox import Fault, Sandbox
from autoleap_api_client.api.customers import list_customers
from tests.conftest import Connect
from tests.helpers.leaks import found, locals_of

pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def soon_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """The faults here do not pass, so that errors come out: two tries show as much as twelve."""
    monkeypatch.setattr("autoleap._bulk.delivery.MAX_ATTEMPTS", 2)
    monkeypatch.setattr("autoleap._bulk.lookup.MAX_ATTEMPTS", 2)


WRONG_KEY = "wr0ng-key-7f3a"
EMAIL, NAME, PHONE = "dana.reyes@example.com", "Danaerys", "555-0177"
CUSTOMER = {
    "firstName": NAME,
    "lastName": "Reyes",
    "emails": [{"emailAddress": EMAIL}],
    "phones": [{"number": PHONE}],
}


class Watched(MemoryTokenStore):
    """Remembers every token that was ever in use."""

    def __init__(self) -> None:
        super().__init__()
        self.tokens: list[str] = []

    async def save(self, pair: TokenPair | None) -> None:
        if pair is not None:
            self.tokens += [pair.access.reveal(), pair.refresh.reveal()]
        await super().save(pair)


@define
class Walk:
    """What a walk through calls and failures has left behind."""

    key: str
    store: Watched = field(factory=Watched)
    events: list[object] = field(factory=list[object])
    errors: list[AutoLeapError] = field(factory=list[AutoLeapError])
    reports: list[BulkReport] = field(factory=list[BulkReport])
    seen: list[str] = field(factory=list[str])

    @property
    def secrets(self) -> list[str]:
        return [self.key, WRONG_KEY, *self.store.tokens]

    async def fails(self, call: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(AutoLeapError) as caught:
            await call()
        self.errors.append(caught.value)


async def faulty_calls(walk: Walk, client: AutoLeap, sandbox: Sandbox) -> None:
    """Reads and writes that fail in every way a server can make them fail."""
    shop = client.company(sandbox.company_id)
    for fault in (
        *[Fault("500"), Fault("502-html"), Fault("cut-before"), Fault("cut-after")],
        *[Fault("truncated"), Fault("429"), Fault("success-false")],
    ):
        sandbox.set_faults(fault)
        await walk.fails(client.profile)
        await walk.fails(shop.customers.list(search=EMAIL).first)
        await walk.fails(
            lambda: list_customers.asyncio(
                client=client.api, company_id=sandbox.company_id, search=PHONE
            )
        )
        await walk.fails(lambda: shop.appointment_requests.create({"customer": {"email": EMAIL}}))
        walk.reports.append(await shop.customers.create([CUSTOMER, CUSTOMER]))
    sandbox.set_faults()
    await walk.fails(lambda: shop.customers.get("missing"))
    await walk.fails(lambda: client.company(sandbox.foreign_company_id).customers.get("1"))


async def time_out(walk: Walk, sandbox: Sandbox, connect: Connect) -> None:
    """Make a call that times out; its client has a timeout that no other call could keep."""
    sandbox.set_faults(Fault("hang-before", operation="getProfile", seconds=60))
    options: dict[str, Any] = {"max_retries": 0, "timeout": 0.3, "on_event": walk.events.append}
    async with connect(sandbox, token_store=walk.store, **options) as client:
        await walk.fails(client.profile)
    sandbox.set_faults()


async def token_troubles(walk: Walk, client: AutoLeap, sandbox: Sandbox) -> None:
    """Tokens that are refused, renewed, and cannot be renewed."""
    sandbox.revoke_access_tokens()
    await client.profile()
    sandbox.revoke_tokens()
    await client.profile()
    for kind in ("500", "cut-before", "success-false", "502-html", "429"):
        sandbox.revoke_tokens()
        sandbox.set_faults(Fault(kind, method="POST"))
        await walk.fails(client.profile)
        await walk.fails(client.login)
        sandbox.set_faults()
        await client.login()
    walk.seen += [repr(client), str(client), repr(vars(client)), repr(client.stats)]
    walk.seen += [repr(client.api), repr(await walk.store.load()), repr(client.company("1"))]


async def walked(sandbox: Sandbox, connect: Connect) -> Walk:
    walk = Walk(sandbox.auth_key)
    options: dict[str, Any] = {"max_retries": 0, "on_event": walk.events.append}
    async with connect(sandbox, token_store=walk.store, **options) as client:
        await client.login()
        await faulty_calls(walk, client, sandbox)
        await time_out(walk, sandbox, connect)
        await token_troubles(walk, client, sandbox)
        report = await client.company(sandbox.company_id).customers.create([CUSTOMER, {}])
        walk.reports.append(report)
    await walk.fails(client.profile)  # it is closed
    async with AutoLeap(sandbox.partner_id, WRONG_KEY, base_url=sandbox.base_url) as client:
        await walk.fails(client.profile)
        await walk.fails(client.login)
        walk.reports.append(await client.company("1").customers.create([CUSTOMER]))
        walk.seen += [repr(client), repr(vars(client))]
    return walk


def all_errors(walk: Walk) -> list[AutoLeapError]:
    outcomes = [o for report in walk.reports for o in report.failures + report.unknowns]
    return walk.errors + [outcome.error for outcome in outcomes if outcome.error is not None]


async def test_nothing_that_is_shown_logged_or_pickled_gives_anything_away(
    sandbox: Sandbox, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="autoleap")
    walk = await walked(sandbox, connect)
    errors = all_errors(walk)
    logged = [record for record in caplog.records if record.name.startswith("autoleap")]
    assert {type(error) for error in errors} >= {
        AuthenticationError,
        OutcomeUnknownError,
        RateLimitError,
        ServerError,
    }
    assert len(walk.store.tokens) > 10
    assert len(logged) > 100
    texts = [
        *walk.seen,
        *map(repr, walk.events),
        *map(repr, walk.reports),
        *[repr(outcome) for report in walk.reports for outcome in report.failures],
        *[logging.Formatter("%(message)s %(args)s").format(record) for record in logged],
        *map(repr, errors),
        *["".join(traceback.format_exception(error)) for error in errors],
        *[
            pickle.dumps(error, protocol).decode("latin-1")
            for error in errors
            for protocol in (0, 5)
        ],
    ]
    assert found([*walk.secrets, EMAIL, NAME, PHONE], texts) == []


async def test_local_variables_in_a_traceback_give_no_key_and_no_token_away(
    sandbox: Sandbox, connect: Connect
) -> None:
    walk = await walked(sandbox, connect)
    frames = [text for error in all_errors(walk) for text in locals_of(error, __file__)]
    assert any("transport.py" in frame for frame in frames)
    # The frames of httpcore hold the headers of the request, and what the server has sent.
    assert not any("httpcore" in frame for frame in frames)
    assert found(walk.secrets, frames) == []


async def test_a_bulk_error_gives_no_key_and_no_token_away(
    sandbox: Sandbox, connect: Connect
) -> None:
    walk = await walked(sandbox, connect)
    for report in walk.reports:
        with pytest.raises(BulkError) as caught:
            report.raise_for_failures()
        error = caught.value
        texts = ["".join(traceback.format_exception(error)), *locals_of(error, __file__)]
        assert found([*walk.secrets, EMAIL, NAME, PHONE], texts) == []
        # The records are in the report, and so in a pickle of it; keys and tokens are not.
        assert found(walk.secrets, [pickle.dumps(error, 0).decode("latin-1")]) == []


def test_the_tests_above_would_notice() -> None:
    error = ServerError(f"500 {EMAIL}")
    assert found([EMAIL], ["".join(traceback.format_exception(error))])
    assert found([EMAIL], [pickle.dumps(error, 5).decode("latin-1")])
    # This file's frames are left out, so one of the standard library has to be careless.
    with pytest.raises(json.JSONDecodeError) as carelessly:
        json.loads("t0ken")
    assert found(["t0ken"], list(locals_of(carelessly.value, __file__)))


pytestmark = pytest.mark.anyio

EMAIL = "dana.reyes@example.com"
CUSTOMER = {"firstName": "Dana", "lastName": "Reyes", "emails": [{"emailAddress": EMAIL}]}


def library_locals(error: BaseException) -> str:
    """What a traceback with local variables shows of this package's and httpx's frames."""
    captured = traceback.TracebackException.from_exception(error, capture_locals=True)
    frames = [frame for frame in captured.stack if frame.filename != __file__]
    return "\n".join(f"{frame.name} {frame.locals}" for frame in frames)


async def test_a_logout_that_fails_does_not_give_the_refresh_token_away(
    sandbox: Sandbox, connect: Connect
) -> None:
    # `body = LogoutRequest(...)` is a local of `AutoLeap.logout`, and of the generated function.
    store = MemoryTokenStore()
    async with connect(sandbox, token_store=store) as client:
        await client.login()
        pair = await store.load()
        sandbox.set_faults(Fault("500", operation="logout"))
        with pytest.raises(AutoLeapError) as caught:
            await client.logout()
    assert pair is not None
    assert pair.refresh.reveal() not in library_locals(caught.value)


async def test_the_error_of_an_outcome_does_not_hold_the_records_of_its_batch(
    sandbox: Sandbox, connect: Connect
) -> None:
    # Its traceback keeps the frames, and with them every record of the batch, alive and in sight.
    async with connect(sandbox) as client:
        sandbox.set_faults(Fault("500", operation="createCustomers"))
        report = await client.company(sandbox.company_id).customers.create(
            [CUSTOMER, CUSTOMER], settle_within=0.5
        )
    errors = [outcome.error for outcome in [*report.failures, *report.unknowns]]
    assert len(errors) == 2
    for error in errors:
        assert error is not None
        assert EMAIL not in library_locals(error)


async def test_a_search_for_a_customer_is_not_logged(
    sandbox: Sandbox, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    async with connect(sandbox) as client:
        await client.company(sandbox.company_id).customers.list(search="dana.reyes").first()
    asked = sandbox.requests.of("listCustomers")[0].query
    assert asked["search"] == "dana.reyes"
    ours = [record for record in caplog.records if record.name.split(".")[0] != "uvicorn"]
    assert "/customers" in ours[-1].getMessage()
    assert "dana.reyes" not in "\n".join(record.getMessage() for record in ours)
