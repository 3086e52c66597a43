"""Map responses and transport errors to the typed errors of `autoleap.errors`."""

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

JSON = "application/json"
_CONNECT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class ApiResponse(httpx.Response):
    """A response that parses its body once, and raises typed errors if the body is invalid."""

    # RetryTransport sets this. The generated functions parse the body after the call has ended.
    call: CallDetails

    @property
    def media_type(self) -> str:
        """The media type of the body without parameters, "" if the server does not name it."""
        header: str = self.headers.get("Content-Type", "")
        return header.partition(";")[0].strip().lower()

    @cached_property
    def parsed_json(self) -> object:
        """The body as JSON of any type."""
        try:
            return json.loads(self.content)
        except ValueError as error:
            raise ResponseDecodeError(f"the response is not JSON: {error}") from None

    def json(self, **kwargs: Any) -> dict[str, Any]:
        """Return the body as a JSON object; all documented responses are objects."""
        parsed = self.parsed_json
        if not isinstance(parsed, dict):
            message = "the response is JSON, but not an object"
            raise ResponseDecodeError(message).with_call(self.call)
        return cast("dict[str, Any]", parsed)

    def error_message(self) -> str:
        """Return the server's message about a failure, or the start of the body."""
        try:
            body = self.json()
        except ResponseDecodeError:
            return self.text[:200].strip() or self.reason_phrase
        return str(body.get("error") or body.get("message") or body)[:1000]

    def retry_after(self) -> float | None:
        """Return the seconds that the server asks to wait, or None."""
        return parse_retry_after(self.headers.get("Retry-After"), datetime.now(UTC))


def raise_for_response(response: httpx.Response, accept: str = JSON) -> None:
    """Raise the typed error of a response that is not a success.

    Args:
        response: A response of RetryTransport.
        accept: The media types that the request accepts.

    Raises:
        APIError: when the status is not 2xx, or the body has `success: false`.
        ResponseDecodeError: when the body is not what the request accepts.
    """
    if not isinstance(response, ApiResponse):
        raise TypeError("the response does not come from RetryTransport")
    if not response.is_success:
        _raise_status_error(response)
    if response.status_code == 204:  # no body
        return
    is_json = accept == JSON or (response.media_type.endswith("json") and response.content)
    # A new operation may return a list. `json()` raises if a generated function needs an object.
    body = response.parsed_json if is_json else None
    if isinstance(body, dict) and response.json().get("success") is False:
        raise RejectedError(f"refused with 200: {response.error_message()}")
    if accept != JSON and not _is_accepted(response.media_type, accept):
        raise ResponseDecodeError(f"the response is {response.media_type}, not {accept}")


def _is_accepted(media_type: str, accept: str) -> bool:
    """Return whether the request accepts a media type; a response without one is accepted."""
    accepted = {name.strip() for name in accept.split(",")}
    wildcards = {"*/*", f"{media_type.partition('/')[0]}/*"}
    return media_type in {"", "application/octet-stream", *accepted} or bool(wildcards & accepted)


def _raise_status_error(response: ApiResponse) -> NoReturn:
    error = status_error_class(response.status_code)(
        f"{response.status_code}: {response.error_message()}"
    )
    if isinstance(error, RateLimitError):
        error.retry_after = response.retry_after()
    raise error


def classify_failure(outcome: ApiResponse | httpx.RequestError) -> Failure | None:
    """Return the failure of an attempt, or None if a retry would change nothing."""
    if isinstance(outcome, ApiResponse):
        return classify_status(outcome.status_code)
    return Failure.CONNECT_FAILED if isinstance(outcome, _CONNECT_ERRORS) else Failure.NO_RESPONSE


def map_transport_error(error: httpx.RequestError, method: str) -> TransportError:
    """Return the typed error for an httpx error."""
    cause = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, _CONNECT_ERRORS):
        return APIConnectionError(f"the server was never reached ({cause})")
    if method != "GET":
        return OutcomeUnknownError(
            f"no response to a {method} ({cause}): the server may have done it. "
            "Read the data before you send it again"
        )
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"no response in time ({cause})")
    return APIConnectionError(f"the connection was cut before the response ({cause})")
