"""What an answer, or the lack of one, amounts to: a success or a typed error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NoReturn, cast

import httpx

from ..errors import (
    APIConnectionError,
    APITimeoutError,
    CallDetails,
    OutcomeUnknownError,
    RateLimitError,
    RejectedError,
    ResponseDecodeError,
    TransportError,
    status_error_class,
)
from .retry_policy import Failure, classify_status, parse_retry_after

_CONNECT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class ApiResponse(httpx.Response):
    """A response whose body is decoded once, and which says in our terms when it cannot be."""

    # Set by RetryTransport. The generated functions read the body after the call has ended.
    call: CallDetails

    @cached_property
    def parsed_json(self) -> object:
        """The body, which must be JSON."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise ResponseDecodeError(f"the answer is not JSON: {error}") from None

    def json(self, **kwargs: Any) -> dict[str, Any]:
        """The body as a JSON object, which all documented answers are."""
        decoded = self.parsed_json
        if not isinstance(decoded, dict):
            message = "the response is JSON, but not an object"
            raise ResponseDecodeError(message).with_call(self.call)
        return cast("dict[str, Any]", decoded)

    def error_message(self) -> str:
        """The server's own words about a failure, or the first of its body."""
        try:
            said = self.json()
        except ResponseDecodeError:
            return self.text[:200].strip() or self.reason_phrase
        return str(said.get("error") or said.get("message") or said)[:1000]

    def retry_after(self) -> float | None:
        """Seconds the server asks to wait, if it does."""
        return parse_retry_after(self.headers.get("Retry-After"), datetime.now(UTC))


def raise_for_response(response: httpx.Response) -> ApiResponse:
    """Raise what an answer amounts to, unless it is a success."""
    if not isinstance(response, ApiResponse):
        raise TypeError("a response that our transport did not make")
    if not response.is_success:
        _raise_status_error(response)
    if response.status_code == 204:  # has no body, and none of the documented operations says it
        return response
    # A new operation may answer with a bare list; what must be an object is refused when read.
    if isinstance(response.parsed_json, dict) and response.json().get("success") is False:
        raise RejectedError(f"refused with 200: {response.error_message()}")
    return response


def _raise_status_error(response: ApiResponse) -> NoReturn:
    error = status_error_class(response.status_code)(
        f"{response.status_code}: {response.error_message()}"
    )
    if isinstance(error, RateLimitError):
        error.retry_after = response.retry_after()
    raise error


def classify_failure(outcome: ApiResponse | httpx.RequestError) -> Failure | None:
    """The failure that decides about another attempt, or None when there is none to make."""
    if isinstance(outcome, ApiResponse):
        return classify_status(outcome.status_code)
    return Failure.CONNECT_FAILED if isinstance(outcome, _CONNECT_ERRORS) else Failure.NO_RESPONSE


def map_transport_error(error: httpx.RequestError, method: str) -> TransportError:
    """The typed error in place of httpx's own."""
    said = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, _CONNECT_ERRORS):
        return APIConnectionError(f"the server was never reached ({said})")
    if method != "GET":
        return OutcomeUnknownError(
            f"no answer to a {method} ({said}): it may or may not have happened; "
            "look before resending"
        )
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"no answer in time ({said})")
    return APIConnectionError(f"the connection broke before the answer ({said})")
