"""The routes of the web app for one user's request: they are urgent, and they end in time."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from autoleap import AutoLeap
from autoleap.sandbox import Fault, Sandbox
from examples.fastapi_app import customers
from examples.fastapi_app.app import create_app
from examples.fastapi_app.settings import Settings
from tests.conftest import Connect
from tests.flow.test_rate_limits import Turns
from tests.helpers.fastapi_app import csv_file, environment, row
from tests.helpers.waiting import HANG

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]


@pytest.fixture(autouse=True)
def app_variables(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment(sandbox).items():
        monkeypatch.setenv(name, value)


@asynccontextmanager
async def browser(
    folder: Path, sandbox: Sandbox, client: AutoLeap | None = None
) -> AsyncGenerator[httpx.AsyncClient]:
    """A browser at the first company of an app in this process."""
    app = create_app(Settings(folder=folder))
    async with app.router.lifespan_context(app) as given:
        state = {**(given or {}), **({"client": client} if client else {})}

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": state}, receive, send)

        base_url = f"http://app/companies/{sandbox.company_id}/"
        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url=base_url) as web:
            yield web


async def test_requests_of_users_overtake_imports(
    sandbox: Sandbox, connect: Connect, tmp_path: Path
) -> None:
    turns = Turns()
    async with connect(sandbox, rate_limiter=turns) as client:
        await client.login()
        turns.asked.clear()
        async with browser(tmp_path, sandbox, client) as web:
            await web.post("customers?find_id=1", json={"firstName": "Ada", "lastName": "Asks"})
            found = (await web.get("customers", params={"search": "Asks"})).json()["items"][0]
            await web.get(f"customers/{found['customerId']}")
            await web.patch(f"customers/{found['customerId']}", json={"notes": "pays cash"})
            assert {priority for _, priority in turns.asked} == {"high"}
            assert {method for method, _ in turns.asked} == {"GET", "POST", "PUT"}
            turns.asked.clear()
            await web.put("customers/imports/slow", content=csv_file([row("Ada", "Imported")]))
            assert {priority for _, priority in turns.asked} == {"low"}


@pytest.mark.parametrize(
    ("method", "path", "operation", "title"),
    [
        ("GET", "customers", "listCustomers", "TimeoutError"),
        ("GET", "customers/1", "getCustomer", "TimeoutError"),
        ("POST", "customers", "createCustomers", "OutcomeUnknownError"),
        ("PATCH", "customers/1", "updateCustomers", "OutcomeUnknownError"),
    ],
)
async def test_a_request_of_a_user_ends_in_time(
    method: str,
    path: str,
    operation: str,
    title: str,
    sandbox: Sandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(customers, "DEADLINE", 0.5)
    sandbox.set_faults(Fault("hang-before", operation=operation, seconds=HANG))
    person = None if method == "GET" else {"firstName": "Ada", "lastName": "Waits"}
    async with browser(tmp_path, sandbox) as web:
        answer = await web.request(method, path, json=person)
    assert (answer.status_code, answer.json()["title"]) == (504, title)
