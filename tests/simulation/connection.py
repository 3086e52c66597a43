"""What a simulated process gives to its client: a transport, a rate limiter, input and options."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import httpx
import trio
from attrs import define, field

from autoleap import MemoryRateLimiter, RateLimits, Slot
from autoleap._bulk.options import CreateOptions
from tests.simulation.habits import Options
from tests.simulation.records import Json
from tests.simulation.server import SimulatedServer

NO_LIMITS = RateLimits(get=None, post=None, put=None, patch=None, delete=None)
# What the facade of this version knows; a history draws more options than an older one has.
KNOWN_OPTIONS = frozenset(CreateOptions.__annotations__)


@define(eq=False)
class Transport(httpx.AsyncBaseTransport):
    """Connects a process with the server; what a dead process sends is lost."""

    server: SimulatedServer
    is_dead: Callable[[], bool]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_dead():
            await trio.sleep_forever()
        return await self.server.handle(request)


@define(eq=False)
class CountingLimiter:
    """A rate limiter that counts the slots that are held."""

    limits: RateLimits | None
    held: int = field(default=0, init=False)
    _inner: MemoryRateLimiter = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._inner = MemoryRateLimiter(self.limits)

    def acquire(self, method: str, priority: Any = "high") -> AbstractAsyncContextManager[Slot]:
        return self._hold(self._inner.acquire(method, priority))

    @asynccontextmanager
    async def _hold(self, slot: AbstractAsyncContextManager[Slot]) -> AsyncIterator[Slot]:
        async with slot as granted:
            self.held += 1
            try:
                yield granted
            finally:
                self.held -= 1

    async def block_for(self, method: str, seconds: float) -> None:
        await self._inner.block_for(method, seconds)


async def read_slowly(records: Sequence[Json], pause: float) -> AsyncIterator[Json]:
    """Yield records as a database would."""
    for record in records:
        await trio.sleep(pause)
        yield record


def list_known_options(options: Options) -> dict[str, Any]:
    """Return the options that the facade of this version knows."""
    given: dict[str, Any] = {
        "batch_size": options.batch_size,
        "concurrency": options.concurrency,
        "resolve_ids": options.resolve_ids,
    }
    if options.settle_within is not None:
        given["settle_within"] = options.settle_within
    if options.identify_by:
        given |= {"identify_by": options.identify_by, "on_existing": options.on_existing}
    return {name: value for name, value in given.items() if name in KNOWN_OPTIONS}
