"""Sessions and rate limits that processes on several machines share through Redis (extra `redis`)."""

from .rate_limiter import RedisRateLimiter
from .token_store import RedisTokenStore

__all__ = ["RedisRateLimiter", "RedisTokenStore"]
