"""autoleap: the asyncio SDK for the AutoLeap Partner API."""

from ._version import __version__ as __version__
from .bulk_plan import BulkOptions, CreateOptions
from .client import AutoLeap, Company
from .config import RateLimits, Secret
from .errors import (
    APIConnectionError,
    APIError,
    APITimeoutError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    BudgetUnavailableError,
    ConfigurationError,
    LockLostError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RecordError,
    RejectedError,
    ResponseDecodeError,
    ServerError,
    TokenStoreError,
    TransportError,
)
from .file_store import FileTokenStore
from .limits import MemoryRateLimiter, RateLimiter
from .outcomes import BulkError, BulkProgress, BulkReport, Outcome
from .paging import Pager
from .redis_limits import RedisRateLimiter
from .redis_store import RedisTokenStore
from .telemetry import AttemptEvent, CallEvent, Stats
from .token_store import MemoryTokenStore, TokenPair, TokenStore
from .walk import Drift, Page

__all__ = [
    "APIConnectionError",
    "APIError",
    "APITimeoutError",
    "AttemptEvent",
    "AuthenticationError",
    "AutoLeap",
    "AutoLeapError",
    "BadRequestError",
    "BudgetUnavailableError",
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
    "RateLimits",
    "RecordError",
    "RedisRateLimiter",
    "RedisTokenStore",
    "RejectedError",
    "ResponseDecodeError",
    "Secret",
    "ServerError",
    "Stats",
    "TokenPair",
    "TokenStore",
    "TokenStoreError",
    "TransportError",
]
