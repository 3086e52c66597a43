"""Settings of the app. The SDK reads the AUTOLEAP_* variables itself."""

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
        folder: Folder for the session and the journals; only this user has access.
        workers: Number of processes that share the partner account and its rate limits.
        reads: Number of GET requests per minute for the account.
        writes: Number of requests per minute for the account and each other method.
    """

    folder: Path = Path("autoleap-data")
    workers: int = 1
    reads: int = 150
    writes: int = 50

    @classmethod
    def from_environment(cls) -> Self:
        """Read the environment; uvicorn also reads WEB_CONCURRENCY for its number of workers."""
        get = os.environ.get
        return cls(
            folder=Path(get("APP_FOLDER", "autoleap-data")),
            workers=int(get("WEB_CONCURRENCY", "1")),
            reads=int(get("APP_READS", "150")),
            writes=int(get("APP_WRITES", "50")),
        )

    @property
    def limits(self) -> RateLimits:
        """The part of the rate limits that one worker may use."""
        reads, writes = (max(1, count // self.workers) for count in (self.reads, self.writes))
        return RateLimits(get=reads, post=writes, put=writes, patch=writes, delete=writes)
