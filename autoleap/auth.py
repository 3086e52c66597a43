"""The life of the token pair: one refresh at a time, however many callers wait for it."""

from __future__ import annotations

import base64
import copy
import enum
import json
import time
from collections.abc import Awaitable, Callable
from functools import partial

import anyio

from .config import Secret
from .errors import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
)
from .tasks import Task, end_all, spawn
from .telemetry import Meter, Teller, logger, metered
from .token_store import TokenPair, TokenStore

# Contract: an access token lives 1 h, a refresh token 3 h, and no answer says so.
ACCESS_LIFE = 3600.0
REFRESH_LIFE = 10_800.0
# Refresh this long before the end ("every 55 minutes"), or after nine tenths of a short life.
REFRESH_AHEAD = 300.0
# Seconds of peace after a refused login, and after an early refresh that failed.
LOGIN_QUIET = 60.0
EARLY_QUIET = 5.0
# Seconds that closing waits for a refresh on its way.
CLOSING = 5.0


class Phase(enum.Enum):
    """What can be done with an access token."""

    FRESH = "use it"
    STALE = "use it, and refresh meanwhile"
    DEAD = "wait for a new one"


def phase_of(pair: TokenPair | None, now: float) -> Phase:
    """Where a pair stands in its life at a moment of this machine's clock."""
    if pair is None or now >= pair.expires_at:
        return Phase.DEAD
    ahead = min(REFRESH_AHEAD, (pair.expires_at - pair.obtained_at) / 10)
    return Phase.STALE if now >= pair.expires_at - ahead else Phase.FRESH


def new_pair(access: str, refresh: str, now: float) -> TokenPair:
    """Date a pair on our own clock: the server's may differ, the length of a life does not."""
    return TokenPair(
        access=Secret(access),
        refresh=Secret(refresh),
        obtained_at=now,
        expires_at=now + (_jwt_life(access) or ACCESS_LIFE),
        refresh_expires_at=now + (_jwt_life(refresh) or REFRESH_LIFE),
    )


