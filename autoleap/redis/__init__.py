"""Token store and rate limiter for processes that share a Redis server (extra `redis`)."""

from .rate_limiter import RedisRateLimiter
from .token_store import RedisTokenStore

__all__ = ["RedisRateLimiter", "RedisTokenStore"]
