"""Settings: checked once, named when they are wrong, read from the environment at construction."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import attrs
import pytest

from autoleap import AutoLeap, ConfigurationError, MemoryRateLimiter, RateLimits, Secret, TokenPair
from autoleap._config import Settings, resolve_settings, validate_base_url

KEY = "kW8-very-secret"


@pytest.fixture(autouse=True)
def no_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PARTNER_ID", "AUTH_KEY", "BASE_URL"):
        monkeypatch.delenv(f"AUTOLEAP_{name}", raising=False)


def settings_of(client: AutoLeap) -> Settings:
    return client._settings


def test_the_environment_fills_in_what_was_not_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOLEAP_PARTNER_ID", "p-env")
    monkeypatch.setenv("AUTOLEAP_AUTH_KEY", KEY)
    monkeypatch.setenv("AUTOLEAP_BASE_URL", "https://env.example/v2/")
    settings = settings_of(AutoLeap())
    assert (settings.partner_id, settings.auth_key.reveal()) == ("p-env", KEY)
    assert settings.base_url == "https://env.example/v2"


def test_what_is_given_goes_before_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOLEAP_PARTNER_ID", "p-env")
    monkeypatch.setenv("AUTOLEAP_AUTH_KEY", "k-env")
    monkeypatch.setenv("AUTOLEAP_BASE_URL", "https://env.example/v2")
    settings = settings_of(AutoLeap("p", KEY, base_url="https://given.example"))
    assert (settings.partner_id, settings.auth_key.reveal()) == ("p", KEY)
    assert settings.base_url == "https://given.example"


def test_the_environment_is_read_at_construction_and_not_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AUTOLEAP_PARTNER_ID", "before")
    client = AutoLeap(auth_key=KEY)
    monkeypatch.setenv("AUTOLEAP_PARTNER_ID", "after")
    assert settings_of(client).partner_id == "before"
    assert settings_of(AutoLeap(auth_key=KEY)).partner_id == "after"


def test_without_a_base_url_it_is_the_documented_one() -> None:
    assert settings_of(AutoLeap("p", KEY)).base_url == "https://partnerapi.myautoleap.com/v2"


def test_an_auth_key_may_come_as_a_secret() -> None:
    assert settings_of(AutoLeap("p", Secret(KEY))).auth_key == Secret(KEY)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({}, "partner_id is missing: pass partner_id=.* or set AUTOLEAP_PARTNER_ID"),
        ({"partner_id": ""}, "partner_id is missing"),
        ({"partner_id": 5}, "partner_id must be a str, not int"),
        ({"auth_key": None}, "auth_key is missing: pass auth_key=.* or set AUTOLEAP_AUTH_KEY"),
        ({"auth_key": ""}, "auth_key is missing"),
        ({"auth_key": b"key"}, "auth_key must be a str, not bytes"),
        ({"base_url": 5}, "base_url must be a str, not int"),
        ({"base_url": "partnerapi.example/v2"}, "base_url .* is not an http"),
        ({"base_url": "ftp://partnerapi.example"}, "base_url .* is not an http"),
        ({"base_url": "https://"}, "base_url .* is not an http"),
        ({"timeout": 0}, "timeout must be more than 0 seconds"),
        ({"timeout": -1}, "timeout must be more than 0 seconds"),
        ({"timeout": float("nan")}, "timeout must be more than 0 seconds"),
        ({"timeout": float("inf")}, "timeout must be more than 0 seconds"),
        ({"timeout": None}, "timeout must be seconds .*not NoneType"),
        ({"timeout": "30"}, "timeout must be seconds .*not str"),
        ({"timeout": True}, "timeout must be seconds .*not bool"),
        ({"total_timeout": 0}, "total_timeout must be more than 0 seconds"),
        ({"total_timeout": "9"}, "total_timeout must be seconds .*not str"),
        ({"max_response_bytes": 0}, "max_response_bytes must be at least 1"),
        ({"max_response_bytes": 1e6}, "max_response_bytes must be an int, not float"),
        ({"max_retries": -1}, "max_retries must be at least 0"),
        ({"max_retries": 1.0}, "max_retries must be an int, not float"),
        ({"max_retries": True}, "max_retries must be an int, not bool"),
        ({"limits": {"get": 5}}, "limits must be RateLimits.*not dict"),
    ],
)
def test_a_bad_argument_is_named(arguments: dict[str, Any], said: str) -> None:
    good: dict[str, Any] = {"partner_id": "p", "auth_key": KEY} if arguments else {"auth_key": KEY}
    with pytest.raises(ConfigurationError, match=said) as caught:
        AutoLeap(**{**good, **arguments})
    assert KEY not in str(caught.value)


@pytest.mark.parametrize("name", ["get", "post", "put", "patch", "delete"])
@pytest.mark.parametrize("value", [0, -1, 1.5, "50", True])
def test_a_bad_limit_is_named(name: str, value: Any) -> None:
    with pytest.raises(ConfigurationError, match=rf"limits\.{name} must be"):
        RateLimits(**{name: value})


@pytest.mark.parametrize("per", [0, -1, float("inf"), "60", None])
def test_a_bad_window_is_named(per: Any) -> None:
    with pytest.raises(ConfigurationError, match=r"limits\.per must be"):
        RateLimits(per=per)


def test_the_limits_are_the_documented_ones_unless_given() -> None:
    limits = RateLimits(put=None)
    assert [limits.get_limit(method) for method in ("GET", "POST", "PATCH", "DELETE")] == [
        150,
        50,
        50,
        50,
    ]
    assert limits.get_limit("PUT") is None
    assert limits.get_limit("TRACE") is None


@pytest.mark.parametrize(
    "url",
    [
        "http://partnerapi.myautoleap.com/v2",
        "http://127.0.0.1.evil.example",
        "http://localhost.evil.example",
        "http://10.0.0.5:8080",
        "http://0.0.0.0:8080",
    ],
)
def test_credentials_do_not_go_unencrypted_to_another_machine(url: str) -> None:
    with pytest.raises(ConfigurationError, match="would send credentials unencrypted: use https"):
        AutoLeap("p", KEY, base_url=url)


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:8080/v2", "http://localhost/v2", "http://[::1]:9/v2", "HTTP://LOCALHOST"],
)
def test_plain_http_is_for_this_machine(url: str) -> None:
    assert validate_base_url(url) == url


@pytest.mark.parametrize("slashes", ["", "/", "//"])
def test_a_base_url_may_end_in_a_slash(slashes: str) -> None:
    assert validate_base_url(f"https://host.example/v2{slashes}") == "https://host.example/v2"


def pair() -> TokenPair:
    return TokenPair(
        access=Secret(KEY),
        refresh=Secret(KEY),
        obtained_at=0.0,
        expires_at=1.0,
        refresh_expires_at=2.0,
    )


def test_a_secret_does_not_show_itself() -> None:
    secret = Secret(KEY)
    client = AutoLeap("p", secret)
    settings = resolve_settings("p", secret, None, 30.0, 4)
    shown = [
        *(spell(secret) for spell in (repr, str, ascii, format)),
        "%s %r" % (secret, secret),  # noqa: UP031  # how logging spells it
        repr([secret, {"key": secret}]),
        repr(settings),
        repr(pair()),
        repr(attrs.asdict(settings)),
        repr(vars(client)),
        repr(client),
    ]
    assert not [text for text in shown if KEY in text]


def test_a_secret_shows_itself_when_asked() -> None:
    assert Secret(KEY).reveal() == KEY


def test_a_secret_has_no_attributes_to_look_through() -> None:
    with pytest.raises(TypeError):
        vars(Secret(KEY))


@pytest.mark.parametrize(
    "holder", [Secret(KEY), pair(), resolve_settings("p", Secret(KEY), None, 1, 1)]
)
def test_a_secret_goes_into_no_pickle_and_no_copy(holder: object) -> None:
    for protocol in range(pickle.HIGHEST_PROTOCOL + 1):
        with pytest.raises(TypeError, match="cannot be pickled"):
            pickle.dumps(holder, protocol)
    with pytest.raises(TypeError, match="cannot be pickled"):
        copy.deepcopy(holder)


def test_equal_secrets_are_equal_and_no_secret_equals_its_string() -> None:
    assert Secret(KEY) == Secret(KEY)
    assert Secret(KEY) != Secret("other")
    assert hash(Secret(KEY)) == hash(Secret(KEY))
    assert Secret(KEY) != KEY


def test_settings_and_limits_cannot_be_changed() -> None:
    settings = resolve_settings("p", Secret(KEY), None, 30.0, 4)
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        settings.base_url = "http://evil.example"  # type: ignore[misc]
    with pytest.raises(attrs.exceptions.FrozenInstanceError):
        RateLimits().get = None  # type: ignore[misc]


@pytest.mark.parametrize(
    "url",
    [
        "http://[::1",
        "https://host.example:port/v2",
        "https://host.example:99999/v2",
        "https://host.example/v2?key=1",
        "https://host.example/v2#top",
    ],
)
def test_a_base_url_that_cannot_be_used_is_named(url: str) -> None:
    with pytest.raises(ConfigurationError, match="base_url"):
        AutoLeap("p", "k", base_url=url)


def test_bad_limits_are_named_beside_a_rate_limiter_too() -> None:
    with pytest.raises(ConfigurationError, match="limits must be"):
        AutoLeap("p", "k", limits="none", rate_limiter=MemoryRateLimiter())  # type: ignore[arg-type]
