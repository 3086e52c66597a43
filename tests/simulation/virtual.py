"""Virtual time for the facade: its clocks, its random numbers, and its threads.

trio's MockClock jumps to the next deadline when every task waits. Two things do not follow it: the
`time`, `datetime` and `random` modules, and worker threads. Both are replaced in the facade only.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
import sys
import time
from collections.abc import Awaitable, Callable, Generator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime, tzinfo
from functools import partial
from types import ModuleType
from typing import Any, Protocol

import anyio.lowlevel
import anyio.to_thread
import pytest
import trio
from attrs import define

import autoleap
from autoleap import client as client_module
from autoleap._auth.manager import TokenManager

# Parts of the package that a simulated client does not run.
_LEFT_ALONE = ("autoleap.sandbox", "autoleap.redis")


@define
class _World:
    """Seconds since the epoch at which the running history starts, and its random numbers."""

    epoch: float = 0.0
    random: random.Random = random.Random()  # noqa: RUF009  # shared on purpose


_world = _World()


class WriteHook(Protocol):
    """Called before and after blocking work, which is a write to a journal."""

    def __call__(self, *, written: bool) -> None: ...


# The process whose task runs; a detached task inherits the context of its caller.
write_hook: ContextVar[WriteHook | None] = ContextVar("simulation_write_hook", default=None)


def wall_clock() -> float:
    """Return the seconds since the epoch, on the clock of the client."""
    return _world.epoch + _elapsed()


def _elapsed() -> float:
    try:
        return trio.current_time()
    except RuntimeError:  # outside the event loop
        return 0.0


class _VirtualTime:
    """The `time` module as the facade sees it."""

    time = staticmethod(wall_clock)
    monotonic = perf_counter = staticmethod(_elapsed)


class _DatetimeType(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, datetime)


class _VirtualDatetime(datetime, metaclass=_DatetimeType):
    """The class `datetime` as the facade sees it."""

    @classmethod
    def now(cls, tz: tzinfo | None = None) -> Any:
        return datetime.fromtimestamp(wall_clock(), tz)


async def _run_inline(work: Callable[..., Any], *arguments: Any, **options: Any) -> Any:
    """Run the work of a thread now: MockClock would jump while a thread runs."""
    del options
    hook = write_hook.get()
    if hook is not None:
        hook(written=False)
    await anyio.lowlevel.checkpoint()
    result = work(*arguments)
    if hook is not None:
        hook(written=True)
    return result


@contextmanager
def virtual_time() -> Iterator[None]:
    """Replace clocks, random numbers and threads in the facade; enter it once for many histories.

    trio runs tasks that are ready at the same time in random order. Here a seed determines it.
    """
    virtual_modules = {time: _VirtualTime, random: _world.random, datetime: _VirtualDatetime}
    with pytest.MonkeyPatch.context() as patch:
        for module in _facade_modules():
            for name, value in list(vars(module).items()):
                if isinstance(value, ModuleType | type) and value in virtual_modules:
                    patch.setattr(module, name, virtual_modules[value])
        # Its default clock is bound when the class is made.
        patch.setattr(client_module, "TokenManager", partial(TokenManager, clock=wall_clock))
        patch.setattr(anyio.to_thread, "run_sync", _run_inline)
        patch.setattr("trio._core._run._ALLOW_DETERMINISTIC_SCHEDULING", True)
        yield


def run(main: Callable[[], Awaitable[None]], *, seed: str, epoch: float) -> None:
    """Run a history in virtual time.

    Args:
        main: The history.
        seed: Determines the order of tasks and the jitter of the facade.
        epoch: Seconds since the epoch at which virtual time starts.
    """
    _world.epoch = epoch
    _world.random.seed(f"jitter {seed}")
    _task_order().seed(f"order {seed}")
    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0))


def _task_order() -> random.Random:
    order: random.Random = sys.modules["trio._core._run"]._r
    return order


def _facade_modules() -> Generator[ModuleType]:
    for info in pkgutil.walk_packages(autoleap.__path__, "autoleap."):
        if not info.name.startswith(_LEFT_ALONE):
            yield importlib.import_module(info.name)
