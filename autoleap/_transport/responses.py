"""What an answer, or the lack of one, amounts to: a success or a typed error."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, NoReturn, cast

import httpx

from ..errors import (
    APIConnectionError,
    APITimeoutError,
    AutoLeapError,
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


def _identity(error: AutoLeapError) -> AutoLeapError:
    return error


class ApiResponse(httpx.Response):
    """A response whose body is decoded once, and which says in our terms when it cannot be."""

    # Puts the call on an error that is found when the answer is read, after the call.
    annotate_error: Callable[[AutoLeapError], AutoLeapError] = staticmethod(_identity)

    @property
    def media_type(self) -> str:
        """The media type of the body without parameters, "" if the server does not name it."""
        header: str = self.headers.get("Content-Type", "")
        return header.partition(";")[0].strip().lower()

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
            raise self.annotate_error(ResponseDecodeError("the answer is JSON, but not an object"))
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


def raise_for_response(response: httpx.Response, accept: str = JSON) -> ApiResponse:
    """Raise the error of a response; return the response if it is a success.

    Args:
        response: A response of this transport.
        accept: The media types that the request accepts.

    Raises:
        AutoLeapError: The response is no success, or it is not what the request accepts.
    """
    if not isinstance(response, ApiResponse):
        raise TypeError("a response that our transport did not make")
    if not response.is_success:
        _raise_status_error(response)
    if response.status_code == 204:  # has no body
        return response
    is_json = accept == JSON or (response.media_type.endswith("json") and response.content)
    # A new operation may answer with a bare list. What must be an object is refused when read.
    body = response.parsed_json if is_json else None
    if isinstance(body, dict) and response.json().get("success") is False:
        raise RejectedError(f"refused with 200: {response.error_message()}")
    if accept != JSON and not _is_accepted(response.media_type, accept):
        raise ResponseDecodeError(f"the response is {response.media_type}, not {accept}")
    return response


def _is_accepted(media_type: str, accept: str) -> bool:
    """Return whether a response may have a media type; an unnamed one may be anything."""
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
