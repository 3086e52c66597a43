"""Work that outlives the caller that started it, on asyncio and on trio.

A task group ties its work to the scope of one caller. Cancelling that caller would cancel a
refresh that many other callers wait for. A `DetachedTask` has a separate scope.
"""

from __future__ import annotations

import asyncio
import contextvars
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

import anyio
from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

T = TypeVar("T")

# Threads for blocking work in one event loop, apart from the application's threads.
MAX_THREADS = 8

_thread_limiter: RunVar[CapacityLimiter] = RunVar("autoleap_threads")

# asyncio keeps only weak references to tasks; this set holds them until they end.
_running: set[asyncio.Task[None]] = set()


class DetachedTask(Generic[T]):
    """A running task that any number of callers can wait for or cancel."""

    def __init__(self, work: Callable[[], Awaitable[T]]) -> None:
        self._work = work
        self._scope = anyio.CancelScope()
        self._done = anyio.Event()
        self._value: list[T] = []
        self._exception: Exception = RuntimeError("the work was cancelled")
        self._done_callbacks: list[Callable[[], object]] = []

    @property
    def done(self) -> bool:
        """Whether the work has ended, with success or not."""
        return self._done.is_set()

    @property
    def exception(self) -> Exception | None:
        """The error that ended the work, or None if it runs or succeeded."""
        return self._exception if self.done and not self._value else None

    async def wait(self) -> None:
        """Wait for the end of the work; a cancelled caller does not cancel it."""
        await self._done.wait()

    def result(self) -> T:
        """Return the value of the work.

        Raises:
            Exception: what the work raised, or RuntimeError when it was cancelled.
        """
        if not self._value:
            raise self._exception
        return self._value[0]

    def add_done_callback(self, callback: Callable[[], object]) -> None:
        """Call `callback` when the work ends, or now if it has ended."""
        if self.done:
            callback()
        else:
            self._done_callbacks.append(callback)

    def cancel(self) -> None:
        """Cancel the work for all callers."""
        self._scope.cancel()

    async def run(self) -> None:
        """Run the work; `spawn_detached` calls this once."""
        try:
            with self._scope:
                self._value.append(await self._work())
        except Exception as error:
            self._exception = error
        finally:
            self._done.set()
            for callback in self._done_callbacks:
                callback()


def spawn_detached(work: Callable[[], Awaitable[T]]) -> DetachedTask[T]:
    """Start work in the running event loop, outside the caller's cancel scopes."""
    task = DetachedTask(work)
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:  # not asyncio, therefore trio: anyio supports no other loop
        import trio

        trio.lowlevel.spawn_system_task(task.run, context=contextvars.copy_context())
    else:
        asyncio_task = loop.create_task(task.run())
        _running.add(asyncio_task)
        asyncio_task.add_done_callback(_running.discard)
    return task


async def wait_first(tasks: Sequence[DetachedTask[T]]) -> DetachedTask[T]:
    """Wait until one of the tasks has ended, and return it."""
    changed = anyio.Event()
    for task in tasks:
        task.add_done_callback(changed.set)
    await changed.wait()
    return next(task for task in tasks if task.done)


async def cancel_and_wait(tasks: Sequence[DetachedTask[T]]) -> None:
    """Cancel tasks and wait until each has ended, even if the caller is cancelled."""
    tasks = [task for task in tasks if not task.done]
    if not tasks:
        return  # in a process that was forked inside an event loop, no scope can be opened
    for task in tasks:
        task.cancel()
    with anyio.CancelScope(shield=True):
        for task in tasks:
            await task.wait()


async def run_in_thread(work: Callable[[], T]) -> T:
    """Run short blocking work in a worker thread; a cancelled caller waits for its end.

    It does not use the application's threads: request handlers may occupy all of them while they
    wait for the token that this work loads.
    """
    limiter = _thread_limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(MAX_THREADS)
        _thread_limiter.set(limiter)
    return await to_thread.run_sync(work, limiter=limiter)
