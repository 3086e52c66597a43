"""Which calls are retried, which are not, and the error of those that fail."""

from __future__ import annotations

import anyio
import httpx
import pytest

from autoleap import (
    APIConnectionError,
    APITimeoutError,
    BadRequestError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
    ResponseDecodeError,
    ServerError,
)
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FaultKind
from tests.conftest import Connect

pytestmark = pytest.mark.anyio

APPOINTMENT = {"startDateTime": "2026-12-01T09:00:00Z"}


@pytest.mark.parametrize(
    "kind", ["429", "500", "502-html", "503", "cut-before", "cut-after", "truncated"]
)
async def test_a_read_comes_through_every_passing_fault(
    kind: FaultKind, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        sandbox.set_faults(Fault(kind, method="GET", times=2))
        assert (await client.profile()).partner_id == sandbox.partner_id
        assert client.stats.retries == 2


@pytest.mark.parametrize("kind", ["500", "502-html", "503", "cut-before", "cut-after"])
async def test_a_create_is_sent_once_though_it_fails(
    kind: FaultKind, sandbox: Sandbox, connect: Connect
) -> None:
    expected = OutcomeUnknownError if kind.startswith("cut") else ServerError
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        sandbox.set_faults(Fault(kind, operation="createAppointmentRequest"))
        with pytest.raises(expected) as caught:
            await shop.appointment_requests.create(APPOINTMENT)
        assert caught.value.attempts == 1
        assert caught.value.path == "/appointmentRequests/create"
    assert len(sandbox.requests.of("createAppointmentRequest")) == 1


async def test_a_create_that_was_rate_limited_is_sent_again(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        sandbox.set_faults(Fault("429", operation="createAppointmentRequest", times=1))
        await client.company(sandbox.company_id).appointment_requests.create(APPOINTMENT)
    assert len(sandbox.requests.of("createAppointmentRequest")) == 2


async def test_a_create_that_times_out_has_an_unknown_outcome(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, timeout=1.0) as client:
        await client.login()
        sandbox.set_faults(Fault("hang-after", operation="createAppointmentRequest", seconds=60))
        with pytest.raises(OutcomeUnknownError, match="may have done it"):
            await client.company(sandbox.company_id).appointment_requests.create(APPOINTMENT)


async def test_max_retries_1_means_two_attempts(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, max_retries=1) as client:
        await client.login()
        sandbox.set_faults(Fault("503", method="GET"))
        with pytest.raises(ServerError) as caught:
            await client.profile()
    error = caught.value
    assert (error.method, error.path) == ("GET", "/partners/profile")
    assert (error.status, error.attempts) == (503, 2)
    assert error.elapsed > 0
    assert len(sandbox.requests.of("getProfile")) == 2


async def test_a_read_without_an_answer_is_a_timeout(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, timeout=1.0, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("hang-before", method="GET", seconds=60))
        with pytest.raises(APITimeoutError) as caught:
            await client.profile()
    assert caught.value.status is None


async def test_a_server_that_is_not_there_is_a_connection_error(connect: Connect) -> None:
    with Sandbox(limits=None) as sandbox:
        client = connect(sandbox, max_retries=1)
    async with client:
        with pytest.raises(APIConnectionError, match="never reached"):
            await client.profile()


async def test_rate_limit_error_tells_how_long_to_wait(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("429", method="GET", retry_after=7))
        with pytest.raises(RateLimitError) as caught:
            await client.profile()
    assert caught.value.retry_after == 7.0


async def test_a_wait_that_cannot_fit_the_deadline_is_not_begun(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        await client.login()
        sandbox.set_faults(Fault("429", method="GET", retry_after=60))
        with pytest.raises(RateLimitError), anyio.fail_after(30):
            await client.profile()
        # A wait that had begun would have ended with the deadline, and with a TimeoutError.
        assert client.stats.retries == 0


@pytest.mark.asyncio_only
async def test_statuses_come_up_as_their_own_errors_in_the_servers_words(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        shop = client.company(sandbox.company_id)
        with pytest.raises(NotFoundError) as missing:
            await shop.customers.get("missing")
        assert missing.value.status == 404
        with pytest.raises(PermissionDeniedError):
            await client.company(sandbox.foreign_company_id).customers.list().first()
        with pytest.raises(BadRequestError, match="endDate"):
            await shop.timesheets.list("2026-01-01", "2026-W01-1").first()
        sandbox.set_faults(Fault("success-false", method="GET"))
        with pytest.raises(RejectedError) as rejected:
            await client.profile()
        assert rejected.value.status == 200


@pytest.mark.asyncio_only
async def test_an_answer_that_is_not_json_is_a_decode_error() -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            tokens = {"accessToken": "a", "refreshToken": "r"}
            return httpx.Response(200, json={"success": True, "data": tokens})
        return httpx.Response(200, html="<h1>Maintenance</h1>")

    from autoleap import AutoLeap

    transport = httpx.MockTransport(answer)
    async with AutoLeap("p", "k", http_transport=transport) as client:
        with pytest.raises(ResponseDecodeError, match="not JSON"):
            await client.profile()


@pytest.mark.asyncio_only
async def test_credentials_do_not_follow_a_redirect() -> None:
    from autoleap import APIError, AutoLeap

    hosts: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        hosts.append(request.url.host)
        return httpx.Response(302, headers={"Location": "https://elsewhere.example/"})

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(APIError):
            await client.profile()
    assert set(hosts) == {"partnerapi.myautoleap.com"}
