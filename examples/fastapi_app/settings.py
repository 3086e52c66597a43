"""What the app is told from outside; the SDK reads the AUTOLEAP_* variables itself."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Self

from attrs import frozen

from autoleap import RateLimits


@frozen(kw_only=True)
class Settings:
    """Settings of the app.

    Attributes:
        folder: Where the session and the journals of imports are kept, for this user only.
        workers: Processes that share the partner account; each keeps to its part of the limits.
        reads, writes: What the partner account may do in a minute: GETs, and writes of each kind.
    """

    folder: Path = Path("autoleap-data")
    workers: int = 1
    reads: int = 150
    writes: int = 50

    @classmethod
    def from_environment(cls) -> Self:
        """Read the variables; WEB_CONCURRENCY is where uvicorn looks for its workers too."""
        given = os.environ.get
        return cls(
            folder=Path(given("APP_FOLDER", "autoleap-data")),
            workers=int(given("WEB_CONCURRENCY", "1")),
            reads=int(given("APP_READS", "150")),
            writes=int(given("APP_WRITES", "50")),
        )

    @property
    def limits(self) -> RateLimits:
        """One worker's part of the account's limits."""
        reads, writes = (max(1, count // self.workers) for count in (self.reads, self.writes))
        return RateLimits(get=reads, post=writes, put=writes, patch=writes, delete=writes)