def _jwt_life(token: str) -> float | None:
    """Seconds from `iat` to `exp`, or None when the token does not say (its claims are unknown)."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        life = float(claims["exp"]) - float(claims["iat"])
    except (IndexError, KeyError, TypeError, ValueError, OverflowError):
        return None
    return life if life > 0 else None


class TokenManager:
    """Hands out access tokens and sees that a valid one is there.

    Args:
        store: Where the pair is kept and found.
        login: Asks for a pair with the partner's credentials.
        refresh: Asks for a pair with a refresh token.
        teller: Told of logins and refreshes.
        clock: Seconds since the epoch.
    """

    def __init__(
        self,
        store: TokenStore,
        login: Callable[[], Awaitable[TokenPair]],
        refresh: Callable[[Secret], Awaitable[TokenPair]],
        teller: Teller,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._teller, self._clock = store, teller, clock
        self._ask_login, self._ask_refresh = login, refresh
        self._pair: TokenPair | None = None
        self._renewal: Task[TokenPair] | None = None
        self._refusal: AutoLeapError | None = None
        self._quiet_until = 0.0

    async def token(self) -> Secret:
        """A token that can be used now; waits only when there is none.

        Raises:
            AuthenticationError: when the login is refused.
            AutoLeapError: when no token can be had for another reason.
        """
        pair = self._pair
        phase = phase_of(pair, self._clock())
        if pair is None or phase is Phase.DEAD:
            return (await self._renewed()).access
        if phase is Phase.STALE and self._clock() >= self._quiet_until:
            self._start_renewal()
        return pair.access

    async def replace(self, refused: Secret) -> Secret:
        """A token other than the one the server refused: perhaps somebody has it already."""
        if self._pair is not None and self._pair.access != refused:
            return await self.token()
        return (await self._renewed()).access

    async def login(self) -> None:
        """Open a new session with the credentials, whatever the state of the present one."""
        await self._finish()
        self._refusal = None
        self._pair = None
        await self._renewed(partial(self._locked, self._open_session))

    async def refresh_token(self) -> Secret | None:
        """The refresh token of the present session, or None when there is no session."""
        await self._finish()
        pair = await self._store.load() or self._pair
        return pair.refresh if pair is not None else None

    async def forget(self) -> None:
        """Forget the session, here and in the store: it was ended."""
        async with self._store.lock():
            await self._store.save(None)
        self._pair = None

    async def aclose(self) -> None:
        """Let a running refresh end, so that a rotated pair is not lost; but not for ever."""
        try:
            with anyio.move_on_after(CLOSING):
                await self._finish()
        finally:
            if self._renewal is not None:
                await end_all([self._renewal])

    async def _finish(self) -> None:
        if self._renewal is not None:
            await self._renewal.wait()

    async def _renewed(self, work: Callable[[], Awaitable[TokenPair]] | None = None) -> TokenPair:
        if self._refusal is not None and self._clock() < self._quiet_until:
            raise copy.copy(self._refusal)
        renewal = self._start_renewal(work)
        await renewal.wait()
        if renewal.error is not None:
            # A copy for each waiter: one exception raised in many tasks would mix their tracebacks.
            raise _copied(renewal.error)
        return renewal.result()

    def _start_renewal(
        self, work: Callable[[], Awaitable[TokenPair]] | None = None
    ) -> Task[TokenPair]:
        """The renewal that is running, or a new one. It is no caller's own: nobody cancels it."""
        if self._renewal is None or self._renewal.ended:
            renew = partial(self._locked, partial(self._renew, self._pair))
            self._renewal = spawn(partial(self._guarded, work or renew))
        return self._renewal

    async def _guarded(self, work: Callable[[], Awaitable[TokenPair]]) -> TokenPair:
        try:
            # On a meter of its own: a caller's call is not what a login costs on the way.
            return await metered(Meter(), work)
        except AutoLeapError as error:
            refused = isinstance(error, AuthenticationError)
            self._refusal = error if refused else None
            self._quiet_until = self._clock() + (LOGIN_QUIET if refused else EARLY_QUIET)
            logger.warning("no new token: %s", error)
            raise

    async def _locked(self, work: Callable[[], Awaitable[TokenPair]]) -> TokenPair:
        async with self._store.lock():
            self._pair = await work()
            return self._pair

    async def _renew(self, known: TokenPair | None) -> TokenPair:
        """Take the pair that another user of the store has made, or make one and store it."""
        stored = await self._store.load()
        another = stored is not None and (known is None or stored.access != known.access)
        if stored is not None and another and phase_of(stored, self._clock()) is not Phase.DEAD:
            return stored
        last = stored or known
        if last is not None and self._clock() < last.refresh_expires_at:
            pair = await self._refreshed(last)
            if pair is not None:
                return pair
        return await self._open_session()

    async def _refreshed(self, pair: TokenPair) -> TokenPair | None:
        try:
            fresh = await self._ask_refresh(pair.refresh)
        except RateLimitError:
            raise
        except (APIError, OutcomeUnknownError, ResponseDecodeError) as error:
            # Refused, or the answer with the rotated pair is lost: the login is all that is left.
            logger.info("refresh failed, logging in: %s", error)
            return None
        # In the store before any caller sees it: the old pair is dead on the server by now.
        await self._store.save(fresh)
        self._teller.refresh()
        return fresh

    async def _open_session(self) -> TokenPair:
        try:
            fresh = await self._ask_login()
        except (RateLimitError, ServerError):
            raise
        except APIError as error:
            raise _refused(error) from None
        await self._store.save(fresh)
        self._teller.login()
        return fresh


def _copied(error: Exception) -> Exception:
    # Errors of a store need not be of a kind that can be copied; ours are.
    return copy.copy(error) if isinstance(error, AutoLeapError) else error


def _refused(error: APIError) -> AuthenticationError:
    refusal = AuthenticationError(f"login refused, check partner_id and auth_key: {error}")
    return refusal.at(
        error.method or "POST",
        error.path or "",
        status=error.status,
        attempts=error.attempts,
        elapsed=error.elapsed,
    )
