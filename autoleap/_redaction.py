"""Remove secrets and control characters from text of the server.

A server or a proxy can repeat a request in its response, with the partner's key and the tokens. An
error keeps a part of the response, and an error can reach logs, error trackers and terminals.
"""

from __future__ import annotations

import base64
import html
import json
import re
from collections.abc import Mapping
from typing import NoReturn, cast
from urllib.parse import quote, quote_plus

from ._config import Secret
from .errors import replace_control_characters

REDACTED = "***"

# A shorter secret would also be found in text that has nothing to do with it.
MIN_SECRET_LENGTH = 8

# Tokens that a client remembers: those of weeks, with a new pair every 55 minutes.
MAX_TOKENS = 1000

# Tokens that the client may not know: a JWT, the value of an Authorization header, and the fields
# of the contract that hold secrets.
_TOKEN_PATTERNS = (
    re.compile(r"()\beyJ[\w-]{6,}(?:\.[\w-]*){1,4}"),
    re.compile(r"(\b(?:Bearer|Basic)\s+)[\w.~+/=-]{16,}", re.IGNORECASE),
    re.compile(
        r"""((["'])(?:accessToken|refreshToken|authKey)\\?\2\s*:\s*\\?["'])"""
        r"""[^"'\\\s]{12,}(?=\\?["'])"""
    ),
)


# The escape sequence of a printable ASCII character; some servers write "=" or "&" so. Those of the
# quote and the backslash stay, so that a body stays JSON.
_ASCII_ESCAPE = re.compile(r"\\u00(?!22|5[cC])([2-7][0-9a-fA-F])")


class Redactor:
    """Removes the secrets of one client from text of the server.

    Args:
        key: The partner's key.
    """

    __slots__ = ("_key", "_spellings", "_tokens")

    def __init__(self, key: Secret | None = None) -> None:
        self._key = _list_spellings(key) if key is not None else ()
        # A dict keeps the order in which the tokens came.
        self._tokens: dict[Secret, tuple[str, ...]] = {}
        self._spellings = self._sort_spellings()

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Redactor cannot be pickled or copied")

    def add(self, *tokens: Secret) -> None:
        """Remember tokens of the client; the oldest are forgotten after `MAX_TOKENS`."""
        new = [token for token in tokens if token not in self._tokens]
        self._tokens |= {token: _list_spellings(token) for token in new}
        while len(self._tokens) > MAX_TOKENS:
            del self._tokens[next(iter(self._tokens))]
        if new:
            self._spellings = self._sort_spellings()

    def redact(self, text: str, max_length: int) -> str:
        """Return the start of a text without secrets and control characters.

        Args:
            text: Text of the server.
            max_length: The largest number of characters of the result.
        """
        margin = len(self._spellings[0]) if self._spellings else 0
        start = text[: max_length + margin + 6]
        clean = _remove(_ASCII_ESCAPE.sub(_decode_escape, start), self._spellings)
        if len(start) < len(text):
            # The last characters may be the first part of a secret, or of an escape sequence.
            clean = clean[: max(0, len(clean) - margin - 6)]
        return replace_control_characters(clean[:max_length])

    def redact_json(self, value: object) -> object:
        """Return parsed JSON with the secrets of the client removed from its texts."""
        return _redact_values(value, self._spellings)

    def _sort_spellings(self) -> list[str]:
        """Return the spellings of all secrets, the longest first: one can contain another."""
        spellings = {text for texts in (self._key, *self._tokens.values()) for text in texts}
        return sorted(spellings, key=len, reverse=True)


def _list_spellings(secret: Secret) -> tuple[str, ...]:
    """Return the forms in which JSON, a URL, HTML, Python or Base64 spell a secret."""
    text = secret.reveal()
    if len(text) < MIN_SECRET_LENGTH:
        return ()
    escaped = [json.dumps(text)[1:-1], json.dumps(text, ensure_ascii=False)[1:-1], repr(text)[1:-1]]
    encoded = [quote(text, safe=""), quote(text), quote_plus(text), html.escape(text)]
    in_base64 = base64.b64encode(text.encode()).decode().rstrip("=")
    spellings = [text, *escaped, escaped[0].replace("/", r"\/"), *encoded, in_base64]
    return tuple({*spellings, *map(_lower_percent_codes, encoded)})


def _decode_escape(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16))


def _lower_percent_codes(text: str) -> str:
    return re.sub("%[0-9A-F]{2}", lambda code: code[0].lower(), text)


def _remove(text: str, spellings: list[str]) -> str:
    for spelling in spellings:
        text = text.replace(spelling, REDACTED)
    for pattern in _TOKEN_PATTERNS:
        text = pattern.sub(rf"\1{REDACTED}", text)
    return text


def _redact_values(value: object, spellings: list[str]) -> object:
    """Redact the texts of parsed JSON, whose depth is bounded."""
    if isinstance(value, str):
        for spelling in spellings:
            value = value.replace(spelling, REDACTED)
        return value
    if isinstance(value, list):
        return [_redact_values(item, spellings) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        items = cast("Mapping[str, object]", value).items()
        return {
            str(_redact_values(name, spellings)): _redact_values(item, spellings)
            for name, item in items
        }
    return value
