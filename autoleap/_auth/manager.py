"""The life of the token pair: one refresh at a time, however many callers wait for it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from attrs import evolve

from .._config import Secret
from .._instrumentation import Meter, Teller, logger, metered
from .._tasks import Task, end_all, spawn
from ..errors import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    LockLostError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    copied,
)
from .store import TokenStore
from .tokens import Phase, TokenPair, _same, own, phase_of

# Seconds of peace after a refused login, and after an early refresh that failed.
LOGIN_QUIET = 60.0


EARLY_QUIET = 5.0


# Seconds that closing waits for a refresh on its way.
CLOSING = 5.0


class TokenManager:
    """Hands out access tokens and sees that a valid one is there.

    Args:
        store: Where the pair is kept and found.
        login: Asks for a pair with the partner's credentials.
        refresh: Asks for a pair with a refresh token.
        teller: Told of logins and refreshes.
        clock: Seconds since the epoch.
        account: Whose tokens these are, the partner and the server; None when that is no matter.
    """

    def __init__(
        self,
        store: TokenStore,
        login: Callable[[], Awaitable[TokenPair]],
        refresh: Callable[[Secret], Awaitable[TokenPair]],
        teller: Teller,
        clock: Callable[[], float] = time.time,
        *,
        account: str | None = None,
    ) -> None:
        self._store, self._teller, self._clock = store, teller, clock
        self._account = account
        self._ask_login, self._ask_refresh = login, refresh
        self._pair: TokenPair | None = None
        # What the store held when it was last looked at, and what it has failed to keep since.
        self._found: TokenPair | None = None
        self._unsaved: TokenPair | None = None
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
        await self._renewed(self._open_another)

    async def refresh_token(self) -> Secret | None:
        """The refresh token of the present session, or None when there is no session."""
        await self._finish()
        pair = await self._newest() or self._pair
        return pair.refresh if pair is not None else None

    async def forget(self) -> None:
        """Forget the session, here and in the store: it was ended."""
        ended, self._pair, self._unsaved = self._pair, None, None
        # Unless another user of the store has opened a new one meanwhile.
        with suppress(LockLostError):
            async with self._store.lock():
                if _same(await self._newest(), ended):
                    await self._store.save(None)

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
            raise copied(self._refusal)
        renewal = self._start_renewal(work)
        await renewal.wait()
        if renewal.error is not None:
            raise copied(renewal.error)
        return renewal.result()

    def _start_renewal(
        self, work: Callable[[], Awaitable[TokenPair]] | None = None
    ) -> Task[TokenPair]:
        """The renewal that is running, or a new one. It is no caller's own: nobody cancels it."""
        if self._renewal is None or self._renewal.ended:
            renew = partial(self._renew, self._pair)
            self._renewal = spawn(partial(self._guarded, partial(self._locked, work, renew)))
        return self._renewal

    async def _guarded(self, work: Callable[[], Awaitable[TokenPair]]) -> TokenPair:
        try:
            # On a meter of its own: a caller's call is not what a login costs on the way.
            return await metered(Meter(), work)
        except Exception as error:
            self._refusal = error if isinstance(error, AuthenticationError) else None
            self._quiet_until = self._clock() + (LOGIN_QUIET if self._refusal else EARLY_QUIET)
            # What somebody's token store says in its errors may not be for a log.
            said = error if isinstance(error, AutoLeapError) else type(error).__name__
            logger.warning("no new token: %s", said)
            raise

    async def _locked(
        self,
        work: Callable[[], Awaitable[TokenPair]] | None,
        renew: Callable[[], Awaitable[TokenPair]],
    ) -> TokenPair:
        try:
            async with self._store.lock():
                self._pair = await (work or renew)()
        except LockLostError as error:
            # Whoever has the lock now has the word: wait for it, and take what is in the store.
            logger.info("looking again for a token: %s", error)
            async with self._store.lock():
                self._pair = await renew()
        return self._pair

    async def _renew(self, known: TokenPair | None) -> TokenPair:
        """Take the pair that another user of the store has made, or make one and store it."""
        newest = await self._newest()
        alive = phase_of(newest, self._clock()) is not Phase.DEAD
        if newest is not None and alive and not _same(newest, known):
            return newest if self._unsaved is None else await self._kept(newest)
        last = newest or known
        if last is not None and self._clock() < last.refresh_expires_at:
            pair = await self._refreshed(last)
            if pair is not None:
                return pair
        return await self._open_session()

    async def _newest(self) -> TokenPair | None:
        """The pair in the store, or the one that the store has failed to keep in its place.

        Raises:
            ConfigurationError: when the store holds the session of somebody else.
        """
        stored = own(await self._store.load(), self._account, self._clock())
        if stored != self._found:
            # Another user of the store has gone on from there.
            self._found, self._unsaved = stored, None
        return self._unsaved or stored

    async def _kept(self, pair: TokenPair) -> TokenPair:
        """In the store before any caller sees it: the old pair is dead on the server by now.

        When the store fails, the pair is kept here and tried to be saved the next time: otherwise
        each new try would log in again.
        """
        self._unsaved = evolve(pair, account=self._account)
        await self._store.save(self._unsaved)
        kept, self._unsaved = self._unsaved, None
        return kept

    async def _refreshed(self, pair: TokenPair) -> TokenPair | None:
        try:
            fresh = await self._ask_refresh(pair.refresh)
        except RateLimitError:
            raise
        except (APIError, OutcomeUnknownError, ResponseDecodeError) as error:
            # Refused, or the answer with the rotated pair is lost: the login is all that is left.
            logger.info("refresh failed, logging in: %s", error)
            return None
        self._teller.refresh()
        return await self._kept(fresh)

    async def _open_another(self) -> TokenPair:
        await self._newest()  # it may be somebody else's store
        return await self._open_session()

    async def _open_session(self) -> TokenPair:
        try:
            fresh = await self._ask_login()
        except (RateLimitError, ServerError):
            raise
        except APIError as error:
            raise _refused(error) from None
        self._teller.login()
        return await self._kept(fresh)


def _refused(error: APIError) -> AuthenticationError:
    refusal = AuthenticationError(f"login refused, check partner_id and auth_key: {error}")
    return refusal.at(
        error.method or "POST",
        error.path or "",
        status=error.status,
        attempts=error.attempts,
        elapsed=error.elapsed,
    )
