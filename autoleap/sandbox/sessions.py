"""Sessions: pairs of tokens that are issued, rotated, and die.

A refresh gives two new tokens and kills the old two at once. The contract leaves that open, and
this is the reading that catches a client which goes on using the old pair. It also leaves open
whether a second login ends the first session: here it does not.
"""

import secrets
import time
import uuid
from collections.abc import Callable

import attrs
import jwt


@attrs.frozen
class Session:
    """One living pair of tokens, with the times (on the server's clock) at which each dies."""

    access_token: str = attrs.field(repr=False)
    refresh_token: str = attrs.field(repr=False)
    access_expires_at: float
    refresh_expires_at: float


class Sessions:
    """Every session of the partner.

    Args:
        partner_id: who the access tokens are issued to (`sub`).
        access_ttl: life of an access token in seconds.
        refresh_ttl: life of a refresh token in seconds.
        clock: the time in seconds that decides about expiry; the `iat` and `exp` inside the
            token tell the wall-clock time and are never read back.
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
        """Start a session, as a login does."""
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
        """Exchange a living refresh token for a new session; the old pair dies at once."""
        old = self._by_refresh.get(refresh_token)
        if old is None or old.refresh_expires_at <= self._clock():
            return None
        self.close(old)
        return self.open()

    def close(self, session: Session) -> None:
        """End both tokens of a session."""
        self._by_access.pop(session.access_token, None)
        self._by_refresh.pop(session.refresh_token, None)

    def find(self, access_token: str) -> Session | None:
        """The session of a living access token."""
        session = self._by_access.get(access_token)
        return session if session and session.access_expires_at > self._clock() else None

    def revoke_access(self) -> None:
        """Kill every access token; refresh tokens live on."""
        self._by_access.clear()

    def revoke_refresh(self) -> None:
        """Kill every refresh token; access tokens live on."""
        self._by_refresh.clear()

    def revoke_all(self) -> None:
        """Kill every token."""
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
        # PyJWT is fully typed only beside `cryptography`, which HS256 does not need.
        return jwt.encode(claims, self._signing_key, "HS256")  # pyright: ignore[reportUnknownMemberType]
