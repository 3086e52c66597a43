"""A view of a client has its own options, and shares everything else with the client."""

from __future__ import annotations

from typing import Any

import pytest

from autoleap import APITimeoutError, AutoLeap, ConfigurationError, ServerError
from autoleap.sandbox import Fault, Sandbox
from tests.conftest import Connect

pytestmark = pytest.mark.anyio


async def count_attempts(client: AutoLeap) -> int:
    with pytest.raises(ServerError) as caught:
        await client.profile()
    return caught.value.attempts


async def test_a_view_has_its_own_number_of_retries(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, max_retries=1) as client:
        await client.login()
        sandbox.set_faults(Fault("503", operation="getProfile"))
        impatient = client.with_options(max_retries=0)
        assert await count_attempts(impatient) == 1
        assert await count_attempts(impatient.with_options(max_retries=3)) == 4
        assert await count_attempts(impatient.with_options(priority="low", timeout=20)) == 1
        assert await count_attempts(client) == 2


async def test_a_view_has_its_own_timeout(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, max_retries=0, timeout=60) as client:
        await client.login()
        sandbox.set_faults(Fault("hang-after", operation="getProfile", seconds=60, times=1))
        with pytest.raises(APITimeoutError):
            await client.with_options(timeout=0.5).profile()
        await client.with_options(timeout=0.5).with_options(max_retries=1).profile()


async def test_a_login_keeps_the_retries_of_the_client(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, max_retries=2) as client:
        sandbox.set_faults(Fault("503", operation="login", times=2))
        await client.with_options(max_retries=0).profile()
    assert len(sandbox.requests.of("login")) == 3


async def test_a_function_of_the_generated_package_has_the_options_of_its_view(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault("503", operation="listCustomers"))
        shop = client.with_options(max_retries=0).company(sandbox.company_id)
        with pytest.raises(ServerError) as caught:
            await shop.customers.list().first()
        assert caught.value.attempts == 1


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"timeout": 0}, "timeout must be more than 0 seconds"),
        ({"timeout": "5"}, "timeout must be seconds"),
        ({"max_retries": -1}, "max_retries must be at least 0"),
        ({"max_retries": 1.5}, "max_retries must be an int"),
        ({"priority": "urgent"}, 'priority must be "high" or "low"'),
    ],
)
def test_a_bad_option_of_a_view_is_named(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        AutoLeap("p", "k").with_options(**options)
