"""What calls can leave behind in a client and its rate limiter: requests, connections and slots."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
from redis import Redis

from autoleap import AutoLeap, MemoryRateLimiter, RedisRateLimiter


def find_leftovers(client: AutoLeap, limiter: MemoryRateLimiter | RedisRateLimiter) -> list[str]:
    """Return what is left behind while no call runs; a connection that can be used again is not."""
    found = dict(_count_in_client(client))
    if isinstance(limiter, MemoryRateLimiter):
        found |= dict(_count_in_memory(limiter))
    else:
        found |= dict(_count_in_queues(limiter))
    return [f"{count} {name}" for name, count in found.items() if count]


def find_slots(url: str) -> list[str]:
    """Return the slots in use, and the processes that wait, in a Redis that has nothing else."""
    names = ("running", "high_waiting", "low_waiting")
    with Redis.from_url(url, decode_responses=True) as redis:
        keys = [str(key) for name in names for key in redis.scan_iter(f"*:{name}")]
        return [f"{redis.zcard(key)} in {key}" for key in keys if redis.zcard(key)]


def _count_in_client(client: AutoLeap) -> Iterator[tuple[str, int]]:
    transport = client._http._retry_transport
    yield "requests in flight", len(transport._in_flight)
    assert isinstance(transport._inner, httpx.AsyncHTTPTransport)
    pool = transport._inner._pool
    for connection in pool.connections:
        yield f"busy connection {connection!r}", int(not connection.is_idle())
    yield "requests in the pool", len(pool._requests)


def _count_in_memory(limiter: MemoryRateLimiter) -> Iterator[tuple[str, int]]:
    for method, queue in limiter._limiters.items():
        yield f"slots of {method}", queue._window._running
        yield f"calls that wait for {method}", len(list(queue._queue))


def _count_in_queues(limiter: RedisRateLimiter) -> Iterator[tuple[str, int]]:
    for method, queue in limiter._queues.items():
        yield f"slots of {method}", len(queue._held)
        yield f"slots of {method} to report", len(queue._ended) + len(queue._unused)
        yield f"calls that wait for {method}", len(list(queue._queue))
