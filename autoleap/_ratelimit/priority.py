"""Who goes first before a budget: interactive calls ahead of background work, never instead of it.

A web request that waits behind a bulk import of an hour is lost; an import that waits behind web
requests is late. So calls of high priority pass ahead, but only so many ahead of one that waits.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextvars import ContextVar
from typing import Literal, TypeAlias, TypeVar

from ..errors import ConfigurationError

T = TypeVar("T")


Priority: TypeAlias = Literal["high", "low"]


_priority: ContextVar[Priority] = ContextVar("autoleap_priority", default="high")


def current_priority() -> Priority:
    """The priority of calls made at this place: low where background work is done."""
    return _priority.get()


async def run_low_priority(work: Callable[[], Awaitable[T]]) -> T:
    """Do some work, every call of which is of low priority, wherever below it is made."""
    token = _priority.set("low")
    try:
        return await work()
    finally:
        _priority.reset(token)


def validate_priority(priority: object) -> Priority:
    """Refuse what is neither "high" nor "low"."""
    if priority == "high":
        return "high"
    if priority == "low":
        return "low"
    raise ConfigurationError(f'priority must be "high" or "low", not {priority!r}')
