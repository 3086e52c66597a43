"""The token pair: its lifetime and its JSON."""

from __future__ import annotations

import base64
import enum
import json
import math
from typing import Any

from attrs import asdict, field, frozen

from .._config import Secret
from ..errors import ConfigurationError

# Seconds of validity by the contract; responses do not contain them.
ACCESS_TOKEN_TTL = 3600.0
REFRESH_TOKEN_TTL = 10_800.0

# Seconds before expiry at which a refresh starts (contract: "every 55 minutes"). A token with a
# short lifetime is refreshed after nine tenths of it.
REFRESH_THRESHOLD = 300.0


class TokenState(enum.Enum):
    """State of an access token."""

    FRESH = "use it"
    STALE = "use it, and start a refresh"
    INVALID = "wait for a new one"


def token_state(pair: TokenPair | None, now: float) -> TokenState:
    """Return the state of a pair at a time of this machine's clock."""
    if pair is None or now >= pair.expires_at:
        return TokenState.INVALID
    ahead = min(REFRESH_THRESHOLD, (pair.expires_at - pair.obtained_at) / 10)
    return TokenState.STALE if now >= pair.expires_at - ahead else TokenState.FRESH


def make_token_pair(access: str, refresh: str, now: float) -> TokenPair:
    """Make a pair with the expiry times on this machine's clock.

    The server's clock may differ. The lifetime in a token does not depend on it.

    Args:
        access, refresh: The tokens in plain text.
        now: Seconds since the epoch.
    """
    return TokenPair(
        access=Secret(access),
        refresh=Secret(refresh),
        obtained_at=now,
        expires_at=now + (_jwt_lifetime(access) or ACCESS_TOKEN_TTL),
        refresh_expires_at=now + (_jwt_lifetime(refresh) or REFRESH_TOKEN_TTL),
    )


def _jwt_lifetime(token: str) -> float | None:
    """Return the seconds from `iat` to `exp` of a JWT, or None if it has no such claims."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        lifetime = float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError, RecursionError):
        return None
    # A float of the seconds since the epoch cannot represent a shorter lifetime.
    return lifetime if lifetime > 0.001 else None


def check_account(pair: TokenPair | None, account: str | None, now: float) -> TokenPair | None:
    """Return the pair of a store, or None if there is none to use.

    A client must not use the tokens of another account, nor overwrite them: that would end the
    session of the processes that share them. Expired tokens of another account do not matter.

    Args:
        pair: The pair in the store.
        account: The partner and the server of this client; None for any.
        now: Seconds since the epoch.

    Raises:
        ConfigurationError: when the pair belongs to another account and is valid.
    """
    if pair is None or pair.account == account or None in (pair.account, account):
        return pair
    if now >= max(pair.expires_at, pair.refresh_expires_at):
        return None
    raise ConfigurationError(
        f"the token store holds the session of {pair.account}, and this client is {account}: "
        "use one token store for each account and server"
    )


def same_access_token(one: TokenPair | None, other: TokenPair | None) -> bool:
    """Return whether two pairs have the same access token, or are both None."""
    return one is other or (one is not None and other is not None and one.access == other.access)


@frozen(kw_only=True)
class TokenPair:
    """An access token with its refresh token.

    Attributes:
        access, refresh: The tokens; `reveal()` returns the string.
        obtained_at: When the response arrived, in seconds since the epoch on this machine.
        expires_at, refresh_expires_at: When each token expires, in the same seconds.
        account: The partner and the server of the session; None if unknown.
    """

    access: Secret
    refresh: Secret
    obtained_at: float = field(repr=False)
    expires_at: float = field(repr=False)
    refresh_expires_at: float = field(repr=False)
    account: str | None = None


def pair_to_json(pair: TokenPair) -> bytes:
    """Write a pair as JSON, with the tokens in plain text."""
    return json.dumps(asdict(pair, value_serializer=_reveal_secret)).encode()


def pair_from_json(data: bytes | str) -> TokenPair | None:
    """Read a pair from the JSON of `pair_to_json`, or return None if the data is anything else."""
    try:
        fields: Any = json.loads(data)
        account = fields.get("account")
        return TokenPair(
            access=_check_token(fields["access"]),
            refresh=_check_token(fields["refresh"]),
            obtained_at=_check_time(fields["obtained_at"]),
            expires_at=_check_time(fields["expires_at"]),
            refresh_expires_at=_check_time(fields["refresh_expires_at"]),
            account=account if isinstance(account, str) else None,
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None


def _reveal_secret(instance: object, attribute: object, value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def is_token(value: object) -> bool:
    """Return whether a value is a text that an HTTP header can contain."""
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _check_token(value: object) -> Secret:
    if not is_token(value):
        raise ValueError("not a token")
    return Secret(str(value))


def _check_time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a time")
    return float(value)
