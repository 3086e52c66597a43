"""Work that belongs to no caller, on both event loops."""

from __future__ import annotations

import math

import anyio
import pytest

from autoleap._tasks import DetachedTask, cancel_and_wait, spawn_detached, wait_first

pytestmark = pytest.mark.anyio


class Work:
    """Waits until it is let go, and notes how it ended; cancelled, it takes a while to end."""

    def __init__(self, value: str = "value") -> None:
        self.value, self.go = value, anyio.Event()
        self.ended = ""

    async def __call__(self) -> str:
        try:
            await self.go.wait()
        except anyio.get_cancelled_exc_class():
            with anyio.CancelScope(shield=True):
                await anyio.sleep(0.01)
            self.ended = "cancelled"
            raise
        self.ended = "done"
        return self.value


async def failing() -> str:
    await anyio.lowlevel.checkpoint()
    raise LookupError("nowhere")


async def wait_for(task: DetachedTask[str]) -> None:
    await task.wait()


async def test_work_goes_on_when_the_caller_that_started_it_is_cancelled() -> None:
    work, started = Work(), list[DetachedTask[str]]()

    async def caller() -> None:
        started.append(spawn_detached(work))
        await started[0].wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(caller)
        await anyio.wait_all_tasks_blocked()
        tasks.cancel_scope.cancel()
    assert not started[0].done
    work.go.set()
    await started[0].wait()
    assert started[0].result() == "value"


async def test_work_is_not_under_the_deadline_of_the_caller_that_started_it() -> None:
    with anyio.move_on_after(0.01):
        task = spawn_detached(deadline)
        await anyio.sleep(1)
    await task.wait()
    assert task.result() == math.inf


async def deadline() -> float:
    await anyio.lowlevel.checkpoint()
    return anyio.current_effective_deadline()


async def test_one_waiter_that_gives_up_leaves_the_others_waiting() -> None:
    work = Work()
    task, impatient = spawn_detached(work), anyio.CancelScope()

    async def give_up() -> None:
        with impatient:
            await task.wait()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(give_up)
        tasks.start_soon(wait_for, task)
        await anyio.wait_all_tasks_blocked()
        impatient.cancel()
        await anyio.wait_all_tasks_blocked()
        assert not task.done
        work.go.set()
    assert task.result() == "value"


async def test_a_value_can_be_had_by_everybody_and_more_than_once() -> None:
    work = Work()
    work.go.set()
    task = spawn_detached(work)
    async with anyio.create_task_group() as tasks:
        for _ in range(3):
            tasks.start_soon(wait_for, task)
    assert [task.result(), task.result()] == ["value", "value"]
    assert task.exception is None


async def test_none_is_a_value_like_any_other() -> None:
    task = spawn_detached(anyio.lowlevel.checkpoint)
    await task.wait()
    assert task.exception is None
    task.result()


async def test_an_error_is_kept_for_the_caller_that_asks_for_the_result() -> None:
    task = spawn_detached(failing)
    assert task.exception is None
    await task.wait()
    assert isinstance(task.exception, LookupError)
    with pytest.raises(LookupError, match="nowhere"):
        task.result()


async def test_an_error_that_no_caller_asks_for_raises_nowhere() -> None:
    spawn_detached(failing)
    await anyio.wait_all_tasks_blocked()


async def test_cancelled_work_has_an_error_and_no_value() -> None:
    work = Work()
    task = spawn_detached(work)
    await anyio.wait_all_tasks_blocked()
    task.cancel()
    await task.wait()
    assert work.ended == "cancelled"
    assert task.exception is not None
    with pytest.raises(RuntimeError, match="cancelled"):
        task.result()


async def test_work_cancelled_before_it_began_is_not_done() -> None:
    work = Work()
    work.go.set()
    task = spawn_detached(work)
    task.cancel()
    await task.wait()
    assert work.ended != "done"
    with pytest.raises(RuntimeError):
        task.result()


async def test_the_first_to_end_is_returned_in_whatever_way_it_ends() -> None:
    first, second = Work("first"), Work("second")
    tasks = [spawn_detached(first), spawn_detached(second)]
    second.go.set()
    assert await wait_first(tasks) is tasks[1]
    broken = spawn_detached(failing)
    assert await wait_first([tasks[0], broken]) is broken
    tasks[0].cancel()
    assert await wait_first(tasks[:1]) is tasks[0]


async def test_giving_up_on_the_first_to_end_leaves_all_running() -> None:
    works = [Work("first"), Work("second")]
    tasks = [spawn_detached(work) for work in works]
    await anyio.wait_all_tasks_blocked()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await wait_first(tasks)
    assert scope.cancelled_caught
    assert not any(task.done for task in tasks)
    for work in works:
        work.go.set()
    assert await wait_first(tasks) in tasks


async def test_ending_all_waits_for_each_even_while_being_cancelled() -> None:
    works = [Work(), Work(), Work()]
    tasks = [spawn_detached(work) for work in works]
    await anyio.wait_all_tasks_blocked()
    with anyio.CancelScope() as scope:
        scope.cancel()
        await cancel_and_wait(tasks)
    assert all(task.done for task in tasks)
    assert [work.ended for work in works] == ["cancelled"] * 3


async def test_ending_what_has_ended_changes_nothing() -> None:
    work = Work()
    work.go.set()
    task = spawn_detached(work)
    await task.wait()
    await cancel_and_wait([task])
    assert task.result() == "value"


async def test_a_callback_is_called_once_whether_it_is_added_early_or_late() -> None:
    called: list[str] = []
    work = Work()
    task = spawn_detached(work)
    task.add_done_callback(lambda: called.append("early"))
    work.go.set()
    await task.wait()
    task.add_done_callback(lambda: called.append("late"))
    assert called == ["early", "late"]


async def test_ended_work_leaves_no_task_behind() -> None:
    before = len(anyio.get_running_tasks())
    tasks = [spawn_detached(failing) for _ in range(5)]
    await cancel_and_wait(tasks)
    await anyio.wait_all_tasks_blocked()
    assert len(anyio.get_running_tasks()) == before
