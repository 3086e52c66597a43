"""Lists read page by page, ahead or not, while rows come and go at the server."""

from __future__ import annotations

from collections.abc import AsyncIterable, Callable, Iterator
from functools import partial
from typing import Any

import anyio
import httpx
import pytest

from autoleap import (
    AutoLeap,
    BadRequestError,
    ConfigurationError,
    Drift,
    Page,
    Pager,
    ResponseDecodeError,
    ServerError,
)
from autoleap.models import Customer
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.rows import Row
from autoleap.sandbox.store import Table
from tests.conftest import Connect
from tests.helpers.waiting import until, until_tasks_ended

pytestmark = pytest.mark.anyio

PREFETCH = pytest.mark.parametrize("prefetch", [0, 1, 3])


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A sandbox with 43 customers: nine pages of five, the last one short."""
    with Sandbox(limits=None, customers=43) as running:
        yield running


def table(sandbox: Sandbox) -> Table:
    return sandbox.store.own_companies[0].tables["customers"]


def all_ids(sandbox: Sandbox) -> list[str]:
    return [str(row.data["customerId"]) for row in table(sandbox).rows]


def ids(rows: list[Customer]) -> list[str]:
    return [str(row.customer_id) for row in rows]


def customers(client: AutoLeap, sandbox: Sandbox, **options: Any) -> Pager[Customer]:
    return client.company(sandbox.company_id).customers.list(**{"page_size": 5, **options})


def asked_for(sandbox: Sandbox, count: int) -> bool:
    return len(pages_asked(sandbox)) >= count


def pages_asked(sandbox: Sandbox) -> list[int]:
    return [int(record.query["page"]) for record in sandbox.requests.of("listCustomers")]


async def read_into(rows: list[Customer], source: AsyncIterable[Customer]) -> None:
    """Keep rows as they come, so that those before an error are not lost."""
    async for row in source:
        rows.append(row)  # noqa: PERF401  # a comprehension would lose them


# Reading


@PREFETCH
async def test_every_row_comes_once_and_every_page_is_asked_once(
    prefetch: int, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        pager = customers(client, sandbox, prefetch=prefetch)
        assert ids([row async for row in pager]) == all_ids(sandbox)
        assert not pager.drift
    assert sorted(pages_asked(sandbox)) == list(range(1, 10))


async def test_a_pager_does_nothing_until_it_is_used(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        pager = customers(client, sandbox, prefetch=3)
        pager.pages(start=2)
        assert not pager.drift
        await anyio.wait_all_tasks_blocked()
    assert len(sandbox.requests) == 0


@PREFETCH
async def test_a_pager_can_be_iterated_again_and_starts_anew(
    prefetch: int, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        pager = customers(client, sandbox, prefetch=prefetch)
        once, again = await pager.collect(), await pager.collect()
        assert ids(once) == ids(again) == all_ids(sandbox)
        table(sandbox).rows.pop(0)
        assert ids([row async for row in pager]) == all_ids(sandbox)


async def test_two_iterations_of_one_pager_do_not_disturb_each_other(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        pager = customers(client, sandbox)
        first, second = aiter(pager), aiter(pager)
        both = [(await anext(first), await anext(second)) for _ in range(43)]
    assert [row.customer_id for row, _ in both] == all_ids(sandbox)
    assert [row.customer_id for _, row in both] == all_ids(sandbox)


@pytest.mark.asyncio_only
async def test_a_page_tells_its_place(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        pager = customers(client, sandbox)
        third, ninth = await pager.page(3), await pager.page(9)
    assert ids(third.items) == all_ids(sandbox)[10:15]
    assert (third.number, third.total_pages, third.total_count, third.last) == (3, 9, 43, False)
    assert (len(ninth.items), ninth.last) == (3, True)
    assert pages_asked(sandbox) == [3, 9]


@pytest.mark.asyncio_only
async def test_a_page_past_the_end_is_empty_and_last(sandbox: Sandbox, connect: Connect) -> None:
    async with connect(sandbox) as client:
        page = await customers(client, sandbox).page(10)
        assert (page.items, page.last) == ([], True)
        assert [page async for page in customers(client, sandbox).pages(start=10)] == [page]


@pytest.mark.asyncio_only
async def test_pages_come_in_order_from_where_one_starts(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        pages = [page async for page in customers(client, sandbox).pages(start=7)]
    assert [page.number for page in pages] == [7, 8, 9]
    assert [key for page in pages for key in ids(page.items)] == all_ids(sandbox)[30:]


@pytest.mark.asyncio_only
@pytest.mark.parametrize(
    ("limit", "pages"), [(0, 0), (1, 1), (4, 1), (5, 1), (6, 2), (43, 9), (100, 9), (None, 9)]
)
async def test_collect_reads_no_more_pages_than_its_limit_needs(
    limit: int | None, pages: int, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        rows = await customers(client, sandbox).collect(limit=limit)
    assert ids(rows) == all_ids(sandbox)[:limit]
    assert len(pages_asked(sandbox)) == pages


@pytest.mark.asyncio_only
async def test_first_reads_one_page_and_is_none_on_an_empty_list(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        first = await customers(client, sandbox).first()
        none = await customers(client, sandbox, search="no such person").first()
    assert first is not None
    assert first.customer_id == all_ids(sandbox)[0]
    assert none is None
    assert pages_asked(sandbox) == [1, 1]


@pytest.mark.asyncio_only
@pytest.mark.parametrize("number", [0, -1, 1.0, "1", True, None])
async def test_a_page_number_that_is_none_is_refused_before_anything_is_sent(
    number: Any, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        with pytest.raises(ConfigurationError, match="number must be"):
            await customers(client, sandbox).page(number)
        with pytest.raises(ConfigurationError, match="start must be"):
            customers(client, sandbox).pages(start=number)
    assert len(sandbox.requests) == 0


@pytest.mark.asyncio_only
@pytest.mark.parametrize("limit", [-1, 1.5, "5"])
async def test_a_limit_that_is_none_is_refused_before_anything_is_sent(
    limit: Any, sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        with pytest.raises(ConfigurationError, match="limit must be"):
            await customers(client, sandbox).collect(limit=limit)
    assert len(sandbox.requests) == 0


# Ahead of the reader


async def test_so_many_pages_are_asked_ahead_and_no_more(connect: Connect) -> None:
    with Sandbox(limits=None, customers=60, latency=0.02) as sandbox:
        async with connect(sandbox) as client:
            async for page in customers(client, sandbox, prefetch=3).pages():
                asked = list(range(1, min(page.number + 3, 12) + 1))
                await until(partial(asked_for, sandbox, len(asked)))
                await client.profile()  # whatever was sent before it has arrived with it
                assert sorted(pages_asked(sandbox)) == asked


async def test_leaving_a_pager_that_reads_ahead_leaves_nothing_behind(
    connect: Connect,
) -> None:
    with Sandbox(limits=None, customers=60, latency=0.02) as sandbox:
        async with connect(sandbox) as client:
            await client.login()
            before = len(anyio.get_running_tasks())
            async for _ in customers(client, sandbox, prefetch=4):
                break
            await until_tasks_ended(before)
            assert sorted(pages_asked(sandbox)) == [1, 2, 3, 4, 5]
            assert (await client.profile()).partner_id == sandbox.partner_id


async def test_a_prefetched_page_that_fails_raises_when_it_is_reached(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("500", operation="listCustomers", after=2, times=1))
        rows = list[Customer]()
        with pytest.raises(ServerError) as caught:
            await read_into(rows, customers(client, sandbox, prefetch=1))
    assert caught.value.next_page == 3
    assert ids(rows) == all_ids(sandbox)[:10]


async def test_a_prefetched_page_that_fails_and_is_not_reached_raises_nothing(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        before = len(anyio.get_running_tasks())
        sandbox.set_faults(Fault("500", operation="listCustomers", after=1))
        assert len(await customers(client, sandbox, prefetch=4).collect(limit=5)) == 5
        await until_tasks_ended(before)


# Errors


@PREFETCH
async def test_after_an_error_one_goes_on_with_the_page_it_names(
    prefetch: int, sandbox: Sandbox, connect: Connect
) -> None:
    rows: list[Customer] = []
    async with connect(sandbox, max_retries=0) as client:
        await client.login()
        sandbox.set_faults(Fault("503", operation="listCustomers", after=3, times=1))
        pager = customers(client, sandbox, prefetch=prefetch)
        with pytest.raises(ServerError) as caught:
            await read_into(rows, pager)
        assert caught.value.next_page is not None
        async for page in pager.pages(start=caught.value.next_page):
            rows += page.items
    assert ids(rows) == all_ids(sandbox)


@pytest.mark.asyncio_only
async def test_every_error_out_of_a_pager_carries_the_next_page(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, max_retries=0) as client:
        pager = customers(client, sandbox, sort="nonsense")
        calls: list[Callable[[], Any]] = [pager.first, pager.collect, lambda: pager.page(4)]
        met = []
        for call in calls:
            with pytest.raises(BadRequestError) as caught:
                await call()
            met.append(caught.value.next_page)
    assert met == [1, 1, 4]


@pytest.mark.asyncio_only
@pytest.mark.parametrize("body", [{}, {"content": None}, {"content": {}}, {"success": True}])
async def test_an_answer_that_is_no_page_is_no_empty_list(body: object) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        tokens = {"accessToken": "a", "refreshToken": "r"}
        login = request.url.path.endswith("/login")
        return httpx.Response(200, json={"success": True, "data": tokens} if login else body)

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(ResponseDecodeError, match="not a page") as caught:
            await client.company("1").customers.list().collect()
    assert caught.value.next_page == 1


@pytest.mark.asyncio_only
@pytest.mark.parametrize("total", ["43", 43.0, None, "many", True, [], {}, -1])
async def test_odd_totals_cost_no_row(total: object) -> None:
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/login"):
            tokens = {"accessToken": "a", "refreshToken": "r"}
            return httpx.Response(200, json={"success": True, "data": tokens})
        number = int(request.url.params["page"])
        rows = [{"customerId": f"{number}-{row}"} for row in range(5 if number < 3 else 0)]
        body = {"content": rows, "totalCount": total, "totalPages": None, "last": number > 2}
        return httpx.Response(200, json=body)

    async with AutoLeap("p", "k", http_transport=httpx.MockTransport(answer)) as client:
        rows = await client.company("1").customers.list(page_size=5).collect()
    assert len(rows) == 10


# Drift


def archive_first(sandbox: Sandbox, count: int) -> None:
    """Take rows out of the list; an Inactive customer would stay in it."""
    del table(sandbox).rows[:count]


def add_last(sandbox: Sandbox, name: str) -> None:
    row: dict[str, object] = {"customerId": name, "firstName": name}
    table(sandbox).rows.append(Row(row, 2e9, 2e9))


Moved = Callable[[Page[Customer]], None]


async def read_while(pager: Pager[Customer], moved: Moved) -> list[str]:
    rows: list[str] = []
    async for page in pager.pages():
        rows += ids(page.items)
        moved(page)
    return rows


@pytest.mark.parametrize("count", [1, 5, 7])
@PREFETCH
async def test_no_row_is_lost_when_rows_before_the_reader_are_archived(
    prefetch: int, count: int, sandbox: Sandbox, connect: Connect
) -> None:
    before = all_ids(sandbox)
    left = [count]

    def moved(page: Page[Customer]) -> None:
        if page.number == 3:
            archive_first(sandbox, left.pop() if left else 0)

    async with connect(sandbox) as client:
        pager = customers(client, sandbox, prefetch=prefetch)
        rows = await read_while(pager, moved)
        drift = pager.drift
    assert sorted(rows) == sorted(before)
    assert drift.shrunk == count
    assert drift.pages_reread >= 1
    assert (drift.grown, drift.may_be_incomplete) == (0, 0)


@pytest.mark.asyncio_only
async def test_rows_added_at_the_front_come_no_second_time_and_are_counted(
    sandbox: Sandbox, connect: Connect
) -> None:
    before = all_ids(sandbox)
    coming = {1, 3}

    def moved(page: Page[Customer]) -> None:
        if page.number in coming:
            coming.remove(page.number)
            add_last(sandbox, f"new {page.number}")  # last in the table is first in the list

    async with connect(sandbox) as client:
        pager = customers(client, sandbox, sort_direction="DESC")
        rows = await read_while(pager, moved)
        drift = pager.drift
    assert rows[: len(before)] == before[::-1]
    assert sorted(rows) == sorted(all_ids(sandbox))
    assert drift == Drift(duplicates=2, grown=2, passes=2)


@pytest.mark.asyncio_only
async def test_rows_added_at_the_end_are_read_too(sandbox: Sandbox, connect: Connect) -> None:
    def moved(page: Page[Customer]) -> None:
        if page.number < 4:
            add_last(sandbox, f"new {page.number}")

    async with connect(sandbox) as client:
        pager = customers(client, sandbox)
        rows = await read_while(pager, moved)
        assert pager.drift == Drift(grown=3, passes=2)
    assert rows == all_ids(sandbox)


@pytest.mark.asyncio_only
async def test_drift_is_that_of_the_last_iteration(sandbox: Sandbox, connect: Connect) -> None:
    def moved(page: Page[Customer]) -> None:
        if page.number == 1:
            add_last(sandbox, "new")

    async with connect(sandbox) as client:
        pager = customers(client, sandbox)
        await read_while(pager, moved)
        assert pager.drift
        await pager.collect()
        assert not pager.drift


@pytest.mark.asyncio_only
async def test_an_error_after_a_step_back_names_the_page_to_go_on_with(
    sandbox: Sandbox, connect: Connect
) -> None:
    before, rows = all_ids(sandbox), list[str]()

    def moved(page: Page[Customer]) -> None:
        rows.extend(ids(page.items))
        if page.number == 3:
            archive_first(sandbox, 1)
        if page.number == 4:
            sandbox.set_faults(Fault("500", operation="listCustomers", times=1))

    async with connect(sandbox, max_retries=0) as client:
        pager = customers(client, sandbox)
        with pytest.raises(ServerError) as caught:
            await read_while(pager, moved)
        assert caught.value.next_page == 3
        async for page in pager.pages(start=3):
            rows += [key for key in ids(page.items) if key not in rows]
    assert sorted(rows) == sorted(before)
