"""Token pairs for tests, a fake of the token operations, and all that an error shows."""

from __future__ import annotations

import pickle
import traceback
from pathlib import Path

import anyio
from attrs import define, evolve, field
from cryptography.fernet import Fernet

from autoleap import Secret, TokenPair
from autoleap._auth.session_api import SessionApi
from autoleap.errors import AutoLeapError

TESTS = str(Path(__file__).parents[1])
HOUR = 3600.0
ACCESS, REFRESH = "acc3ss-t0ken", "r3fresh-t0ken"
PAIR = TokenPair(
    access=Secret(ACCESS),
    refresh=Secret(REFRESH),
    obtained_at=1_800_000_000.25,
    expires_at=1_800_003_600.25,
    refresh_expires_at=1_800_010_800.0,
    account="partner-1 at https://example.com/v2",
)
NEWER = evolve(PAIR, access=Secret("newer-access"), refresh=Secret("newer-refresh"))
KEY = Fernet.generate_key()


@define
class FakeTokenEndpoint(SessionApi):
    """Login and refresh without a server; the tokens are "1", "2", "3", ... in turn.

    Attributes:
        asked: The requests: "login" or "refresh <token>".
        login_fails, refresh_fails: Errors to raise instead, while they are set.
        closed: An event that responses wait for.
    """

    now: float = 1000.0
    asked: list[str] = field(factory=list[str])
    login_fails: AutoLeapError | None = None
    refresh_fails: AutoLeapError | None = None
    closed: anyio.Event | None = None
    given: int = 0

    def clock(self) -> float:
        return self.now

    async def login(self) -> TokenPair:
        self.asked.append("login")
        return await self._answer(self.login_fails)

    async def refresh(self, token: Secret) -> TokenPair:
        self.asked.append(f"refresh {token.reveal()}")
        return await self._answer(self.refresh_fails)

    async def _answer(self, error: AutoLeapError | None) -> TokenPair:
        await anyio.lowlevel.checkpoint()
        if self.closed is not None:
            await self.closed.wait()
        if error is not None:
            raise error
        return self.pair()

    def pair(self) -> TokenPair:
        self.given += 1
        return TokenPair(
            access=Secret(f"access {self.given}"),
            refresh=Secret(f"{self.given}"),
            obtained_at=self.now,
            expires_at=self.now + HOUR,
            refresh_expires_at=self.now + 3 * HOUR,
        )


def visible_text(error: BaseException) -> str:
    """Return all that shows of an error: message, pickle, traceback, variables of its frames."""
    captured: traceback.TracebackException | None
    texts = [repr(error), pickle.dumps(error, 0).decode("latin-1")]
    texts += traceback.format_exception(error)
    captured = traceback.TracebackException.from_exception(error, capture_locals=True)
    while captured is not None:
        texts += [
            str(frame.locals) for frame in captured.stack if not frame.filename.startswith(TESTS)
        ]
        captured = captured.__cause__ or captured.__context__
    return "\n".join(texts)
