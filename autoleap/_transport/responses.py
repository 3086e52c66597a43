"""Map responses and transport errors to the typed errors of `autoleap.errors`."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import cached_property
from http import HTTPStatus
from typing import Any, cast

import httpx

from .._redaction import Redactor
from ..errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AutoLeapError,
    CallDetails,
    OutcomeUnknownError,
    RateLimitError,
    RejectedError,
    ResponseDecodeError,
    TransportError,
    status_error_class,
)
from .json_bodies import parse_json
from .retry_policy import Failure, classify_status, parse_retry_after

JSON = "application/json"

# The usual headers with the id that a server, gateway or CDN gives to a request. The contract names
# none, so the first one that is present is used.
REQUEST_ID_HEADERS = (
    *("x-request-id", "request-id", "x-correlation-id", "x-trace-id"),
    *("x-amzn-requestid", "x-amz-request-id", "x-ms-request-id", "x-amzn-trace-id"),
    *("x-amz-cf-id", "x-cloud-trace-context", "cf-ray", "traceparent"),
)
# Headers that an error does not keep: they may hold credentials that the client does not know.
_HIDDEN_HEADERS = frozenset({"set-cookie", "cookie", "authorization", "proxy-authorization"})

# Characters that an error keeps of the server's text.
MAX_MESSAGE, MAX_PLAIN_MESSAGE, MAX_BODY, MAX_HEADER = 1000, 200, 4000, 500
# Bytes of which these characters are taken; a secret in them can be longer than its replacement.
_MAX_BODY_BYTES = 64 * 1024

_KNOWN_STATUSES = frozenset(HTTPStatus)
_NO_SECRETS = Redactor()
_CONNECT_ERRORS = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError)


class ApiResponse(httpx.Response):
    """A response that parses its body once, and raises typed errors if the body is invalid.

    Attributes:
        call: The call of the response; RetryTransport sets it. The generated functions parse the
            body after the call has ended.
        redactor: Removes secrets from text of the response.
        redacts_json: Whether secrets are removed from the parsed body. Bulk calls quote responses
            to writes in their errors. Rows of a list stay as they are.
        unreadable: Why the body was not read as a whole, or None.
    """

    call: CallDetails
    redactor: Redactor = _NO_SECRETS
    redacts_json: bool = False
    unreadable: ResponseDecodeError | None = None

    @property
    def media_type(self) -> str:
        """The media type of the body without parameters, "" if the server does not name it."""
        header: str = self.headers.get("Content-Type", "")
        return header.partition(";")[0].strip().lower()

    @cached_property
    def parsed_json(self) -> object:
        """The body as JSON of any type."""
        parsed, error = parse_json(self.content)
        if error is not None:
            raise error
        return self.redactor.redact_json(parsed) if self.redacts_json else parsed

    def json(self, **kwargs: Any) -> dict[str, Any]:
        """Return the body as a JSON object; all documented responses are objects."""
        # If it is no object, no local variable holds it: a traceback can show them.
        body = _to_object(self.parsed_json)
        if body is not None:
            return body
        message = "the response is JSON, but not an object"
        raise ResponseDecodeError(message).with_call(self.call)

    def error_message(self) -> str:
        """Return the server's message about a failure, or the start of the body."""
        body = _to_object(parse_json(self.content)[0])
        if body is None:
            return self.body_start(MAX_PLAIN_MESSAGE).strip() or self.reason_phrase
        message = str(body.get("error") or body.get("message") or body)
        return self.redactor.redact(message, MAX_MESSAGE)

    def body_start(self, max_length: int) -> str:
        """Return the start of the body as text, without secrets."""
        text = self.content[:_MAX_BODY_BYTES].decode("utf-8", "replace")
        return self.redactor.redact(text, max_length)

    def visible_headers(self) -> dict[str, str]:
        """Return the headers without secrets and cookies."""
        redact = self.redactor.redact
        return {
            redact(name, MAX_HEADER): redact(value, MAX_HEADER)
            for name, value in self.headers.items()
            if name not in _HIDDEN_HEADERS
        }

    def request_id(self) -> str | None:
        """Return the id that the server gave to the request, or None."""
        names = (name for name in REQUEST_ID_HEADERS if self.headers.get(name))
        name = next(names, None)
        return self.redactor.redact(self.headers[name], MAX_HEADER) if name else None

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
    # The frame that raises has no variable with text of the server: a traceback can show it.
    error = _find_error(response, accept)
    if error is not None:
        raise error


