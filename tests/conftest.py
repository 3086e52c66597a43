"""Fixtures that all tests share: both event loops, a sandbox, and clients for it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest

from autoleap import AutoLeap, RateLimits
from autoleap._bulk import delivery
from autoleap._transport import retry_policy
from autoleap.sandbox import Sandbox
from tests.helpers import redis_server

UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)


class Connect(Protocol):
    """Makes a client for a sandbox; without budgets of its own, unless the test wants them."""

    def __call__(self, sandbox: Sandbox, **options: Any) -> AutoLeap: ...


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Every async test runs on both event loops."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True)
def quick_back_off(monkeypatch: pytest.MonkeyPatch) -> None:
    """Scale the waits between attempts down; what decides about them stays as it is."""
    monkeypatch.setattr(retry_policy, "BACKOFF_BASE", 0.01)
    monkeypatch.setattr(retry_policy, "BACKOFF_BASE_RATE_LIMITED", 0.01)
    monkeypatch.setattr(retry_policy, "BACKOFF_MAX", 0.2)
    monkeypatch.setattr(delivery, "LOOKUP_DELAY", 0.05)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A fresh local AutoLeap without rate limits."""
    with Sandbox(limits=None) as running:
        yield running


@pytest.fixture
def connect() -> Connect:
    """A function that makes a client for a sandbox."""

    def connected(sandbox: Sandbox, **options: Any) -> AutoLeap:
        make = partial(AutoLeap, sandbox.partner_id, sandbox.auth_key, base_url=sandbox.base_url)
        return make(**{"limits": UNLIMITED, **options})

    return connected


@pytest.fixture
def redis_url(tmp_path: Path) -> Iterator[str]:
    """An empty Redis of the test's own; `.ci/run` installs redis-server, so nothing skips there."""
    if redis_server.PROGRAM is None:
        pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
    with redis_server.redis_server(tmp_path) as url:
        yield url
