"""autoleap: the asyncio SDK for the AutoLeap Partner API."""

import typing

from ._auth.file_store import FileTokenStore
from ._auth.store import MemoryTokenStore, TokenStore
from ._auth.tokens import TokenPair
from ._bulk.options import BulkOptions, CreateOptions
from ._bulk.results import BulkError, BulkProgress, BulkReport, Outcome
from ._config import RateLimits, Secret
from ._events import AttemptEvent, CallEvent, Stats
from ._paging.cursor import Drift
from ._paging.page import Page
from ._paging.pager import Pager
from ._ratelimit.limiter import MemoryRateLimiter, RateLimiter
from ._ratelimit.slot import Slot
from ._version import __version__ as __version__
from .client import AutoLeap, Company
from .errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    ConfigurationError,
    LockLostError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RateLimiterUnavailableError,
    RecordError,
    RejectedError,
    ResponseDecodeError,
    ResponseTooLargeError,
    ServerError,
    TokenStoreError,
    TransportError,
)

if typing.TYPE_CHECKING:
    from .redis import RedisRateLimiter, RedisTokenStore

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AttemptEvent",
    "AuthenticationError",
    "AutoLeap",
    "AutoLeapError",
    "BadRequestError",
    "BulkError",
    "BulkOptions",
    "BulkProgress",
    "BulkReport",
    "CallEvent",
    "Company",
    "ConfigurationError",
    "CreateOptions",
    "Drift",
    "FileTokenStore",
    "LockLostError",
    "MemoryRateLimiter",
    "MemoryTokenStore",
    "NotFoundError",
    "Outcome",
    "OutcomeUnknownError",
    "Page",
    "Pager",
    "PermissionDeniedError",
    "RateLimitError",
    "RateLimiter",
    "RateLimiterUnavailableError",
    "RateLimits",
    "RecordError",
    "RedisRateLimiter",
    "RedisTokenStore",
    "RejectedError",
    "ResponseDecodeError",
    "ResponseTooLargeError",
    "Secret",
    "ServerError",
    "Slot",
    "Stats",
    "TokenPair",
    "TokenStore",
    "TokenStoreError",
    "TransportError",
]


def __getattr__(name: str) -> object:
    """Import the names of the extra `redis` when a program first uses one."""
    if name in {"RedisRateLimiter", "RedisTokenStore"}:
        from . import redis

        return getattr(redis, name)
    raise AttributeError(f"module 'autoleap' has no attribute {name!r}")
