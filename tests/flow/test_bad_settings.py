"""Settings that cannot be used are refused by name, and a password in them is not shown."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Any

import pytest

from autoleap import (
    APIConnectionError,
    AuthenticationError,
    AutoLeap,
    ConfigurationError,
    Secret,
)
from autoleap.sandbox import Sandbox
from tests.helpers.leaks import found, texts_of

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]

LONE = "\ud800"


@pytest.mark.parametrize("name", ["partner_id", "auth_key"])
def test_credentials_with_a_lone_surrogate_are_refused_by_name(name: str) -> None:
    arguments: dict[str, Any] = {"partner_id": "p", "auth_key": "k" * 20, name: f"s3cret{LONE}"}
    with pytest.raises(ConfigurationError, match=f"{name} has characters") as caught:
        AutoLeap(**arguments)
    if name == "auth_key":
        assert not found(["s3cret"], texts_of(caught.value, __file__))
    with pytest.raises(ConfigurationError, match="auth_key has characters"):
        AutoLeap("p", os.fsdecode(b"key-\xff"))


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://host.example/v\x7f2",
            "https://[::1",
            "https://h:99999",
        ),
        *("https://xn--.example\u2024/v2", f"https://h{LONE}.example", "https://" + "a." * 40_000),
    ],
    ids=ascii,
)
def test_a_base_url_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        AutoLeap("p", "k", base_url=url)


async def test_a_host_name_that_no_resolver_takes_is_a_connection_error() -> None:
    url = f"https://{'a' * 70}.invalid"
    async with AutoLeap("p", "k", base_url=url, max_retries=0) as client:
        with pytest.raises(APIConnectionError):
            await client.profile()


SECRET = "pa55-w0rd"


@pytest.mark.parametrize(
    "url",
    [
        f"https://user:{SECRET}@host.example/v2",
        f"https://{SECRET}@host.example/v2",
        f"https://user:{SECRET}/x@host.example/v2",
        f"https://user:{SECRET}@x@host.example:99999/v2",
        f"http://user:{SECRET}@127.0.0.1/v2",
        f"ftp://user:{SECRET}@host.example",
        f"user:{SECRET}@host.example/v2",
        f"//user:{SECRET}@host.example/v2",
        f"https://user:{SECRET}\n@host.example/v2",
    ],
)
@pytest.mark.parametrize("from_environment", [False, True])
def test_a_password_in_the_base_url_is_neither_accepted_nor_shown(
    url: str, from_environment: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if from_environment:
        monkeypatch.setenv("AUTOLEAP_BASE_URL", url)
    with pytest.raises(ConfigurationError, match="base_url") as caught:
        AutoLeap("p", Secret("k"), base_url=None if from_environment else url)
    assert not found([SECRET], texts_of(caught.value, __file__))


def test_a_path_may_contain_the_sign_that_ends_a_password() -> None:
    assert "host.example/@tenant" in repr(
        AutoLeap("p", "k", base_url="https://host.example/@tenant")
    )


@pytest.mark.parametrize(
    "content", [None, b"", b"no certificate"], ids=["missing", "empty", "text"]
)
async def test_certificates_that_cannot_be_read_are_named(
    content: bytes | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "certificates.pem"
    if content is not None:
        file.write_bytes(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(ConfigurationError, match="SSL_CERT_FILE"):
        AutoLeap("p", "k")


async def test_a_login_that_is_not_there_says_that_the_base_url_lacks_its_path(
    sandbox: Sandbox, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "autoleap")
    base_url = sandbox.base_url.removesuffix("/v2")
    async with AutoLeap(sandbox.partner_id, sandbox.auth_key, base_url=base_url) as client:
        with pytest.raises(AuthenticationError, match="404") as caught:
            await client.profile()
    for text in (str(caught.value), caplog.text):
        assert "check base_url" in text
        assert "/v2" in text
        assert base_url in text
