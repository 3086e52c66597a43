"""Convert errors to responses with a status and a message.

A message of AutoLeap is passed on only if it is about the data of the request. All other messages
can contain details of this app, so they go to the log.
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

# Status and message by error class. A subclass uses the entry of its nearest base class. If the
# message is None, the response contains the message of the error.
RESPONSES: Mapping[type[Exception], tuple[int, str | None]] = {
    RecordError: (422, None),
    BadRequestError: (422, None),
    RejectedError: (422, None),
    PermissionDeniedError: (403, "this application has no access to this company"),
    NotFoundError: (404, "the customer does not exist"),
    RateLimitError: (503, "the rate limit of AutoLeap is used up; try again later"),
    APIConnectionError: (503, "AutoLeap cannot be reached; try again later"),
    APITimeoutError: (504, "AutoLeap did not respond in time; try again later"),
    TimeoutError: (504, "the request took too long; try again later"),
    OutcomeUnknownError: (504, "the change may be stored or not; check before you try again"),
    AuthenticationError: (502, "AutoLeap refused the login of this application"),
    APIError: (502, "AutoLeap failed to process the request"),
    ResponseDecodeError: (502, "the response of AutoLeap cannot be read"),
    AutoLeapError: (500, "this application has an error"),
    UnicodeError: (422, "the file is not UTF-8; save it as UTF-8"),
    csv.Error: (422, "the file is not valid CSV"),
    ClientDisconnect: (400, "the connection ended before the end of the file"),
}


@frozen
class Problem:
    """Description of an error with the field names of RFC 9457.

    Attributes:
        status: HTTP status.
        title: Class name of the error.
        detail: What is wrong.
        retry_after: Seconds until the next attempt, if AutoLeap sent them.
    """

    status: int
    title: str
    detail: str
    retry_after: float | None = None

    def to_json(self) -> dict[str, object]:
        """Return the body of the response."""
        return {"status": self.status, "title": self.title, "detail": self.detail}


def make_problem(error: Exception) -> Problem:
    """Describe an error. A BulkError is described by its first outcome."""
    if isinstance(error, BulkError) and error.report is not None:
        outcome = (error.report.failures + error.report.unknowns)[0]
        error = outcome.error or error
    status, message = next(RESPONSES[kind] for kind in type(error).__mro__ if kind in RESPONSES)
    if isinstance(error, RecordError):
        message = f"{error.field}: {error.reason}".removeprefix(": ")
    retry_after = error.retry_after if isinstance(error, RateLimitError) else None
    return Problem(status, type(error).__name__, message or str(error), retry_after)


async def respond(request: Request, error: Exception) -> JSONResponse:
    """Return the response to a request that ended with an error."""
    problem = make_problem(error)
    if problem.status >= 500:
        logger.warning("%s: %s", type(error).__name__, error)
    seconds = problem.retry_after
    headers = {"Retry-After": str(math.ceil(seconds))} if seconds is not None else None
    return JSONResponse(
        problem.to_json(), problem.status, headers, media_type="application/problem+json"
    )


def add_handlers(app: FastAPI) -> None:
    """Register the error handler of this module."""
    for kind in (AutoLeapError, TimeoutError, ClientDisconnect):
        app.add_exception_handler(kind, respond)
