"""Pure: no I/O, no clock.

Parse the JSON of a response, whose content may be hostile.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import cast

from ..errors import ResponseDecodeError, ResponseTooLargeError

# Levels of lists and objects. The documented responses have at most six. Python ends with a
# RecursionError at about a thousand.
MAX_DEPTH = 100

# Values in one response. An empty list takes two bytes of JSON and more than fifty in memory.
MAX_VALUES = 1_000_000

# Bytes in memory of a text with characters outside Latin-1. Python stores each character of a text
# with as many bytes as the largest one needs, so one emoji makes a text four times as large.
MAX_WIDE_TEXT = 64 * 1024 * 1024

# The first byte of a character in UTF-8 that needs four bytes in memory, and of one that needs two.
_FOUR_BYTES, _TWO_BYTES = re.compile(rb"[\xf0-\xff]"), re.compile(rb"[\xc4-\xef]")

_VALUE_MARKS = (b",", b":", b"[", b"{")
_OPENING_MARKS = (b"[", b"{")
_CONTAINERS = frozenset({dict, list})

_ESCAPE = re.compile(
    r"\\(?:"
    r"u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}"  # two halves of one character
    r"|(u[dD][89a-fA-F][0-9a-fA-F]{2})"  # one half
    r"|.)",
    re.DOTALL,
)


def parse_json(content: bytes) -> tuple[object, ResponseDecodeError | None]:
    """Return the parsed JSON and None, or None and the error.

    The error is returned, because the frames of a raised one would hold the content.

    Args:
        content: A response body.
    """
    if len(content) > MAX_VALUES and _count(content, _VALUE_MARKS) > MAX_VALUES:
        return None, ResponseTooLargeError(f"the response has more than {MAX_VALUES:,} JSON values")
    if len(content) * 4 > MAX_WIDE_TEXT and _is_too_wide(content):
        return None, ResponseTooLargeError("the text of the response needs too much memory")
    try:
        text = content.decode(json.detect_encoding(content))
        parsed: object = json.loads(_spell_lone_surrogates(text))
    except RecursionError:
        return None, _make_depth_error()
    except ValueError as error:
        return None, ResponseDecodeError(f"the response is not JSON: {error}")
    if _count(content, _OPENING_MARKS) > MAX_DEPTH and _is_deeper_than(parsed, MAX_DEPTH):
        return None, _make_depth_error()
    return parsed, None


def _make_depth_error() -> ResponseDecodeError:
    return ResponseDecodeError(f"the JSON of the response has more than {MAX_DEPTH} levels")


def _is_too_wide(content: bytes) -> bool:
    width = _find_width(content)
    return width > 1 and len(content) * width > MAX_WIDE_TEXT


def _find_width(content: bytes) -> int:
    """Return the bytes in memory of each character, at most."""
    if b"\\u" in content:  # an escape sequence can stand for any character
        return 4
    if content.isascii():
        return 1
    return 4 if _FOUR_BYTES.search(content) else 2 if _TWO_BYTES.search(content) else 1


def _count(content: bytes, marks: Iterable[bytes]) -> int:
    return sum(content.count(mark) for mark in marks)


def _spell_lone_surrogates(text: str) -> str:
    r"""Write half of a character pair, such as \ud800, as the text of its escape sequence.

    UTF-8 cannot encode such a half. It would raise an error wherever the value is written or sent.
    """
    if "\\ud" not in text and "\\uD" not in text:
        return text
    return _ESCAPE.sub(lambda match: rf"\\{match[1]}" if match[1] else match[0], text)


def _is_deeper_than(value: object, depth: int) -> bool:
    """Return whether lists and objects are nested deeper than a number of levels."""
    level = [value]
    for _ in range(depth):
        parts = [_list_children(parent) for parent in level]
        level = [child for part in parts for child in part if type(child) in _CONTAINERS]
        if not level:
            return False
    return True


def _list_children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()
