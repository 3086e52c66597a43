"""Priority of calls in the queue for slots.

A web request must not wait for the end of a long bulk import. Therefore calls of high priority
overtake calls of low priority. At most four calls overtake the same call, so that it is sent too.
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
    """Return the priority of the next call: low inside `run_low_priority`, otherwise high."""
    return _priority.get()


async def run_low_priority(work: Callable[[], Awaitable[T]]) -> T:
    """Run work, with low priority for all calls in it."""
    token = _priority.set("low")
    try:
        return await work()
    finally:
        _priority.reset(token)


def validate_priority(priority: object) -> Priority:
    """Return the priority if it is "high" or "low".

    Raises:
        ConfigurationError: for any other value.
    """
    if priority == "high":
        return "high"
    if priority == "low":
        return "low"
    raise ConfigurationError(f'priority must be "high" or "low", not {priority!r}')
