"""Every error that this package raises.

    AutoLeapError
    ├── ConfigurationError           an argument cannot be used; nothing was sent
    │   └── RecordError              a record breaks the contract; names row and field
    ├── RateLimiterUnavailableError  the shared rate limiter does not respond; nothing was sent
    ├── TransportError               no response arrived
    │   ├── APIConnectionError       the server was not reached, or a read was cut
    │   ├── APITimeoutError          no response to a read in time
    │   └── OutcomeUnknownError      the server may have done the write
    ├── APIError                     the response is not a success
    │   ├── BadRequestError          400
    │   ├── AuthenticationError      401, or a refused login
    │   ├── PermissionDeniedError    403
    │   ├── NotFoundError            404, or an empty response to a get by key
    │   ├── RateLimitError           429, with `retry_after`
    │   ├── ServerError              5xx
    │   └── RejectedError            200 with `success: false`
    ├── ResponseDecodeError          a 200 that cannot be read
    │   └── ResponseTooLargeError    its body has more bytes or values than allowed
    ├── TokenStoreError              the token store cannot be read or written
    │   └── LockLostError            its lock ran out during a refresh
    └── BulkError                    some records of a bulk call failed; carries the report

The attributes of `AutoLeapError` describe the call that failed.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Protocol, Self

# Control characters, line separators, changes of the writing direction and lone surrogates. In a
# log or a terminal they can hide or forge lines.
_CONTROL_CHARACTERS = re.compile(
    "[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)


def replace_control_characters(text: str) -> str:
    """Return a text with a space in place of each character that controls its output."""
    return _CONTROL_CHARACTERS.sub(" ", text)


class CallDetails(Protocol):
    """Details of a call; calls, call events and errors have them."""

    @property
    def method(self) -> str | None:
        """HTTP method."""

    @property
    def path(self) -> str | None:
        """Path below the base URL, without the query."""

    @property
    def status(self) -> int | None:
        """HTTP status of the last response."""

    @property
    def request_id(self) -> str | None:
        """The server's id of the last response."""

    @property
    def attempts(self) -> int:
        """Requests sent."""
        ...

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the call."""
        ...


class AutoLeapError(Exception):
    """Base class of all errors of this package.

    Attributes:
        method: HTTP method of the call, or None when no call was made.
        path: Path below the base URL, without the query.
        status: HTTP status of the last response, or None without a response.
        request_id: The server's id of the last response, or None. A support case starts with it.
        attempts: Requests sent.
        elapsed: Seconds from the start of the call to this error, waits included.
        next_page: The page to continue with; set on errors of a pager.
    """

    method: str | None = None
    path: str | None = None
    status: int | None = None
    request_id: str | None = None
    attempts: int = 0
    elapsed: float = 0.0
    next_page: int | None = None

    def __init__(self, *args: object) -> None:
        # A message can contain text of the server or of a record.
        super().__init__(
            *(replace_control_characters(arg) if isinstance(arg, str) else arg for arg in args)
        )

    def with_call(self, call: CallDetails) -> Self:
        """Copy the details of a call to this error, and return it.

        Args:
            call: The call that failed, its event, or another error of it.
        """
        self.method, self.path, self.status = call.method, call.path, call.status
        self.request_id = call.request_id
        self.attempts, self.elapsed = call.attempts, call.elapsed
        return self


class ConfigurationError(AutoLeapError, ValueError):
    """An argument cannot be used; nothing was sent."""


class RecordError(ConfigurationError):
    """A record breaks the contract; it was not sent.

    Attributes:
        field: Path of the invalid field in the API's spelling, such as `phones[0].type`.
        reason: The rule that the field breaks.
        index: Row of the input, from 0; None outside bulk calls.
    """

    field: str = ""
    reason: str = ""
    index: int | None = None

    @classmethod
    def for_field(cls, field: str, reason: str, index: int | None = None) -> Self:
        """Make the error for one field of one record.

        Args:
            field: Path of the field; empty for the record as a whole.
            reason: The rule that the field breaks.
            index: Row of the input, from 0.
        """
        where = f"row {index}, " if index is not None else ""
        error = cls(f"{where}{field}: {reason}" if field else f"{where}{reason}")
        error.field, error.reason, error.index = field, reason, index
        return error


class RateLimiterUnavailableError(AutoLeapError):
    """The shared rate limiter does not respond; nothing was sent."""


class TransportError(AutoLeapError):
    """No response arrived."""


class APIConnectionError(TransportError):
    """The server was not reached, or the connection was cut during a read; nothing was changed."""


class APITimeoutError(TransportError):
    """A read was sent and no response came in time."""


class OutcomeUnknownError(TransportError):
    """The response to a write was lost; the server may or may not have done the write."""


class APIError(AutoLeapError):
    """The server sent a response that is not a success.

    The body and the headers are without the secrets of the client. They may contain customer data.

    Attributes:
        body: The start of the response body as text, or None.
        headers: The response headers, by name in lower case; without cookies.
    """

    body: str | None = None
    headers: Mapping[str, str] = MappingProxyType({})


class BadRequestError(APIError):
    """400: the request breaks a rule of the server."""


class AuthenticationError(APIError):
    """401 with a new access token, or a refused login."""


class PermissionDeniedError(APIError):
    """403: the access token is valid, but the partner may not do this."""


class NotFoundError(APIError):
    """404, or an empty response to a get by key."""


class RateLimitError(APIError):
    """429: too many calls, after all retries, or with a wait that is too long for a retry.

    Attributes:
        retry_after: Seconds to wait from the Retry-After header, or None.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """5xx: the server failed; a create may still have happened."""


class RejectedError(APIError):
    """200 with `success: false` in the body."""


class ResponseDecodeError(AutoLeapError):
    """200 with a body that does not match the contract."""


class ResponseTooLargeError(ResponseDecodeError):
    """200 with a body of more bytes or values than the client accepts."""


class TokenStoreError(AutoLeapError):
    """The token store cannot be read or written now; the message names the remedy."""


class LockLostError(TokenStoreError):
    """The lock of the token store ran out while it was held; the save had no effect."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def status_error_class(status: int) -> type[APIError]:
    """Return the error class for an HTTP status that is not 2xx."""
    return ServerError if status >= 500 else _BY_STATUS.get(status, APIError)


def copy_for_raise(error: Exception) -> Exception:
    """Copy an error without its traceback, so that each task raises another object.

    An error that is not an AutoLeapError, such as one of a custom token store, stays the same
    object: a copy of it may fail.
    """
    return copy.copy(error) if isinstance(error, AutoLeapError) else error
