"""Errors as answers: which status each gets, and what a caller is told.

AutoLeap's own words are passed on only where they are about what the caller sent. Everything else
is between this app and AutoLeap, and belongs in the log.
"""

from __future__ import annotations

import csv
import logging
import math
from collections.abc import Mapping

from attrs import frozen
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.requests import ClientDisconnect

from autoleap import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    BulkError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RecordError,
    RejectedError,
    ResponseDecodeError,
)

logger = logging.getLogger("uvicorn.error")

# The nearest class that stands here counts. None: the error's own words.
ANSWERS: Mapping[type[Exception], tuple[int, str | None]] = {
    RecordError: (422, None),
    BadRequestError: (422, None),
    RejectedError: (422, None),
    PermissionDeniedError: (403, "this company is not open to this application"),
    NotFoundError: (404, "there is none"),
    RateLimitError: (503, "AutoLeap takes no more calls for now"),
    APIConnectionError: (503, "AutoLeap cannot be reached"),
    APITimeoutError: (504, "AutoLeap did not answer in time"),
    TimeoutError: (504, "this took too long"),
    OutcomeUnknownError: (504, "this may or may not have happened: look before you try again"),
    AuthenticationError: (502, "AutoLeap does not accept this application"),
    APIError: (502, "AutoLeap failed"),
    ResponseDecodeError: (502, "AutoLeap's answer cannot be read"),
    AutoLeapError: (500, "this application is at fault"),
    UnicodeError: (422, "the file is not UTF-8"),
    csv.Error: (422, "the file is not CSV"),
    ClientDisconnect: (400, "the file broke off"),
}


@frozen
class Problem:
    """What a caller is told of an error, by the names of RFC 9457.

    Attributes:
        status: HTTP status.
        title: Class of the error.
        detail: What is wrong.
        retry_after: Seconds to wait before another try, if AutoLeap said so.
    """

    status: int
    title: str
    detail: str
    retry_after: float | None = None

    def body(self) -> dict[str, object]:
        """The body of the answer."""
        return {"status": self.status, "title": self.title, "detail": self.detail}


def problem_of(error: Exception) -> Problem:
    """Find the answer to an error; one record's failure stands for a call that wrote one."""
    if isinstance(error, BulkError) and error.report is not None:
        outcome = (error.report.failures + error.report.unknowns)[0]
        error = outcome.error or error
    status, words = next(ANSWERS[kind] for kind in type(error).__mro__ if kind in ANSWERS)
    if isinstance(error, RecordError):
        words = f"{error.field}: {error.reason}".removeprefix(": ")
    after = error.retry_after if isinstance(error, RateLimitError) else None
    return Problem(status, type(error).__name__, words or str(error), after)


async def answer(request: Request, error: Exception) -> JSONResponse:
    """Answer a request that ended with an error."""
    problem = problem_of(error)
    if problem.status >= 500:
        logger.warning("%s: %s", type(error).__name__, error)
    wait = problem.retry_after
    headers = {"Retry-After": str(math.ceil(wait))} if wait is not None else None
    return JSONResponse(
        problem.body(), problem.status, headers, media_type="application/problem+json"
    )


def install(app: FastAPI) -> None:
    """Let the app answer with these problems."""
    for kind in (AutoLeapError, TimeoutError, ClientDisconnect):
        app.add_exception_handler(kind, answer)
