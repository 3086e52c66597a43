"""A create by a client that may write and not read: what the list could prove stays unknown."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from autoleap import AutoLeap, BulkReport, PermissionDeniedError
from tests.conftest import UNLIMITED

pytestmark = pytest.mark.anyio

PEOPLE = [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(6)]


async def create(answer_create: Callable[[], httpx.Response]) -> BulkReport:
    """Create customers at a server whose list is refused."""

    def respond(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            tokens = {"accessToken": "a", "refreshToken": "r"}
            return httpx.Response(200, json={"success": True, "data": tokens})
        if request.method == "GET":
            return httpx.Response(403, json={"success": False, "message": "not allowed"})
        return answer_create()

    transport = httpx.MockTransport(respond)
    async with AutoLeap("p", "k", http_transport=transport, limits=UNLIMITED) as client:
        return await client.company("1").customers.create(PEOPLE, batch_size=2, concurrency=1)


async def test_what_is_acknowledged_is_done_without_a_list() -> None:
    report = await create(lambda: httpx.Response(200, json={"success": True, "data": []}))
    assert (report.done, report.failed, report.unknown) == (6, 0, 0)


async def test_what_is_not_acknowledged_is_unknown_at_once_with_the_reason() -> None:
    report = await create(lambda: httpx.Response(500, json={"success": False, "message": "no"}))
    assert (report.done, report.failed, report.unknown) == (0, 0, 6)
    assert "cannot be read (403" in str(report.unknowns[0].error)


async def test_a_client_that_may_do_nothing_fails_with_one_create() -> None:
    requests = iter([httpx.Response(403, json={"success": False, "message": "not allowed"})])
    report = await create(lambda: next(requests))
    assert (report.done, report.failed, report.unknown) == (0, 6, 0)
    assert isinstance(report.failures[0].error, PermissionDeniedError)
