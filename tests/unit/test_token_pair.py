"""How long a pair lives, by what its tokens say of themselves, and where it stands in its life."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autoleap import TokenPair
from autoleap._auth.tokens import ACCESS_LIFE, REFRESH_LIFE, Phase, new_pair, phase_of

NOW = 1_800_000_000.0


def jwt(claims: object) -> str:
    payload = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    return f"eyJhbGciOiJIUzI1NiJ9.{payload}.c2lnbmF0dXJl"


def living(life: float) -> TokenPair:
    return new_pair(jwt({"iat": 0, "exp": life}), "opaque", NOW)


def test_a_token_that_tells_its_life_is_believed_on_our_own_clock() -> None:
    # The server's clock is ten years off; the length of the life is what counts.
    pair = new_pair(jwt({"iat": 1e9, "exp": 1e9 + 90}), jwt({"iat": 5, "exp": 605}), NOW)
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
    pair = new_pair(token, token, NOW)
    assert pair.expires_at == NOW + ACCESS_LIFE == NOW + 3600
    assert pair.refresh_expires_at == NOW + REFRESH_LIFE == NOW + 3 * 3600


claim = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
claims = st.dictionaries(st.sampled_from(["iat", "exp", "sub"]), claim) | st.lists(claim)


@settings(deadline=None)
@given(token=st.text(max_size=40) | claims.map(jwt))
def test_any_token_makes_a_pair_that_lives(token: str) -> None:
    pair = new_pair(token, token, NOW)
    assert pair.expires_at > NOW
    assert phase_of(pair, NOW) is Phase.FRESH


def test_no_pair_is_dead() -> None:
    assert phase_of(None, NOW) is Phase.DEAD


@pytest.mark.parametrize(
    ("life", "stale_from"),
    [(3600, 3300), (10_800, 10_500), (100, 90), (1, 0.9)],
)
def test_a_pair_is_renewed_five_minutes_before_its_end_or_in_the_last_tenth(
    life: float, stale_from: float
) -> None:
    pair = living(life)
    assert phase_of(pair, NOW + stale_from - 0.01) is Phase.FRESH
    assert phase_of(pair, NOW + stale_from + 0.001) is Phase.STALE
    assert phase_of(pair, NOW + life - 0.001) is Phase.STALE
    assert phase_of(pair, NOW + life) is Phase.DEAD


@settings(deadline=None)
@given(life=st.floats(0.1, 1e5), moments=st.lists(st.floats(0, 2e5), min_size=2))
def test_a_pair_grows_old_and_never_young(life: float, moments: list[float]) -> None:
    ages = [Phase.FRESH, Phase.STALE, Phase.DEAD]
    lived = [ages.index(phase_of(living(life), NOW + moment)) for moment in sorted(moments)]
    assert lived == sorted(lived)
