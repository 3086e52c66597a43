"""Get, refresh and share the token pair: at most one renewal runs at a time."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import anyio
from attrs import evolve

from .._config import Secret
from .._instrumentation import EventDispatcher, RequestCounter, count_requests, logger
from .._redaction import Redactor
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from ..errors import (
    APIError,
    AuthenticationError,
    AutoLeapError,
    ConfigurationError,
    LockLostError,
    OutcomeUnknownError,
    RateLimitError,
    ResponseDecodeError,
    ServerError,
    copy_for_raise,
)
from .session_api import SessionApi, explain_refusal
from .store import TokenStore, describe_error
from .tokens import TokenPair, TokenState, check_account, same_access_token, token_state

# Cooldown in seconds after a refused login, and after a refresh ahead of expiry that failed.
LOGIN_COOLDOWN = 60.0
REFRESH_COOLDOWN = 5.0

# Seconds that closing waits for a running renewal.
CLOSE_TIMEOUT = 5.0

# Seconds that callers wait for a store that does not save a new pair, before they use the pair.
SAVE_TIMEOUT = 1.0


class TokenManager:
    """Returns access tokens, and renews the token pair with a refresh or a login.

    Args:
        store: Keeps the pair.
        session_api: Sends login, refresh and logout.
        dispatcher: Counts logins and refreshes.
        clock: Returns the seconds since the epoch.
        account: The partner and the server of the session; None for any.
        redactor: Learns the tokens, to remove them from text of the server.
    """

    def __init__(
        self,
        store: TokenStore,
        session_api: SessionApi,
        dispatcher: EventDispatcher,
        clock: Callable[[], float] = time.time,
        *,
        account: str | None = None,
        redactor: Redactor | None = None,
    ) -> None:
        self._redactor = redactor or Redactor()
        self._store, self._session_api = store, session_api
        self._dispatcher, self._clock, self._account = dispatcher, clock, account
        self._pair: TokenPair | None = None
        # The pair that the store returned last, and a newer one that it has failed to save.
        self._last_loaded: TokenPair | None = None
        self._pending_save: TokenPair | None = None
        self._pending_since = 0.0
        self._renewal: DetachedTask[TokenPair] | None = None
        self._login_error: AutoLeapError | None = None
        self._cooldown_until = 0.0

    def current_token(self) -> Secret | None:
        """Return the access token if it is valid; start a renewal or a save that is due."""
        pair = self._newest_pair()
        state = token_state(pair, self._clock())
        if pair is None or state is TokenState.INVALID:
            return None
        if self._clock() >= self._cooldown_until:
            if self._pending_save is not None:
                self._start_renewal(partial(self._load_or_renew, None))
            elif state is TokenState.STALE:
                self._start_renewal()
        return pair.access

    async def get_token(self) -> Secret:
        """Return a valid access token; wait only if there is none.

        Raises:
            AuthenticationError: when the login is refused.
            AutoLeapError: when the renewal fails for another reason.
        """
        return self.current_token() or (await self._wait_for_renewal()).access

    async def refresh_after_401(self, refused: Secret) -> Secret:
        """Return an access token other than the refused one.

        Args:
            refused: The token of the request with the 401. Another task may have renewed it since.
        """
        pair = self._newest_pair()
        if pair is not None and pair.access != refused:
            return await self.get_token()
        self._pending_save = None
        token = (await self._wait_for_renewal()).access
        # A renewal that was running already may have saved the refused token.
        return token if token != refused else (await self._wait_for_renewal()).access

    async def login(self) -> None:
        """Open a new session with the credentials, even if the current one is valid."""
        await self._wait_for_renewal_end()
        self._login_error = None
        self._pair = self._pending_save = None
        await self._wait_for_renewal(self._login_again)

    async def logout(self) -> None:
        """End the session on the server, then forget it here and in the store."""
        if await self.current_refresh_token() is None:
            return
        # The logout request needs a valid access token. Its renewal replaces the refresh token,
        # so the refresh token is read after it.
        await self.get_token()
        refresh_token = await self.current_refresh_token()
        if refresh_token is not None:
            await self._session_api.logout(refresh_token)
        await self.clear_session()

    async def current_refresh_token(self) -> Secret | None:
        """Return the refresh token of the session, or None if there is no session."""
        await self._wait_for_renewal_end()
        pair = await self._load_current() or self._pair
        return pair.refresh if pair is not None else None

    async def clear_session(self) -> None:
        """Forget the session here and in the store, after its end on the server."""
        ended, self._pair, self._pending_save = self._pair, None, None
        # Another process may have stored a new session since. The new session stays.
        with suppress(LockLostError):
            async with self._store.lock():
                if same_access_token(await self._load_current(), ended):
                    await self._store.save(None)

    async def aclose(self) -> None:
        """Wait some seconds for a running renewal, so that its new pair is saved."""
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
        while not renewal.done:
            if (pair := self._usable_unsaved_pair()) is not None:
                return pair
            with anyio.move_on_after(SAVE_TIMEOUT):
                await renewal.wait()
        if renewal.exception is not None:
            raise copy_for_raise(renewal.exception)
        return renewal.result()

    def _newest_pair(self) -> TokenPair | None:
        return self._usable_unsaved_pair() or self._pair

    def _usable_unsaved_pair(self) -> TokenPair | None:
        """Return a valid pair that the store has not saved in time."""
        pair = self._pending_save
        is_valid = token_state(pair, self._clock()) is not TokenState.INVALID
        is_late = anyio.current_time() >= self._pending_since + SAVE_TIMEOUT
        return pair if is_valid and is_late else None

    def _start_renewal(
        self, work: Callable[[], Awaitable[TokenPair]] | None = None
    ) -> DetachedTask[TokenPair]:
        """Return the running renewal, or start a new one that a cancelled caller does not stop."""
        if self._renewal is None or self._renewal.done:
            renew = partial(self._load_or_renew, self._pair)
            self._renewal = spawn_detached(
                partial(self._renew_with_cooldown, partial(self._renew_under_lock, work, renew))
            )
        return self._renewal

    async def _renew_with_cooldown(self, work: Callable[[], Awaitable[TokenPair]]) -> TokenPair:
        try:
            # Requests of a login do not belong to the caller's call, so they have another counter.
            return await count_requests(RequestCounter(), work)
        except Exception as error:
            self._login_error = error if isinstance(error, AuthenticationError) else None
            self._cooldown_until = self._clock() + (
                LOGIN_COOLDOWN if self._login_error else REFRESH_COOLDOWN
            )
            logger.warning("the token renewal failed: %s", describe_error(error))
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
            # Another process holds the lock; use the pair that it stores.
            logger.info("loading the token pair again: %s", error)
            async with self._store.lock():
                self._pair = await renew()
        return self._pair

    async def _load_or_renew(self, known: TokenPair | None) -> TokenPair:
        """Return a newer pair from the store, or renew the pair and save it.

        Args:
            known: The pair to replace.
        """
        stored = await self._load_current()
        is_valid = token_state(stored, self._clock()) is not TokenState.INVALID
        if stored is not None and is_valid and not same_access_token(stored, known):
            return stored if self._pending_save is None else await self._save(stored)
        last = stored or known
        if last is not None and self._clock() < last.refresh_expires_at:
            pair = await self._try_refresh(last)
            if pair is not None:
                return pair
        return await self._login()

    async def _load_current(self) -> TokenPair | None:
        """Load the pair of the store, or a newer one that the store has failed to save.

        Raises:
            ConfigurationError: when the store holds the session of another account.
        """
        stored = check_account(await self._store.load(), self._account, self._clock())
        if stored is not None and stored != self._last_loaded:
            self._redactor.add(stored.access, stored.refresh)
            # Another process has saved a pair since.
            self._pending_save = None
        self._last_loaded = stored
        return self._pending_save or stored

    async def _save(self, pair: TokenPair) -> TokenPair:
        """Save a new pair before any caller uses it, because the old pair is invalid now.

        If the store fails, the callers of this client use the pair, and a later call saves it.
        """
        self._redactor.add(pair.access, pair.refresh)
        pair = evolve(pair, account=self._account)
        self._pending_save, self._pending_since = pair, anyio.current_time()
        try:
            await self._store.save(pair)
        except (LockLostError, ConfigurationError):
            raise
        except Exception as error:
            self._cooldown_until = self._clock() + REFRESH_COOLDOWN
            logger.warning("the new token pair is not saved yet: %s", describe_error(error))
        else:
            self._pending_save = None
        return pair

    async def _try_refresh(self, pair: TokenPair) -> TokenPair | None:
        try:
            new_pair = await self._session_api.refresh(pair.refresh)
        except RateLimitError:
            raise
        except (APIError, OutcomeUnknownError, ResponseDecodeError) as error:
            # The refresh token was refused, or the response with the new pair is lost.
            logger.info("the refresh failed, therefore a login follows: %s", error)
            return None
        self._dispatcher.record_refresh()
        return await self._save(new_pair)

    async def _login_again(self) -> TokenPair:
        # This raises an error if the store holds the session of another account.
        await self._load_current()
        return await self._login()

    async def _login(self) -> TokenPair:
        try:
            new_pair = await self._session_api.login()
        except (RateLimitError, ServerError):
            raise
        except APIError as error:
            raise explain_refusal(error, self._account) from None
        self._dispatcher.record_login()
        return await self._save(new_pair)
