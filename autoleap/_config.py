"""Settings of a client: checked once, then frozen."""

from __future__ import annotations

import inspect
import math
import os
import re
from typing import NoReturn, TypeVar
from urllib.parse import urlsplit

from attrs import evolve, field, fields, frozen

from .errors import ConfigurationError

T = TypeVar("T")

DEFAULT_BASE_URL = "https://partnerapi.myautoleap.com/v2"

# Bytes of a decoded response body: far more than a page of 100 rows has.
DEFAULT_MAX_RESPONSE_BYTES = 64 * 1024 * 1024

# The default of `total_timeout` as a multiple of `timeout`.
TOTAL_TIMEOUT_FACTOR = 5

LOOPBACK_HOSTS = frozenset({"localhost", "127.0.0.1", "::1"})


class Secret:
    """A string that repr, logs, tracebacks and pickles do not show."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """Return the string in plain text."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(***)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __reduce__(self) -> NoReturn:
        raise TypeError("a Secret cannot be pickled or copied")


@frozen(kw_only=True)
class RateLimits:
    """The number of calls of each HTTP method that the partner account may make per window.

    The defaults are those of the contract. It names no limit for PATCH, so PATCH has that of the
    other writes.

    Args:
        get, post, put, patch, delete: Calls per window, at least 1; None for no limit.
        per: Length of the sliding window in seconds.
    """

    get: int | None = 150
    post: int | None = 50
    put: int | None = 50
    patch: int | None = 50
    delete: int | None = 50
    per: float = 60.0

    def __attrs_post_init__(self) -> None:
        for attribute in fields(RateLimits):
            limit: object = getattr(self, attribute.name)
            if attribute.name != "per" and limit is not None:
                check_int(f"limits.{attribute.name}", limit)
        check_seconds("limits.per", self.per)

    def get_limit(self, method: str) -> int | None:
        """Return the calls per window of an HTTP method, or None for no limit.

        A method without an argument above has no limit.
        """
        limit: int | None = getattr(self, method.lower(), None)
        return limit


@frozen(kw_only=True)
class Settings:
    """The settings of a client, checked."""

    partner_id: str
    auth_key: Secret = field(repr=False)
    base_url: str
    timeout: float
    max_retries: int
    total_timeout: float | None = None
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES

    @property
    def max_attempt_seconds(self) -> float:
        """Seconds that one attempt may take."""
        return self.total_timeout or TOTAL_TIMEOUT_FACTOR * self.timeout


def resolve_settings(
    partner_id: str | None,
    auth_key: Secret | None,
    base_url: str | None,
    timeout: float,
    max_retries: int,
    *,
    total_timeout: float | None = None,
    max_response_bytes: int = DEFAULT_MAX_RESPONSE_BYTES,
) -> Settings:
    """Take missing settings from the environment, and check all of them.

    Raises:
        ConfigurationError: when a setting is missing or cannot be used; names the argument.
    """
    auth_key = auth_key or wrap_secret("auth_key", os.environ.get("AUTOLEAP_AUTH_KEY"))
    return Settings(
        partner_id=_require_str("partner_id", partner_id or os.environ.get("AUTOLEAP_PARTNER_ID")),
        auth_key=_require("auth_key", auth_key),
        base_url=validate_base_url(
            base_url or hide_password(os.environ.get("AUTOLEAP_BASE_URL")) or DEFAULT_BASE_URL
        ),
        timeout=check_seconds("timeout", timeout),
        max_retries=check_int("max_retries", max_retries, minimum=0),
        total_timeout=(
            None if total_timeout is None else check_seconds("total_timeout", total_timeout)
        ),
        max_response_bytes=check_int("max_response_bytes", max_response_bytes),
    )


def override_settings(
    settings: Settings, *, timeout: float | None, max_retries: int | None
) -> Settings:
    """Return the settings of a view; None keeps a setting.

    Raises:
        ConfigurationError: when a setting cannot be used; names the argument.
    """
    if timeout is not None:
        settings = evolve(settings, timeout=check_seconds("timeout", timeout))
    if max_retries is not None:
        retries = check_int("max_retries", max_retries, minimum=0)
        settings = evolve(settings, max_retries=retries)
    return settings


