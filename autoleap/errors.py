"""Every error this package raises.

    AutoLeapError
    ├── ConfigurationError         an argument cannot be used; nothing was sent
    │   └── RecordError            one record breaks the contract; names row and field
    ├── RateLimiterUnavailableError     the shared budget cannot be asked; nothing was sent
    ├── TransportError             no answer arrived
    │   ├── APIConnectionError     the server was never reached (or a read broke off)
    │   ├── APITimeoutError        no answer to a read in time
    │   └── OutcomeUnknownError    a write that may or may not have happened
    ├── APIError                   the server answered, and said no
    │   ├── BadRequestError        400
    │   ├── AuthenticationError    401, or a refused login
    │   ├── PermissionDeniedError  403
    │   ├── NotFoundError          404, or an empty answer to a get by key
    │   ├── RateLimitError         429, with `retry_after`
    │   ├── ServerError            5xx
    │   └── RejectedError          200 with `success: false`
    ├── ResponseDecodeError        a 200 that cannot be read
    ├── TokenStoreError            the place where tokens are shared does not answer
    │   └── LockLostError          its lock ran out, and somebody else has it
    └── BulkError                  some records of a bulk call were not done (in `outcomes`)

What an error knows of its call stands in the attributes of `AutoLeapError`.
"""

from __future__ import annotations

import copy
from typing import Protocol, Self


class CallDetails(Protocol):
    """What an error keeps of the call that it comes from."""

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
    def attempts(self) -> int:
        """Requests sent."""
        ...

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the call."""
        ...


class AutoLeapError(Exception):
    """Base of all errors of this package.

    Attributes:
        method: HTTP method of the call, or None when no call was made.
        path: Path below the base URL, without the query.
        status: HTTP status of the answer, or None when none came.
        attempts: How many times the request was sent.
        elapsed: Seconds from the start of the call to this error, waits included.
        next_page: Set on errors out of a pager: the page to go on with.
    """

    method: str | None = None
    path: str | None = None
    status: int | None = None
    attempts: int = 0
    elapsed: float = 0.0
    next_page: int | None = None

    def with_call(self, call: CallDetails) -> Self:
        """Copy the details of a call, or of another error, and return this error.

        Args:
            call: The call that failed, or an error that knows it.
        """
        self.method, self.path, self.status = call.method, call.path, call.status
        self.attempts, self.elapsed = call.attempts, call.elapsed
        return self


class ConfigurationError(AutoLeapError, ValueError):
    """Something the caller gave cannot be used; nothing was sent."""


class RecordError(ConfigurationError):
    """A record breaks the contract; it was not sent.

    Attributes:
        field: Path of the offending field in the API's spelling, such as `phones[0].type`.
        reason: What is wrong with it.
        index: Row of the input, counted from 0; None outside bulk calls.
    """

    field: str = ""
    reason: str = ""
    index: int | None = None

    @classmethod
    def for_field(cls, field: str, reason: str, index: int | None = None) -> Self:
        """Build the error for one field of one record."""
        where = f"row {index}, " if index is not None else ""
        error = cls(f"{where}{field}: {reason}" if field else f"{where}{reason}")
        error.field, error.reason, error.index = field, reason, index
        return error


class RateLimiterUnavailableError(AutoLeapError):
    """The budget that many processes share cannot be asked, so nothing was sent."""


class TransportError(AutoLeapError):
    """No answer arrived."""


class APIConnectionError(TransportError):
    """The server was never reached, or broke off while it answered a read: nothing was changed."""


class APITimeoutError(TransportError):
    """A read was sent and no answer came in time."""


class OutcomeUnknownError(TransportError):
    """The answer to a write was lost; the server may or may not have done it."""


class APIError(AutoLeapError):
    """The server answered, and the answer is not a success."""


class BadRequestError(APIError):
    """400: the request breaks the server's rules."""


class AuthenticationError(APIError):
    """401 after a fresh token, or a login that was refused."""


class PermissionDeniedError(APIError):
    """403: the token is valid and not allowed to do this."""


class NotFoundError(APIError):
    """404, or an answer without content to a get by key."""


class RateLimitError(APIError):
    """429: too many calls, and waiting longer is the caller's decision.

    Attributes:
        retry_after: Seconds the server asked to wait, or None when it did not say.
    """

    retry_after: float | None = None


class ServerError(APIError):
    """5xx: the server failed. A create may have happened all the same."""


class RejectedError(APIError):
    """200 with `success: false` in the body."""


class ResponseDecodeError(AutoLeapError):
    """A 200 whose body cannot be read as the contract describes it."""


class TokenStoreError(AutoLeapError):
    """The token store cannot be read or written now; the message names the remedy."""


class LockLostError(TokenStoreError):
    """The store's lock ran out while it was held, so the save under it did not take effect."""


_BY_STATUS: dict[int, type[APIError]] = {
    400: BadRequestError,
    401: AuthenticationError,
    403: PermissionDeniedError,
    404: NotFoundError,
    429: RateLimitError,
}


def status_error_class(status: int) -> type[APIError]:
    """The class for an HTTP status that is not 2xx."""
    return ServerError if status >= 500 else _BY_STATUS.get(status, APIError)


def copy_for_raise(error: Exception) -> Exception:
    """A copy for each waiter: one exception raised in many tasks would mix their tracebacks.

    An error of somebody else's token store comes as it is: it need not be of a kind that can be
    copied; ours are.
    """
    return copy.copy(error) if isinstance(error, AutoLeapError) else error
