"""Proxies and certificates: of the arguments, and of the environment as httpx reads it.

The requests pass a real CONNECT proxy. Only the proxy can resolve the host of the API.
"""

from __future__ import annotations

import logging
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import trustme

from autoleap import (
    APIConnectionError,
    AutoLeap,
    AutoLeapError,
    ConfigurationError,
    MemoryTokenStore,
    Secret,
)
from autoleap.sandbox import Sandbox
from tests.conftest import UNLIMITED, Connect
from tests.helpers.connect_proxy import BASE_URL, HOST, ConnectProxy, connect_proxy
from tests.helpers.token_endpoint import visible_text

pytestmark = pytest.mark.anyio

PASSWORD = "pr0xy-pa55"
VARIABLES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """A certificate authority that is not trusted by default."""
    return trustme.CA()


@pytest.fixture
def trusted(authority: trustme.CA) -> ssl.SSLContext:
    """A client's TLS that trusts this authority."""
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
def proxy(sandbox: Sandbox, authority: trustme.CA) -> Iterator[ConnectProxy]:
    """A proxy with a password, in front of a sandbox with TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(HOST).configure_cert(context)
    server = ConnectProxy(sandbox.base_url, context, credentials=f"dana:{PASSWORD}")
    with connect_proxy(server):
        yield server


@pytest.fixture(autouse=True)
def no_proxy_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


def make_client(sandbox: Sandbox, **options: Any) -> AutoLeap:
    options = {"limits": UNLIMITED, "base_url": BASE_URL, **options}
    return AutoLeap(sandbox.partner_id, sandbox.auth_key, **options)


@pytest.mark.parametrize("kind", [str, Secret])
async def test_all_requests_go_through_the_given_proxy_and_it_reads_none_of_them(
    kind: type[str | Secret], sandbox: Sandbox, proxy: ConnectProxy, trusted: ssl.SSLContext
) -> None:
    async with make_client(sandbox, proxy=kind(proxy.url), verify=trusted) as client:
        assert (await client.profile()).partner_id == sandbox.partner_id
        await client.company(sandbox.company_id).customers.list().first()
    operations = [record.operation_id for record in sandbox.requests]
    assert operations == ["login", "getProfile", "listCustomers"]
    assert set(proxy.targets) == {f"{HOST}:443"}
    assert "\nAuthorization" not in "".join(proxy.heads)


async def test_proxy_and_certificates_come_from_the_environment(
    sandbox: Sandbox,
    proxy: ConnectProxy,
    authority: trustme.CA,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    authority.cert_pem.write_to_path(str(tmp_path / "authority.pem"))
    monkeypatch.setenv("HTTPS_PROXY", proxy.url)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "authority.pem"))
    async with make_client(sandbox) as client:
        # The environment is read when the client is made, and not again.
        monkeypatch.delenv("HTTPS_PROXY")
        monkeypatch.setenv("SSL_CERT_FILE", "/missing")
        await client.profile()
    assert set(proxy.targets) == {f"{HOST}:443"}


@pytest.mark.parametrize("hosts", [HOST, ".invalid", "other.example, INVALID", "*"])
async def test_no_proxy_is_used_for_the_hosts_of_no_proxy(
    hosts: str,
    sandbox: Sandbox,
    proxy: ConnectProxy,
    trusted: ssl.SSLContext,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy.url)
    monkeypatch.setenv("NO_PROXY", hosts.lower())
    async with make_client(sandbox, verify=trusted, max_retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.profile()
    assert proxy.targets == []


async def test_a_server_on_this_machine_is_never_reached_through_a_proxy(
    sandbox: Sandbox, connect: Connect, proxy: ConnectProxy, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy.url)
    for options in ({}, {"proxy": proxy.url}):
        async with connect(sandbox, **options) as client:
            await client.profile()
    assert proxy.heads == []


async def test_a_certificate_that_is_not_trusted_ends_the_connection(
    sandbox: Sandbox, proxy: ConnectProxy
) -> None:
    async with make_client(sandbox, proxy=proxy.url, max_retries=0) as client:
        with pytest.raises(APIConnectionError, match="CERTIFICATE_VERIFY_FAILED"):
            await client.profile()
    assert len(sandbox.requests) == 0


async def test_a_create_is_sent_once_after_a_proxy_that_had_refused(
    sandbox: Sandbox, proxy: ConnectProxy, trusted: ssl.SSLContext
) -> None:
    proxy.refusals = ["503 Service Unavailable"] * 2
    async with make_client(sandbox, proxy=proxy.url, verify=trusted) as client:
        shop = client.company(sandbox.company_id)
        await shop.appointment_requests.create({"startDateTime": "2026-12-01T09:00:00Z"})
    assert len(sandbox.requests.of("createAppointmentRequest")) == 1
    assert len(sandbox.requests.of("login")) == 1


async def failures_of_proxies(
    sandbox: Sandbox, proxy: ConnectProxy, verify: ssl.SSLContext
) -> list[tuple[AutoLeapError, AutoLeap]]:
    """Errors of a proxy that refuses the password, one that fails, and one that is not there."""
    found: list[tuple[AutoLeapError, AutoLeap]] = []
    # The error of a login has no frames of its request, so the clients share a session.
    session: dict[str, Any] = {"token_store": MemoryTokenStore(), "verify": verify}
    async with make_client(sandbox, proxy=proxy.url, **session) as client:
        await client.login()
    proxy.refusals = ["502 Bad Gateway"]
    wrong = proxy.url.replace(PASSWORD, f"{PASSWORD}-wrong")
    absent = f"http://dana:{PASSWORD}@127.0.0.1:1"
    for url in (proxy.url, wrong, absent):
        async with make_client(sandbox, proxy=url, max_retries=0, **session) as client:
            with pytest.raises(APIConnectionError) as caught:
                await client.profile()
            found.append((caught.value, client))
    return found


async def test_the_password_of_a_proxy_shows_nowhere(
    sandbox: Sandbox,
    proxy: ConnectProxy,
    trusted: ssl.SSLContext,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    failures = await failures_of_proxies(sandbox, proxy, trusted)
    messages = [str(error) for error, _ in failures]
    assert ["502 Bad Gateway" in messages[0], "407 Proxy" in messages[1]] == [True, True]
    encoded = httpx.BasicAuth("dana", PASSWORD)._auth_header.split()[1]
    for error, client in failures:
        shown = visible_text(error) + repr(client) + repr(vars(client)) + caplog.text
        assert PASSWORD not in shown
        assert encoded not in shown


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"proxy": f"dana:{PASSWORD}@proxy.example.com"}, "proxy cannot be used: it must be an"),
        ({"proxy": f"ftp://dana:{PASSWORD}@proxy.example.com"}, "proxy cannot be used"),
        ({"proxy": f"http://dana:{PASSWORD}@proxy.example.com:port"}, "proxy cannot be used"),
        ({"proxy": 3128}, "proxy must be a str"),
        ({"verify": False}, "verify must be an ssl.SSLContext, not bool"),
        ({"verify": "ca.pem"}, "verify must be an ssl.SSLContext, not str"),
        (
            {"proxy": "http://127.0.0.1:1", "http_transport": httpx.AsyncHTTPTransport()},
            "http_transport replaces proxy and verify",
        ),
        (
            {"proxy": "http://127.0.0.1:1", "base_url": "http://api.example.com"},
            "would send credentials unencrypted",
        ),
    ],
)
def test_an_argument_that_cannot_be_used_is_refused_without_its_password(
    options: dict[str, Any], message: str
) -> None:
    with pytest.raises(ConfigurationError, match=message) as caught:
        AutoLeap("p", "k", **options)
    assert PASSWORD not in visible_text(caught.value)


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("HTTPS_PROXY", f"ftp://dana:{PASSWORD}@proxy", "the proxy of the environment cannot be"),
        ("ALL_PROXY", f"socks5://dana:{PASSWORD}@proxy", r"pip install 'httpx\[socks\]'"),
        ("SSL_CERT_FILE", "/missing/authority.pem", "check SSL_CERT_FILE"),
    ],
)
def test_a_variable_that_cannot_be_used_is_refused_without_its_password(
    name: str, value: str, message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=message) as caught:
        AutoLeap("p", "k")
    assert PASSWORD not in visible_text(caught.value)
