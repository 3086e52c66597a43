"""The state of one call, from its wait for a token to its last attempt."""

from __future__ import annotations

import time

import httpx
from attrs import define, field

from .._auth.manager import TokenManager
from .._config import Secret
from .._ratelimit.priority import Priority

# Contract: these two operations return tokens, so they need no bearer token.
UNAUTHENTICATED_PATHS = frozenset({"/partners/login", "/partners/generateNewAccessToken"})

# A call whose token has expired in the queue waits for a new token, and queues again. After this
# number of times it is sent with the token that it has. The lifetime of the tokens is then too
# short for the queue.
MAX_EXPIRED_TOKENS = 3


@define
class CallContext:
    """State of one call, kept in `request.extensions`.

    Attributes:
        method, path: HTTP method, and path below the base URL without the query.
        url: The URL with the query.
        priority: Priority in the queue for slots.
        max_retries: Attempts after the first.
        total_timeout: Seconds that one attempt may take.
        operation, path_template: The operation of the contract; None for another request.
        attempts: Requests sent.
        waited: Seconds of waiting for slots.
        status: HTTP status of the last response, or None.
        request_id: The server's id of the last response, or None.
        started_at: Start of the call, on the monotonic clock.
        token_manager: Returns the access token; None for a call without a token.
        token: Access token of the last attempt, or None.
        may_have_acted: Whether the server may have done a write in an earlier attempt.
        expired_tokens: How often the call had a slot and no valid token.
    """

    method: str
    path: str
    url: httpx.URL
    priority: Priority
    max_retries: int
    total_timeout: float
    operation: str | None
    path_template: str | None
    attempts: int = 0
    waited: float = 0.0
    status: int | None = None
    request_id: str | None = None
    started_at: float = field(factory=time.monotonic)
    token_manager: TokenManager | None = None
    token: Secret | None = None
    may_have_acted: bool = False
    expired_tokens: int = 0

    @property
    def elapsed(self) -> float:
        """Seconds since the start of the call, waits included."""
        return time.monotonic() - self.started_at

    def take_token(self) -> bool:
        """Take the token for an attempt; return False if the call must wait for a new one."""
        if self.token_manager is None:
            return True
        token = self.token_manager.current_token()
        self.token = token or self.token
        self.expired_tokens += token is None
        return token is not None or self.expired_tokens > MAX_EXPIRED_TOKENS

    async def wait_for_token(self) -> None:
        """Wait until there is a valid token.

        Raises:
            AutoLeapError: when the login or the refresh fails.
        """
        if self.token_manager is not None:
            self.token = await self.token_manager.get_token()
