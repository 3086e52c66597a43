"""Secrets are removed from text of the server in every usual spelling, at every place."""

from __future__ import annotations

import base64
import copy
import html
import json
import pickle
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autoleap import Secret
from autoleap._redaction import MAX_TOKENS, MIN_SECRET_LENGTH, Redactor

KEY = "k\"e'y/<&>+ \\\xe9=7f"
TOKEN = "acc3ss-t0ken-44c1"


def redactor(*tokens: str) -> Redactor:
    known = Redactor(Secret(KEY))
    known.add(*map(Secret, tokens))
    return known


@pytest.mark.parametrize(
    "spelling",
    [
        KEY,
        json.dumps(KEY)[1:-1],
        json.dumps(KEY, ensure_ascii=False)[1:-1],
        json.dumps(KEY)[1:-1].replace("/", "\\/"),
        repr(KEY)[1:-1],
        quote(KEY),
        quote(KEY, safe=""),
        quote_plus(KEY),
        quote(KEY, safe="")
        .replace("%2F", "%2f")
        .replace("%3D", "%3d")
        .replace("%3C", "%3c")
        .replace("%3E", "%3e")
        .replace("%2B", "%2b")
        .replace("%5C", "%5c")
        .replace("%C3", "%c3")
        .replace("%A9", "%a9"),
        html.escape(KEY),
        base64.b64encode(KEY.encode()).decode(),
    ],
)
def test_a_secret_is_removed_in_each_spelling(spelling: str) -> None:
    clean = redactor().redact(f"seen: {spelling} end", 1000)
    assert clean.rstrip("= end").startswith("seen: ***")
    assert spelling not in clean


@given(
    before=st.text(max_size=40),
    secret=st.sampled_from([KEY, TOKEN]),
    after=st.text(max_size=40),
    length=st.integers(1, 60),
)
def test_no_cut_leaves_a_part_of_a_secret(
    before: str, secret: str, after: str, length: int
) -> None:
    clean = redactor(TOKEN).redact(f"{before}{secret}{after}", length)
    assert len(clean) <= length
    assert not [size for size in range(5, len(secret)) if secret[:size] in clean]


def test_a_secret_whose_characters_are_escaped_is_removed() -> None:
    known = redactor("base64+key/with=padding==")
    text = r'{"a": "base64\u002Bkey/with\u003dpadding\u003D\u003d \u0022\u005c"}'
    assert known.redact(text, 1000) == r'{"a": "*** \u0022\u005c"}'
    everything = "".join(f"\\u{ord(character):04x}" for character in TOKEN)
    for length in range(200):
        assert "acc3" not in redactor(TOKEN).redact(f"seen {everything * 3}", length)


def test_a_secret_that_contains_another_is_removed_as_a_whole() -> None:
    assert redactor(TOKEN, f"{TOKEN}-and-more").redact(f"{TOKEN}-and-more", 100) == "***"


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("token eyJhbGciOi.eyJleHAi.c2ln-_ end", "token *** end"),
        ("Authorization: Bearer 0123456789abcdef", "Authorization: Bearer ***"),
        ("authorization: basic 0123456789abcdef==", "authorization: basic ***"),
        ('{"accessToken": "0123456789ab"}', '{"accessToken": "***"}'),
        ("{'authKey': '0123456789ab'}", "{'authKey': '***'}"),
        ('"{\\"refreshToken\\":\\"0123456789ab\\"}"', '"{\\"refreshToken\\":\\"***\\"}"'),
        ('{"authKey": "must be a string"}', '{"authKey": "must be a string"}'),
        ("Bearer token required", "Bearer token required"),
        ("eyJ", "eyJ"),
    ],
)
def test_tokens_that_the_client_does_not_know_are_removed_by_their_form(
    text: str, clean: str
) -> None:
    assert redactor().redact(text, 1000) == clean


def test_a_secret_that_is_shorter_than_a_word_is_not_looked_for() -> None:
    known = Redactor(Secret("k" * (MIN_SECRET_LENGTH - 1)))
    assert known.redact("k" * 20, 100) == "k" * 20


def test_the_tokens_of_weeks_are_remembered_and_the_oldest_are_forgotten() -> None:
    tokens = [f"t0ken-number-{number}-" for number in range(MAX_TOKENS + 1)]
    known = redactor(*tokens)
    assert known.redact(tokens[0], 100) == tokens[0]
    assert {known.redact(token, 100) for token in tokens[1:]} == {"***"}
    assert known.redact(json.dumps(KEY), 100) == '"***"'


@pytest.mark.parametrize("character", "\0\t\n\r\x1b\x7f\x9b\u2028\u202e\u2066\ud800")
def test_a_control_character_becomes_a_space(character: str) -> None:
    assert redactor().redact(f"a{character}b", 100) == "a b"


def test_parsed_json_keeps_everything_but_secrets() -> None:
    value = {"a": [1, 2.5, None, True, f"x{TOKEN}y\n"], f"{TOKEN}": {"b": KEY}}
    clean = {"a": [1, 2.5, None, True, "x***y\n"], "***": {"b": "***"}}
    assert redactor(TOKEN).redact_json(value) == clean


def test_a_redactor_does_not_show_what_it_knows() -> None:
    known = redactor(TOKEN)
    assert TOKEN not in repr(known)
    assert KEY not in repr(known)
    for show in (vars, pickle.dumps, copy.copy):
        with pytest.raises(TypeError):
            show(known)
