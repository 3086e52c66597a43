"""Fixtures that all tests share: both event loops, a sandbox, and clients for it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pytest
from hypothesis import HealthCheck, settings

from autoleap import AutoLeap, RateLimits
from autoleap.sandbox import Sandbox
from tests.helpers import redis_server
from tests.helpers.short_waits import shorten_waits

TESTS = Path(__file__).parent
# The longest modules and folders first: the end of a run must not wait for one of them.
SLOWEST_FIRST = (
    "contract/test_spec_update.py",
    "slow/test_shared_rate_limits.py",
    "slow/test_creates.py",
    "slow/test_redis_rate_limits.py",
    "contract/test_fuzz.py",
    "slow/",
    "contract/test_prism.py",
    "contract/test_regeneration.py",
    "flow/",
    "examples/",
    "",
)
UNLIMITED = RateLimits(get=None, post=None, put=None, patch=None, delete=None)

# An example that takes long on a loaded machine is no failure.
settings.register_profile(
    "any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


class Connect(Protocol):
    """Makes a client for a sandbox; it has no rate limits, unless the test gives them."""

    def __call__(self, sandbox: Sandbox, **options: Any) -> AutoLeap: ...


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return the workers of `-n auto`: more than cores, because tests wait half of their time."""
    return 2 * (os.cpu_count() or 1)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add `--asyncio-only`, which leaves out every test that runs on trio."""
    parser.addoption("--asyncio-only", action="store_true", help="leave out the tests on trio")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is not asked for, and run the slowest tests first."""
    items[:] = sorted((item for item in items if _is_wanted(config, item)), key=_start_order)


def _is_wanted(config: pytest.Config, item: pytest.Item) -> bool:
    """Return whether a test belongs to this run."""
    if item.get_closest_marker("full_specs") and os.environ.get("AUTOLEAP_SPECS") != "full":
        return False
    asyncio_only = config.getoption("--asyncio-only") or item.get_closest_marker("asyncio_only")
    return not (asyncio_only and _runs_on_trio(item))


def _runs_on_trio(item: pytest.Item) -> bool:
    """Return whether a test has trio as its event loop, or as that of a program it starts."""
    callspec = getattr(item, "callspec", None)
    names = ("anyio_backend", "backend")
    return callspec is not None and any(callspec.params.get(name) == "trio" for name in names)


def _start_order(item: pytest.Item) -> int:
    """Return the place of a test's module in `SLOWEST_FIRST`."""
    path = item.path.relative_to(TESTS).as_posix()
    return next(place for place, name in enumerate(SLOWEST_FIRST) if path.startswith(name))


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    """Run an async test on both event loops; the marker `asyncio_only` leaves trio out."""
    backend: str = request.param
    return backend


@pytest.fixture(autouse=True, scope="session")
def no_certificates(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Point TLS to an empty folder: no test uses it, and certificates cost 40 ms a client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("certificates")))
        yield


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shorten the waits of retries and of settling; what decides about them is not changed."""
    shorten_waits(monkeypatch)


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
