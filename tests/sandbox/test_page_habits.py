"""The habits of page envelopes do what they say, over real HTTP."""

from typing import Any

import pytest

from autoleap.sandbox import DateHabits, Habits, PageHabits, Sandbox
from tests.helpers.habit_calls import Json, create, list_names, make_clock, make_records, read_page
from tests.helpers.sandbox_calls import Open


def read_pages(log_in: Open, habit: PageHabits, *numbers: int, **query: object) -> list[Json]:
    """Return pages of a sandbox with 25 customers."""
    with Sandbox(habits=Habits(pages=habit), limits=None) as sandbox:
        client = log_in(sandbox)
        return [read_page(client, sandbox, page=n, **{"size": 10, **query}) for n in numbers]


def list_ids(*pages: Json) -> list[object]:
    return [row["customerId"] for page in pages for row in page["content"]]


def test_without_habits_pages_are_as_the_contract_says(log_in: Open) -> None:
    plain = read_pages(log_in, PageHabits(), 1, 2, 3)
    with Sandbox(limits=None) as sandbox:
        client = log_in(sandbox)
        assert plain == [read_page(client, sandbox, page=n, size=10) for n in (1, 2, 3)]


def test_rows_have_no_id(log_in: Open) -> None:
    (page,) = read_pages(log_in, PageHabits(ids=False), 1)
    assert len(page["content"]) == 10
    assert all("customerId" not in row and "firstName" in row for row in page["content"])


def test_pages_are_counted_from_0(log_in: Open) -> None:
    plain = read_pages(log_in, PageHabits(), 1, 2, 3)
    pages = read_pages(log_in, PageHabits(numbers="from-0"), 0, 1, 2)
    assert list_ids(*pages) == list_ids(*plain)
    assert [page["number"] for page in pages] == [0, 1, 2]
    assert [page["pageable"]["pageNumber"] for page in pages] == [0, 1, 2]
    assert [page["pageable"]["offset"] for page in pages] == [0, 10, 20]
    assert [page["first"] for page in pages] == [True, False, False]
    assert [page["last"] for page in pages] == [False, False, True]


def test_pages_are_shown_as_counted_from_0(log_in: Open) -> None:
    pages = read_pages(log_in, PageHabits(numbers="shown-from-0"), 1, 2)
    assert list_ids(*pages) == list_ids(*read_pages(log_in, PageHabits(), 1, 2))
    assert [page["number"] for page in pages] == [0, 1]


@pytest.mark.parametrize(("last", "flags"), [("true", [True] * 3), ("false", [False] * 3)])
def test_the_flag_last_is_always_the_same(log_in: Open, last: Any, flags: list[bool]) -> None:
    pages = read_pages(log_in, PageHabits(last=last), 1, 2, 3)
    assert [page["last"] for page in pages] == flags


def test_the_flag_last_is_missing(log_in: Open) -> None:
    assert "last" not in read_pages(log_in, PageHabits(last="missing"), 1)[0]


def test_totals_are_missing_or_capped(log_in: Open) -> None:
    (page,) = read_pages(log_in, PageHabits(totals="missing"), 1)
    assert not {"totalCount", "totalPages"} & set(page)
    pages = read_pages(log_in, PageHabits(totals="capped", total_cap=15), 1, 3)
    assert {(page["totalCount"], page["totalPages"]) for page in pages} == {(15, 2)}
    assert len(pages[1]["content"]) == 5


def test_totals_are_stale(log_in: Open) -> None:
    clock = make_clock()
    habits = Habits(pages=PageHabits(totals="stale", stale_seconds=5))
    with Sandbox(habits=habits, wall_clock=clock) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(10))
        page = read_page(client, sandbox, size=100)
        assert (page["totalCount"], len(page["content"])) == (25, 35)
        clock.move(5.1)
        assert read_page(client, sandbox)["totalCount"] == 35


@pytest.mark.parametrize(("shows_size", "size", "offset"), [(True, 4, 4), (False, 10, 10)])
def test_the_page_size_is_clamped(log_in: Open, shows_size: bool, size: int, offset: int) -> None:
    habit = PageHabits(max_size=4, shows_size=shows_size)
    pages = read_pages(log_in, habit, 1, 2)
    assert list_ids(*pages) == list_ids(*read_pages(log_in, PageHabits(), 1))[:8]
    assert [len(page["content"]) for page in pages] == [4, 4]
    assert (pages[1]["size"], pages[1]["pageable"]["pageSize"]) == (size, size)
    assert pages[1]["pageable"]["offset"] == offset


def test_ties_have_another_order_in_each_response(log_in: Open) -> None:
    habits = Habits(pages=PageHabits(ties="random"))
    with Sandbox(customers=0, habits=habits, wall_clock=make_clock()) as sandbox:
        client = log_in(sandbox)
        create(client, sandbox, make_records(30))
        for sort in ({}, {"sort": "createdDate"}, {"sort": "firstName"}):
            orders = [list_names(client, sandbox, **sort) for _ in range(2)]
            assert orders[0] != orders[1]
            assert sorted(orders[0]) == sorted(orders[1])
        ordered = list_names(client, sandbox, sort="lastName")
        assert ordered == sorted(ordered)


def test_ties_of_a_day_include_rows_of_different_requests(log_in: Open) -> None:
    clock = make_clock()
    for dates, is_tie in ((DateHabits(shown="day"), True), (DateHabits(), False)):
        habits = Habits(pages=PageHabits(ties="random"), dates=dates)
        with Sandbox(customers=0, habits=habits, wall_clock=clock, limits=None) as sandbox:
            client = log_in(sandbox)
            for record in make_records(10):
                create(client, sandbox, [record])
                clock.move(1.0)
            names = list_names(client, sandbox, sort="createdDate")
        assert (names != [f"L{n}" for n in range(10)]) is is_tie
