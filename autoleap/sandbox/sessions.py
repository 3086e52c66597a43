"""Sessions of the partner and their token pairs.

A refresh returns a new token pair, and the old pair ends at once. The contract does not say this.
The sandbox uses this strict reading to find a client that still uses the old pair. The contract
also does not say whether a second login ends the first session. In the sandbox it does not.
"""

import secrets
import time
import uuid
from collections.abc import Callable

import attrs
import jwt


@attrs.frozen
class Session:
    """A token pair with the times at which its tokens expire, in seconds of the server's clock."""

    access_token: str = attrs.field(repr=False)
    refresh_token: str = attrs.field(repr=False)
    access_expires_at: float
    refresh_expires_at: float


class Sessions:
    """All valid sessions of the partner.

    Args:
        partner_id: The subject (`sub`) of the access tokens.
        access_ttl: Lifetime of an access token in seconds.
        refresh_ttl: Lifetime of a refresh token in seconds.
        clock: Returns the time in seconds for the expiry of tokens. The claims `iat` and `exp`
            of a token have the wall-clock time, and the sandbox does not read them.
    """

    def __init__(
        self,
        partner_id: str,
        *,
        access_ttl: float,
        refresh_ttl: float,
        clock: Callable[[], float],
    ) -> None:
        self._partner_id = partner_id
        self._access_ttl = access_ttl
        self._refresh_ttl = refresh_ttl
        self._clock = clock
        self._signing_key = secrets.token_bytes(32)
        self._by_access: dict[str, Session] = {}
        self._by_refresh: dict[str, Session] = {}

    def open(self) -> Session:
        """Open a session and return its token pair."""
        now = self._clock()
        session = Session(
            access_token=self._sign_access_token(),
            refresh_token=secrets.token_hex(32),
            access_expires_at=now + self._access_ttl,
            refresh_expires_at=now + self._refresh_ttl,
        )
        self._by_access[session.access_token] = session
        self._by_refresh[session.refresh_token] = session
        return session

    def rotate(self, refresh_token: str) -> Session | None:
        """Exchange a valid refresh token for a new token pair. The old pair ends at once."""
        old = self._by_refresh.get(refresh_token)
        if old is None or old.refresh_expires_at <= self._clock():
            return None
        self.close(old)
        return self.open()

    def close(self, session: Session) -> None:
        """Revoke both tokens of a session."""
        self._by_access.pop(session.access_token, None)
        self._by_refresh.pop(session.refresh_token, None)

    def find(self, access_token: str) -> Session | None:
        """Return the session of a valid access token, or None."""
        session = self._by_access.get(access_token)
        return session if session and session.access_expires_at > self._clock() else None

    def revoke_access(self) -> None:
        """Revoke all access tokens. Refresh tokens stay valid."""
        self._by_access.clear()

    def revoke_refresh(self) -> None:
        """Revoke all refresh tokens. Access tokens stay valid."""
        self._by_refresh.clear()

    def revoke_all(self) -> None:
        """Revoke all tokens."""
        self.revoke_access()
        self.revoke_refresh()

    def _sign_access_token(self) -> str:
        now = time.time()
        claims = {
            "sub": self._partner_id,
            "iat": now,
            "exp": now + self._access_ttl,
            "jti": str(uuid.uuid4()),
        }
        # PyJWT has complete types only with `cryptography`, which HS256 does not need.
        return jwt.encode(claims, self._signing_key, "HS256")  # pyright: ignore[reportUnknownMemberType]
