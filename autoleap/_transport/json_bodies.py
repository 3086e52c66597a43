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
