"""A running sandbox, clients that are logged in to it, and a clock that tests can move."""

import ssl
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from autoleap.sandbox import Sandbox
from tests.helpers.sandbox_calls import MovableClock, Open
from tests.helpers.waiting import HANG

# A sandbox serves plain HTTP. A context of its own would cost each client 40 ms.
NO_TLS = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


@pytest.fixture
def clock() -> MovableClock:
    return MovableClock()


@pytest.fixture
def visit() -> Iterator[Open]:
    """Opens clients that are not logged in."""
    with ExitStack() as stack:

        def open_client(sandbox: Sandbox) -> httpx.Client:
            client = httpx.Client(
                base_url=sandbox.base_url, trust_env=False, verify=NO_TLS, timeout=HANG
            )
            return stack.enter_context(client)

        yield open_client


@pytest.fixture
def log_in(visit: Open) -> Open:
    """Opens clients that are logged in."""

    def open_client(sandbox: Sandbox) -> httpx.Client:
        client = visit(sandbox)
        credentials = {"partnerId": sandbox.partner_id, "authKey": sandbox.auth_key}
        answer = client.post("/partners/login", json=credentials)
        assert answer.status_code == 200, answer.text
        token = answer.json()["data"]["accessToken"]
        client.headers["Authorization"] = f"Bearer {token}"
        return client

    return open_client


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(limits=None) as running:
        yield running


@pytest.fixture
def client(sandbox: Sandbox, log_in: Open) -> httpx.Client:
    return log_in(sandbox)
