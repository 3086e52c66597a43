"""The token pair: its life, and its JSON form."""

from __future__ import annotations

import base64
import enum
import json
import math
from typing import Any, TypeGuard

from attrs import asdict, field, frozen

from .._config import Secret
from ..errors import ConfigurationError

# Contract: an access token lives 1 h, a refresh token 3 h, and no answer says so.
ACCESS_TOKEN_TTL = 3600.0


REFRESH_TOKEN_TTL = 10_800.0


# Refresh this long before the end ("every 55 minutes"), or after nine tenths of a short life.
REFRESH_THRESHOLD = 300.0


class TokenState(enum.Enum):
    """What can be done with an access token."""

    FRESH = "use it"
    STALE = "use it, and refresh meanwhile"
    INVALID = "wait for a new one"


def token_state(pair: TokenPair | None, now: float) -> TokenState:
    """Where a pair stands in its life at a moment of this machine's clock."""
    if pair is None or now >= pair.expires_at:
        return TokenState.INVALID
    ahead = min(REFRESH_THRESHOLD, (pair.expires_at - pair.obtained_at) / 10)
    return TokenState.STALE if now >= pair.expires_at - ahead else TokenState.FRESH


def make_token_pair(access: str, refresh: str, now: float) -> TokenPair:
    """Date a pair on our own clock: the server's may differ, the length of a life does not."""
    return TokenPair(
        access=Secret(access),
        refresh=Secret(refresh),
        obtained_at=now,
        expires_at=now + (_jwt_lifetime(access) or ACCESS_TOKEN_TTL),
        refresh_expires_at=now + (_jwt_lifetime(refresh) or REFRESH_TOKEN_TTL),
    )


def _jwt_lifetime(token: str) -> float | None:
    """Seconds from `iat` to `exp`, or None when the token does not say (its claims are unknown)."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        life = float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None
    # A shorter lifetime is lost when it is added to the seconds since the epoch.
    return life if life > 0.001 else None


def check_account(pair: TokenPair | None, account: str | None, now: float) -> TokenPair | None:
    """The pair found in a store, if it is one to use.

    Another partner's tokens would read another partner's shops, and ours must not go to another
    server; writing over them would end that session for all who share it.

    Raises:
        ConfigurationError: when the pair is of another account and still alive.
    """
    if pair is None or pair.account == account or None in (pair.account, account):
        return pair
    if now >= max(pair.expires_at, pair.refresh_expires_at):
        return None
    raise ConfigurationError(
        f"the token store holds the session of {pair.account}, and this client is {account}: "
        "give each account and each server a token store of its own"
    )


def same_access_token(one: TokenPair | None, other: TokenPair | None) -> bool:
    return one is other or (one is not None and other is not None and one.access == other.access)


@frozen(kw_only=True)
class TokenPair:
    """An access token and the refresh token that came with it.

    Attributes:
        access, refresh: The tokens; `reveal()` gives the string.
        obtained_at: When the pair was received, in seconds since the epoch on this machine.
        expires_at, refresh_expires_at: Likewise, when each ends.
        account: Whose session it is, the partner and the server; None when nobody said.
    """

    access: Secret
    refresh: Secret
    obtained_at: float = field(repr=False)
    expires_at: float = field(repr=False)
    refresh_expires_at: float = field(repr=False)
    account: str | None = None


_TIME_FIELDS = ("obtained_at", "expires_at", "refresh_expires_at")


def pair_to_json(pair: TokenPair) -> bytes:
    """A pair as JSON, tokens in the clear: for where nobody else can read it."""
    return json.dumps(asdict(pair, value_serializer=_reveal_secret)).encode()


def pair_from_json(data: bytes | str) -> TokenPair | None:
    """The pair that `encoded` made, or None when the data is anything else."""
    try:
        fields: Any = json.loads(data)
        access, refresh, account = (fields.get(name) for name in ("access", "refresh", "account"))
        obtained_at, expires_at, refresh_expires_at = (
            _check_time(fields[name]) for name in _TIME_FIELDS
        )
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
    if not (_is_token(access) and _is_token(refresh)):
        return None
    return TokenPair(
        access=Secret(access),
        refresh=Secret(refresh),
        obtained_at=obtained_at,
        expires_at=expires_at,
        refresh_expires_at=refresh_expires_at,
        account=account if isinstance(account, str) else None,
    )


def _reveal_secret(owner: object, attribute: object, value: object) -> object:
    return value.reveal() if isinstance(value, Secret) else value


def _is_token(value: object) -> TypeGuard[str]:
    # It goes into a header, where other characters would break the call.
    return isinstance(value, str) and value != "" and value.isascii() and value.isprintable()


def _check_time(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("not a time")
    return float(value)