def _find_error(response: ApiResponse, accept: str) -> AutoLeapError | None:
    """Return the error of a response, or None for a success."""
    if not response.is_success:
        return _make_status_error(response)
    if response.unreadable is not None:
        return response.unreadable
    if response.status_code not in _KNOWN_STATUSES:
        # A generated function converts the status to HTTPStatus.
        return ResponseDecodeError(f"the status {response.status_code} has no meaning in HTTP")
    if response.status_code == 204:  # no body
        return None
    return _find_body_error(response, accept)


def _find_body_error(response: ApiResponse, accept: str) -> AutoLeapError | None:
    is_json = accept == JSON or (response.media_type.endswith("json") and response.content)
    try:
        # A new operation may return a list. `json()` raises where an object is needed.
        body = _to_object(response.parsed_json) if is_json else None
    except ResponseDecodeError as error:
        return error.with_traceback(None)
    if body is not None and body.get("success") is False:
        message = f"refused with 200: {response.error_message()}"
        return _add_response(RejectedError(message), response)
    if accept != JSON and not _is_accepted(response.media_type, accept):
        media_type = response.redactor.redact(response.media_type, MAX_PLAIN_MESSAGE)
        return ResponseDecodeError(f"the response is {media_type}, not {accept}")
    return None


def _to_object(parsed: object) -> dict[str, Any] | None:
    return cast("dict[str, Any]", parsed) if isinstance(parsed, dict) else None


def _is_accepted(media_type: str, accept: str) -> bool:
    """Return whether the request accepts a media type; a response without one is accepted."""
    accepted = {name.strip() for name in accept.split(",")}
    wildcards = {"*/*", f"{media_type.partition('/')[0]}/*"}
    return media_type in {"", "application/octet-stream", *accepted} or bool(wildcards & accepted)


def _make_status_error(response: ApiResponse) -> APIError:
    message = f"{response.status_code}: {response.error_message()}"
    if response.unreadable is not None:
        message = f"{message} ({response.unreadable})"
    error = status_error_class(response.status_code)(message)
    if isinstance(error, RateLimitError):
        error.retry_after = response.retry_after()
    return _add_response(error, response)


def _add_response(error: APIError, response: ApiResponse) -> APIError:
    """Keep the parts of a response that a support case needs."""
    error.body, error.headers = response.body_start(MAX_BODY), response.visible_headers()
    return error


def classify_failure(outcome: ApiResponse | httpx.RequestError) -> Failure | None:
    """Return the failure of an attempt, or None if a retry would change nothing."""
    if isinstance(outcome, ApiResponse):
        return classify_status(outcome.status_code)
    return Failure.CONNECT_FAILED if isinstance(outcome, _CONNECT_ERRORS) else Failure.NO_RESPONSE


def redact_error(error: httpx.RequestError, redactor: Redactor) -> httpx.RequestError:
    """Return an error of httpx without secrets, frames and causes.

    Its message can quote a response that is not HTTP. Its frames hold the headers of the request
    and of the response, and the password of a proxy.
    """
    kind = next(kind for kind in type(error).__mro__ if kind.__module__.startswith("httpx"))
    clean: httpx.RequestError = kind(redactor.redact(_first_message(error), MAX_MESSAGE))
    return clean


def _first_message(error: BaseException) -> str:
    """Return the message of an error, or that of the first cause that has one."""
    cause: BaseException | None = error
    while cause is not None and not str(cause):
        cause = cause.__cause__ or cause.__context__
    return str(cause or "")


def map_transport_error(
    error: httpx.RequestError, method: str, *, earlier: bool = False
) -> TransportError:
    """Return the typed error for an httpx error.

    Args:
        error: The error of the last attempt.
        method: The HTTP method.
        earlier: Whether the server may have done a write in an earlier attempt.
    """
    cause = f"{type(error).__name__}: {error}".rstrip(": ")
    if isinstance(error, _CONNECT_ERRORS) and not earlier:
        return APIConnectionError(f"the server was never reached ({cause})")
    if method != "GET":
        return OutcomeUnknownError(
            f"no response to a {method} ({cause}): the server may have done it. "
            "Read the data before you send it again"
        )
    if isinstance(error, httpx.TimeoutException):
        return APITimeoutError(f"no response in time ({cause})")
    return APIConnectionError(f"the connection was cut before the response ({cause})")
