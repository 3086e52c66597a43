"""Hostile JSON is a value or a typed error, and no value breaks what handles it later."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoleap import ResponseDecodeError, ResponseTooLargeError
from autoleap._transport.json_bodies import MAX_DEPTH, MAX_VALUES, MAX_WIDE_TEXT, parse_json

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


def parse(content: bytes) -> object:
    parsed, error = parse_json(content)
    assert error is None
    return parsed


@given(values, st.booleans())
def test_usual_json_is_parsed_as_json_does_it(value: object, ascii_only: bool) -> None:
    assert parse(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_any_bytes_are_json_or_an_error(content: bytes) -> None:
    _, error = parse_json(content)
    assert error is None or isinstance(error, ResponseDecodeError)


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"a":', "}")])
@pytest.mark.parametrize("depth", [MAX_DEPTH + 1, 500, 990, 100_000])
def test_too_many_levels_are_an_error(opening: str, closing: str, depth: int) -> None:
    inner = "0" if closing == "}" else ""
    parsed, error = parse_json((opening * depth + inner + closing * depth).encode())
    assert parsed is None
    assert "more than 100 levels" in str(error)
    parse((opening * MAX_DEPTH + inner + closing * MAX_DEPTH).encode())


def test_many_lists_side_by_side_are_no_levels() -> None:
    assert len(parse(b"[" + b"[[]]," * 5000 + b"[]]")) == 5001  # type: ignore[arg-type]


@pytest.mark.parametrize("part", [b"[],", b"{},", b"0,"])
def test_too_many_values_are_an_error(part: bytes) -> None:
    parsed, error = parse_json(b"[" + part * (MAX_VALUES + 1) + b"0]")
    assert parsed is None
    assert isinstance(error, ResponseTooLargeError)


@pytest.mark.parametrize("character", ["a", "\xe9"])
def test_a_long_text_of_narrow_characters_is_parsed(character: str) -> None:
    text = "a" * (MAX_WIDE_TEXT // 4) + character
    assert parse(json.dumps(text, ensure_ascii=False).encode()) == text


@pytest.mark.parametrize(
    ("character", "size"),
    [
        ("\u20ac", MAX_WIDE_TEXT // 2),
        ("\U0001f600", MAX_WIDE_TEXT // 4),
        (r"\u20ac", MAX_WIDE_TEXT // 4),
    ],
)
def test_one_wide_character_in_a_long_text_is_an_error(character: str, size: int) -> None:
    parsed, error = parse_json(f'"{"a" * size}{character}"'.encode())
    assert parsed is None
    assert isinstance(error, ResponseTooLargeError)


@pytest.mark.parametrize(
    ("escaped", "value"),
    [
        (r"\ud800", r"\ud800"),
        (r"\uDFFF", r"\uDFFF"),
        (r"\udc00\ud800", r"\udc00\ud800"),
        (r"\ud83d\ude00", "\N{GRINNING FACE}"),
        (r"\ud83d\ud83d\ude00", "\\ud83d\N{GRINNING FACE}"),
        (r"\\ud800", r"\ud800"),
        (r"\\\ud800", r"\\ud800"),
        (r"\\\\ud83d\ude00", r"\\ud83d\ude00"),
        (r"\u00e9\n", "\xe9\n"),
    ],
)
def test_half_of_a_character_pair_becomes_text_that_can_be_written(
    escaped: str, value: str
) -> None:
    parsed = parse(f'{{"{escaped}": "{escaped}"}}'.encode())
    assert parsed == {value: value}
    json.dumps(parsed, ensure_ascii=False).encode()


@given(st.lists(st.sampled_from(["\\", "ud800", "ude00", "u", "n", "\\\\", "d83d", "a"])))
def test_whatever_is_escaped_can_be_written(parts: list[str]) -> None:
    parsed, error = parse_json(f'"{"".join(parts)}"'.encode())
    assert error is not None or isinstance(str(parsed).encode(), bytes)
