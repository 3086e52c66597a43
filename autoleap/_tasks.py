"""Work that outlives the caller who asked for it, on asyncio and on trio.

A task group would tie the work to one caller's scope: cancelling that caller would cancel a
refresh that two hundred others wait for. A `Task` has a scope of its own instead.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread

T = TypeVar("T")


# asyncio keeps only weak references to tasks; these are let go when the work ends.
_running: set[asyncio.Task[None]] = set()


class DetachedTask(Generic[T]):
    """One running piece of work that any number of callers can wait for or cancel."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope = anyio.CancelScope()
        self._done = anyio.Event()
        self._value: list[T] = []
        self._exception: Exception = RuntimeError("the work was cancelled")
        self._done_callbacks: list[Callable[[], object]] = []

    @property
    def done(self) -> bool:
        """Whether the work has ended, in whatever way."""
        return self._done.is_set()

    @property
    def exception(self) -> Exception | None:
        """The error the work ended with, or None while it runs or when it succeeded."""
        return self._exception if self.done and not self._value else None

    async def wait(self) -> None:
        """Wait for the end of the work; cancelling the waiter leaves the work alone."""
        await self._done.wait()

    def result(self) -> T:
        """The value of ended work.

        Raises:
            Exception: what the work raised, or RuntimeError when it was cancelled.
        """
        if not self._value:
            raise self._exception
        return self._value[0]

    def add_done_callback(self, tell: Callable[[], object]) -> None:
        """Call `tell` when the work ends, or now when it has ended."""
        if self.done:
            tell()
        else:
            self._done_callbacks.append(tell)

    def cancel(self) -> None:
        """Cancel the work itself, for everybody."""
        self._scope.cancel()

    async def run(self) -> None:
        """Do the work; `spawn` sees to it that this happens once."""
        try:
            with self._scope:
                self._value.append(await self._work())
        except Exception as error:
            self._exception = error
        finally:
            self._done.set()
            for tell in self._done_callbacks:
                tell()


def spawn_detached(work: Callable[[], Awaitable[T]]) -> DetachedTask[T]:
    """Start work in the running event loop, outside of every scope of the caller."""
    task = DetachedTask(work)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # not asyncio, hence trio: anyio knows no third
        _spawn_on_trio(task.run)
    else:
        native = loop.create_task(task.run())
        _running.add(native)
        native.add_done_callback(_running.discard)
    return task


def _spawn_on_trio(run: Callable[[], Awaitable[None]]) -> None:
    import trio

    async def main() -> None:
        await run()

    trio.lowlevel.spawn_system_task(main, context=contextvars.copy_context())


async def wait_first(tasks: Sequence[DetachedTask[T]]) -> DetachedTask[T]:
    """Wait until one of the tasks has ended, and return it."""
    changed = anyio.Event()
    for task in tasks:
        task.add_done_callback(changed.set)
    await changed.wait()
    return next(task for task in tasks if task.done)


async def cancel_and_wait(tasks: Sequence[DetachedTask[T]]) -> None:
    """Cancel tasks and wait until each has ended, even while being cancelled oneself."""
    tasks = [task for task in tasks if not task.done]
    for task in tasks:
        task.cancel()
    with anyio.CancelScope(shield=True):
        for task in tasks:
            await task.wait()


async def run_in_thread(work: Callable[[], T]) -> T:
    """Do some work that blocks in a thread, besides those the application may have.

    The usual allowance of threads can be used up by request handlers that wait for the very token
    this work is about.
    """
    return await to_thread.run_sync(work, limiter=CapacityLimiter(1))
