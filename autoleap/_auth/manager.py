"""The life of the token pair: one refresh at a time, however many callers wait for it."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from attrs import evolve

from .._config import Secret
from .._instrumentation import EventDispatcher, RequestCounter, count_requests, logger
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from ..errors import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    LockLostError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    copy_for_raise,
)
from .session_api import SessionApi
from .store import TokenStore
from .tokens import TokenPair, TokenState, check_account, same_access_token, token_state

# Seconds of peace after a refused login, and after an early refresh that failed.
LOGIN_COOLDOWN = 60.0


REFRESH_COOLDOWN = 5.0


# Seconds that closing waits for a refresh on its way.
CLOSE_TIMEOUT = 5.0


class TokenManager:
    """Hands out access tokens and sees that a valid one is there.

    Args:
        store: Where the pair is kept and found.
        session_api: Sends login, refresh and logout.
        teller: Told of logins and refreshes.
        clock: Seconds since the epoch.
        account: Whose tokens these are, the partner and the server; None when that is no matter.
    """

    def __init__(
        self,
        store: TokenStore,
        session_api: SessionApi,
        dispatcher: EventDispatcher,
        clock: Callable[[], float] = time.time,
        *,
        account: str | None = None,
    ) -> None:
        self._store, self._session_api = store, session_api
        self._dispatcher, self._clock, self._account = dispatcher, clock, account
        self._pair: TokenPair | None = None
        # What the store held when it was last looked at, and what it has failed to keep since.
        self._last_loaded: TokenPair | None = None
        self._pending_save: TokenPair | None = None
        self._renewal: DetachedTask[TokenPair] | None = None
        self._login_error: AutoLeapError | None = None
        self._cooldown_until = 0.0

    async def get_token(self) -> Secret:
        """A token that can be used now; waits only when there is none.

        Raises:
            AuthenticationError: when the login is refused.
            AutoLeapError: when no token can be had for another reason.
        """
        pair = self._pair
        phase = token_state(pair, self._clock())
        if pair is None or phase is TokenState.INVALID:
            return (await self._wait_for_renewal()).access
        if phase is TokenState.STALE and self._clock() >= self._cooldown_until:
            self._start_renewal()
        return pair.access

    async def refresh_after_401(self, refused: Secret) -> Secret:
        """A token other than the one the server refused: perhaps somebody has it already."""
        if self._pair is not None and self._pair.access != refused:
            return await self.get_token()
        return (await self._wait_for_renewal()).access

    async def login(self) -> None:
        """Open a new session with the credentials, whatever the state of the present one."""
        await self._wait_for_renewal_end()
        self._login_error = None
        self._pair = None
        await self._wait_for_renewal(self._login_again)

    async def logout(self) -> None:
        """End the session on the server, here and in the store."""
        if await self.current_refresh_token() is None:
            return
        # The logout request needs a valid access token. Getting one may exchange both tokens.
        await self.get_token()
        refresh_token = await self.current_refresh_token()
        if refresh_token is not None:
            await self._session_api.logout(refresh_token)
        await self.clear_session()

    async def current_refresh_token(self) -> Secret | None:
        """The refresh token of the present session, or None when there is no session."""
        await self._wait_for_renewal_end()
        pair = await self._load_current() or self._pair
        return pair.refresh if pair is not None else None

    async def clear_session(self) -> None:
        """Forget the session, here and in the store: it was ended."""
        ended, self._pair, self._pending_save = self._pair, None, None
        # Unless another user of the store has opened a new one meanwhile.
        with suppress(LockLostError):
            async with self._store.lock():
                if same_access_token(await self._load_current(), ended):
                    await self._store.save(None)

    async def aclose(self) -> None:
        """Let a running refresh end, so that a rotated pair is not lost; but not for ever."""
        try:
            with anyio.move_on_after(CLOSE_TIMEOUT):
                await self._wait_for_renewal_end()
        finally:
            if self._renewal is not None:
                await cancel_and_wait([self._renewal])

    async def _wait_for_renewal_end(self) -> None:
        if self._renewal is not None:
            await self._renewal.wait()

    async def _wait_for_renewal(
        self, work: Callable[[], Awaitable[TokenPair]] | None = None
    ) -> TokenPair:
        if self._login_error is not None and self._clock() < self._cooldown_until:
            raise copy_for_raise(self._login_error)
        renewal = self._start_renewal(work)
        await renewal.wait()
        if renewal.exception is not None:
            raise copy_for_raise(renewal.exception)
        return renewal.result()

    def _start_renewal(
        self, work: Callable[[], Awaitable[TokenPair]] | None = None
    ) -> DetachedTask[TokenPair]:
        """The renewal that is running, or a new one. It is no caller's own: nobody cancels it."""
        if self._renewal is None or self._renewal.done:
            renew = partial(self._load_or_renew, self._pair)
            self._renewal = spawn_detached(
                partial(self._renew_with_cooldown, partial(self._renew_under_lock, work, renew))
            )
        return self._renewal

    async def _renew_with_cooldown(self, work: Callable[[], Awaitable[TokenPair]]) -> TokenPair:
        try:
            # On a meter of its own: a caller's call is not what a login costs on the way.
            return await count_requests(RequestCounter(), work)
        except Exception as error:
            self._login_error = error if isinstance(error, AuthenticationError) else None
            self._cooldown_until = self._clock() + (
                LOGIN_COOLDOWN if self._login_error else REFRESH_COOLDOWN
            )
            # What somebody's token store says in its errors may not be for a log.
            said = error if isinstance(error, AutoLeapError) else type(error).__name__
            logger.warning("no new token: %s", said)
            raise

    async def _renew_under_lock(
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

    async def _load_or_renew(self, known: TokenPair | None) -> TokenPair:
        """Take the pair that another user of the store has made, or make one and store it."""
        newest = await self._load_current()
        alive = token_state(newest, self._clock()) is not TokenState.INVALID
        if newest is not None and alive and not same_access_token(newest, known):
            return newest if self._pending_save is None else await self._save(newest)
        last = newest or known
        if last is not None and self._clock() < last.refresh_expires_at:
            pair = await self._try_refresh(last)
            if pair is not None:
                return pair
        return await self._login()

    async def _load_current(self) -> TokenPair | None:
        """The pair in the store, or the one that the store has failed to keep in its place.

        Raises:
            ConfigurationError: when the store holds the session of somebody else.
        """
        stored = check_account(await self._store.load(), self._account, self._clock())
        if stored != self._last_loaded:
            # Another user of the store has gone on from there.
            self._last_loaded, self._pending_save = stored, None
        return self._pending_save or stored

    async def _save(self, pair: TokenPair) -> TokenPair:
        """In the store before any caller sees it: the old pair is dead on the server by now.

        When the store fails, the pair is kept here and tried to be saved the next time: otherwise
        each new try would log in again.
        """
        self._pending_save = evolve(pair, account=self._account)
        await self._store.save(self._pending_save)
        kept, self._pending_save = self._pending_save, None
        return kept

    async def _try_refresh(self, pair: TokenPair) -> TokenPair | None:
        try:
            fresh = await self._session_api.refresh(pair.refresh)
        except RateLimitError:
            raise
        except (APIError, OutcomeUnknownError, ResponseDecodeError) as error:
            # Refused, or the answer with the rotated pair is lost: the login is all that is left.
            logger.info("refresh failed, logging in: %s", error)
            return None
        self._dispatcher.record_refresh()
        return await self._save(fresh)

    async def _login_again(self) -> TokenPair:
        await self._load_current()  # it may be somebody else's store
        return await self._login()

    async def _login(self) -> TokenPair:
        try:
            fresh = await self._session_api.login()
        except (RateLimitError, ServerError):
            raise
        except APIError as error:
            raise _login_refused_error(error) from None
        self._dispatcher.record_login()
        return await self._save(fresh)


def _login_refused_error(error: APIError) -> AuthenticationError:
    message = f"login refused, check partner_id and auth_key: {error}"
    return AuthenticationError(message).with_call(error)
