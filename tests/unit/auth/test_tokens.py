"""How long a pair lives, by what its tokens say of themselves, and where it stands in its life."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import TokenPair
from autoleap._auth.tokens import (
    ACCESS_TOKEN_TTL,
    REFRESH_TOKEN_TTL,
    TokenState,
    make_token_pair,
    token_state,
)

NOW = 1_800_000_000.0


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


def living(life: float) -> TokenPair:
    return make_token_pair(jwt({"iat": 0, "exp": life}), "opaque", NOW)


def test_a_token_that_tells_its_life_is_believed_on_our_own_clock() -> None:
    # The server's clock is ten years off; the length of the life is what counts.
    pair = make_token_pair(jwt({"iat": 1e9, "exp": 1e9 + 90}), jwt({"iat": 5, "exp": 605}), NOW)
    assert pair.obtained_at == NOW
    assert pair.expires_at == NOW + 90
    assert pair.refresh_expires_at == NOW + 600


@pytest.mark.parametrize(
    "token",
    [
        "opaque",
        "",
        "a.b",
        "a.!!!.c",
        "a.e30.c",
        "..",
        jwt({"exp": 2e9}),
        jwt({"iat": 2e9}),
        jwt({"iat": 100, "exp": 100}),
        jwt({"iat": 100, "exp": 50}),
        jwt({"iat": "now", "exp": "later"}),
        jwt({"iat": None, "exp": None}),
        jwt(["iat", "exp"]),
        jwt("iat exp"),
        jwt({"iat": 0, "exp": float("nan")}),
        "a.\ud83d\ude97.c",
    ],
)
def test_a_token_that_tells_nothing_lives_as_the_contract_says(token: str) -> None:
    pair = make_token_pair(token, token, NOW)
    assert pair.expires_at == NOW + ACCESS_TOKEN_TTL == NOW + 3600
    assert pair.refresh_expires_at == NOW + REFRESH_TOKEN_TTL == NOW + 3 * 3600


claim = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
claims = st.dictionaries(st.sampled_from(["iat", "exp", "sub"]), claim) | st.lists(claim)


@settings(deadline=None)
@given(token=st.text(max_size=40) | claims.map(jwt))
def test_any_token_makes_a_pair_that_lives(token: str) -> None:
    pair = make_token_pair(token, token, NOW)
    assert pair.expires_at > NOW
    assert token_state(pair, NOW) is TokenState.FRESH


def test_no_pair_is_dead() -> None:
    assert token_state(None, NOW) is TokenState.INVALID


@pytest.mark.parametrize(
    ("life", "stale_from"),
    [(3600, 3300), (10_800, 10_500), (100, 90), (1, 0.9)],
)
def test_a_pair_is_renewed_five_minutes_before_its_end_or_in_the_last_tenth(
    life: float, stale_from: float
) -> None:
    pair = living(life)
    assert token_state(pair, NOW + stale_from - 0.01) is TokenState.FRESH
    assert token_state(pair, NOW + stale_from + 0.001) is TokenState.STALE
    assert token_state(pair, NOW + life - 0.001) is TokenState.STALE
    assert token_state(pair, NOW + life) is TokenState.INVALID


@settings(deadline=None)
@given(life=st.floats(0.1, 1e5), moments=st.lists(st.floats(0, 2e5), min_size=2))
def test_a_pair_grows_old_and_never_young(life: float, moments: list[float]) -> None:
    ages = [TokenState.FRESH, TokenState.STALE, TokenState.INVALID]
    lived = [ages.index(token_state(living(life), NOW + moment)) for moment in sorted(moments)]
    assert lived == sorted(lived)
