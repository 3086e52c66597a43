"""What an answer amounts to: decoded once, and a success or a typed error."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any, NoReturn

import httpx

from .errors import RateLimitError, RejectedError, ResponseDecodeError, error_class
from .retry import retry_after_seconds


class Answer(httpx.Response):
    """A response whose body is decoded once, and which says in our terms when it cannot be."""

    _decoded: dict[str, Any] | None = None

    def json(self, **kwargs: Any) -> dict[str, Any]:
        """The body as a JSON object: the contract knows no other kind of answer."""
        if self._decoded is None:
            try:
                decoded: object = json.loads(self.content, **kwargs)
            except ValueError as error:
                raise ResponseDecodeError(f"the answer is not JSON: {error}") from None
            if not isinstance(decoded, dict):
                raise ResponseDecodeError("the answer is JSON, but not an object")
            self._decoded = decoded
        return self._decoded

    def words(self) -> str:
        """The server's own words about a failure, or the first of its body."""
        try:
            said = self.json()
        except ResponseDecodeError:
            return self.text[:200].strip() or self.reason_phrase
        return str(said.get("error") or said.get("message") or said)[:1000]

    def retry_after(self) -> float | None:
        """Seconds the server asks to wait, if it does."""
        return retry_after_seconds(self.headers.get("Retry-After"), datetime.now(UTC))


def judge(response: httpx.Response) -> None:
    """Raise what an answer amounts to, unless it is a success."""
    if not isinstance(response, Answer):
        raise TypeError("a response that our transport did not make")
    if not response.is_success:
        _refuse(response)
    if response.json().get("success") is False:
        raise RejectedError(f"refused with 200: {response.words()}")


def _refuse(response: Answer) -> NoReturn:
    error = error_class(response.status_code)(f"{response.status_code}: {response.words()}")
    if isinstance(error, RateLimitError):
        error.retry_after = response.retry_after()
    raise error
