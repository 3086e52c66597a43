"""What a pager says about a list that moves while it is read."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from autoleap._paging.cursor import Drift
from tests.helpers.moving_list import MovingList, read_all

pytestmark = [pytest.mark.anyio, pytest.mark.asyncio_only]


def at_read(number: int, *moves: Callable[[MovingList], object]) -> Callable[[MovingList], object]:
    """Move a list once, before its page is read for the n-th time, counted from 0."""

    def move(moving: MovingList) -> None:
        if moving.reads == number:
            for one in moves:
                one(moving)

    return move


async def test_a_quiet_list_is_read_once_and_has_no_drift() -> None:
    moving = MovingList(list(range(100)), 10)
    met, pager = await read_all(moving, 4)
    assert met == list(range(100))
    assert moving.reads == 10
    assert pager.drift == Drift()
    assert not pager.drift


async def test_drift_tells_of_rows_that_came() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, *[lambda moving: moving.insert(0)] * 3)
    met, pager = await read_all(moving, 0)
    assert set(met) >= set(range(100))
    assert pager.drift == Drift(duplicates=3, grown=3, passes=2)


async def test_drift_tells_of_rows_that_went() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, *[lambda moving: moving.archive(0)] * 3)
    met, pager = await read_all(moving, 0)
    assert sorted(met) == list(range(100))
    assert pager.drift == Drift(duplicates=17, shrunk=3, pages_reread=1, passes=2)


async def test_an_insert_and_an_archive_between_the_same_two_reads_cannot_be_seen() -> None:
    moving = MovingList(list(range(100)), 10)
    moving.before_read = at_read(5, lambda at: at.archive(0), lambda at: at.insert(len(at.rows)))
    met, pager = await read_all(moving, 0)
    assert set(range(100)) - set(met) == {50}, "the row that moved up past the reader"
    assert pager.drift == Drift(), "no total and no id tells of it"