def validate_limits(limits: object, name: str = "limits") -> RateLimits:
    """Check the rate limits; None means those of the contract."""
    if limits is None:
        return RateLimits()
    if not isinstance(limits, RateLimits):
        raise ConfigurationError(f"{name} must be RateLimits(...), not {type(limits).__name__}")
    return limits


def wrap_secret(name: str, value: object) -> Secret | None:
    """Wrap a plain string in a Secret; None and an empty string become None."""
    if value is None or isinstance(value, Secret):
        return value
    if not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    return Secret(value) if value else None


def is_encodable(text: str) -> bool:
    r"""Return whether UTF-8 can encode a text: it has no lone surrogates such as \ud800."""
    try:
        text.encode()
    except UnicodeError:
        return False
    return True


def hide_password(url: str | None) -> str | None:
    """Return a URL with asterisks in place of a user name and password.

    Other values stay. `validate_base_url` refuses the result.
    """
    if not isinstance(url, str) or "@" not in url:
        return url
    try:
        parts = urlsplit(url)
        # The port of "https://user:pass/word@host" is "pass", so reading it raises an error.
        has_user = parts.username is not None or parts.port == 0
        has_user = has_user or parts.scheme not in {"http", "https"}
    except ValueError:
        has_user = True
    return re.sub(r"^([a-zA-Z]+://)?.*@", r"\1***@", url, flags=re.DOTALL) if has_user else url


def validate_base_url(url: object) -> str:
    """Refuse a URL that would send credentials unencrypted, and remove a trailing slash."""
    if not isinstance(url, str):
        raise ConfigurationError(f"base_url must be a str, not {type(url).__name__}")
    try:
        parts = urlsplit(url)
        usable = bool(parts.hostname) and parts.port != 0 and not (parts.query or parts.fragment)
    except ValueError:
        raise ConfigurationError(f"base_url {url!r} is not an http(s) URL") from None
    if parts.username is not None:
        raise ConfigurationError(
            "base_url must not contain a user name or a password: "
            "pass the credentials as partner_id and auth_key"
        )
    if not usable or parts.scheme not in {"http", "https"}:
        raise ConfigurationError(f"base_url {url!r} is not an http(s) URL")
    if parts.scheme == "http" and not is_loopback(url):
        raise ConfigurationError(
            f"base_url {url!r} would send credentials unencrypted: use https "
            "(plain http is allowed only for a server on this machine)"
        )
    return url.rstrip("/")


def is_loopback(url: str) -> bool:
    """Return whether a URL names this machine."""
    return urlsplit(url).hostname in LOOPBACK_HOSTS


def check_int(name: str, value: object, *, minimum: int = 1, maximum: int | None = None) -> int:
    """Return an int argument that is within its bounds."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ConfigurationError(f"{name} must be an int, not {type(value).__name__}")
    if value < minimum or (maximum is not None and value > maximum):
        bounds = f"at least {minimum}" if maximum is None else f"from {minimum} to {maximum}"
        raise ConfigurationError(f"{name} must be {bounds}, not {value}")
    return value


def check_callback(name: str, value: object) -> None:
    """Check an optional function of the caller, which is called and not awaited.

    Raises:
        ConfigurationError: when it is not callable, or is an async function.
    """
    if value is None:
        return
    if not callable(value):
        raise ConfigurationError(f"{name} must be callable, not {type(value).__name__}")
    if inspect.iscoroutinefunction(value) or inspect.iscoroutinefunction(type(value).__call__):
        raise ConfigurationError(f"{name} must not be async: nothing awaits it")


def check_seconds(name: str, value: object) -> float:
    """Return a duration in seconds that is more than 0 and finite."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ConfigurationError(f"{name} must be seconds (a number), not {type(value).__name__}")
    if not 0 < value < math.inf:
        raise ConfigurationError(f"{name} must be more than 0 seconds, not {value}")
    return float(value)


def _require_str(name: str, value: object) -> str:
    if value is not None and not isinstance(value, str):
        raise ConfigurationError(f"{name} must be a str, not {type(value).__name__}")
    return _require(name, value)


def _require(name: str, value: T | None) -> T:
    if not value:
        variable = f"AUTOLEAP_{name.upper()}"
        raise ConfigurationError(f"{name} is missing: pass {name}=... or set {variable}")
    if not is_encodable(value.reveal() if isinstance(value, Secret) else str(value)):
        raise ConfigurationError(f"{name} has characters that UTF-8 cannot encode")
    return value
