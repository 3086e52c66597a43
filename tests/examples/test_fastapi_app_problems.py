"""Errors as the web app answers them."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from autoleap import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    BulkError,
    BulkReport,
    ConfigurationError,
    NotFoundError,
    Outcome,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RecordError,
    RejectedError,
    ResponseDecodeError,
    ServerError,
)
from autoleap.sandbox import Fault, Sandbox
from examples.fastapi_app.app import create_app
from examples.fastapi_app.problems import make_problem
from examples.fastapi_app.settings import Settings
from tests.helpers.fastapi_app import environment

ABOUT_WHAT_WAS_SENT = [(RecordError, 422), (BadRequestError, 422), (RejectedError, 422)]
BETWEEN_US_AND_AUTOLEAP = [
    (PermissionDeniedError, 403),
    (NotFoundError, 404),
    (ConfigurationError, 500),
    (AutoLeapError, 500),
    (AuthenticationError, 502),
    (ServerError, 502),
    (APIError, 502),
    (ResponseDecodeError, 502),
    (RateLimitError, 503),
    (APIConnectionError, 503),
    (APITimeoutError, 504),
    (OutcomeUnknownError, 504),
    (TimeoutError, 504),
]


@pytest.mark.parametrize(("kind", "status"), ABOUT_WHAT_WAS_SENT)
def test_an_error_of_the_callers_input_has_the_message_of_the_server(
    kind: type[AutoLeapError], status: int
) -> None:
    error = kind("year: must be a number")
    if isinstance(error, RecordError):
        error = RecordError.for_field("year", "must be a number", index=0)
    problem = make_problem(error)
    assert (problem.status, problem.title) == (status, kind.__name__)
    assert problem.detail == "year: must be a number"


@pytest.mark.parametrize(("kind", "status"), BETWEEN_US_AND_AUTOLEAP)
def test_what_is_between_the_app_and_autoleap_stays_there(
    kind: type[Exception], status: int
) -> None:
    problem = make_problem(kind("partner-17 at /srv/session: eyJhbGciOi"))
    assert problem.status == status
    assert "partner-17" not in str(problem.to_json())


def test_a_single_write_is_answered_for_its_one_record() -> None:
    report = BulkReport(
        unknown=1,
        unknowns=[Outcome(index=0, record={}, status="unknown", error=OutcomeUnknownError("cut"))],
    )
    with pytest.raises(BulkError) as caught:
        report.raise_for_failures()
    assert make_problem(caught.value).status == 504


@pytest.mark.anyio
@pytest.mark.asyncio_only
async def test_how_long_to_wait_is_passed_on(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(sandbox).items():
        monkeypatch.setenv(name, value)
    sandbox.set_faults(Fault("429", operation="listCustomers", retry_after=600))
    app = create_app(Settings(folder=tmp_path))
    async with app.router.lifespan_context(app) as state:

        async def served(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, "state": state}, receive, send)

        transport = httpx.ASGITransport(served)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as web:
            answer = await web.get(f"/companies/{sandbox.company_id}/customers")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "600")
    assert answer.json()["title"] == "RateLimitError"
