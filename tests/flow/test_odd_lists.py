"""Pagers on servers with odd habits: rows, requests, and one warning when rows may be missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from types import MappingProxyType

import anyio
import httpx
import pytest

from autoleap import AutoLeap, Drift, NotFoundError, Pager, ServerError
from autoleap.models import Customer
from tests.helpers.odd_lists import NoSuchPageError, OddList

pytestmark = pytest.mark.anyio

PREFETCH = pytest.mark.parametrize("prefetch", [0, 3])


def connect(
    odd: OddList, refusal: int = 400, failing: Mapping[int, int] = MappingProxyType({})
) -> AutoLeap:
    """Return a client of a server with one list; `failing` has the status of pages that fail."""

    async def respond(request: httpx.Request) -> httpx.Response:
        await anyio.lowlevel.checkpoint()
        if request.url.path.endswith("/login"):
            tokens = {"accessToken": "a", "refreshToken": "r"}
            return httpx.Response(200, json={"success": True, "data": tokens})
        number = int(request.url.params["page"])
        if number in failing:
            return httpx.Response(failing[number], json={"success": False, "error": "failed"})
        try:
            page = odd.respond(number)
        except NoSuchPageError:
            return httpx.Response(refusal, json={"success": False, "error": "no such page"})
        page["content"] = [{"customerId": f"C{row:05}"} for row in page["content"]]
        return httpx.Response(200, json=page)

    return AutoLeap("p", "k", max_retries=0, http_transport=httpx.MockTransport(respond))


def list_customers(client: AutoLeap, odd: OddList, prefetch: int = 0) -> Pager[Customer]:
    return client.company("1").customers.list(page_size=odd.size, prefetch=prefetch)


def read_ids(rows: list[Customer]) -> list[int]:
    return [int(str(row.customer_id)[1:]) for row in rows]


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [
        record.getMessage()
        for record in caplog.records
        if record.name == "autoleap" and record.levelno == logging.WARNING
    ]


def limit_count(count: int) -> int:
    return min(count, 1000)


HABITS: dict[str, Callable[[], OddList]] = {
    "size clamped": lambda: OddList(list(range(430)), 100, largest_size=50),
    "size clamped in silence": lambda: OddList(
        list(range(430)), 100, largest_size=50, hides_limit=True, last_by_total=True
    ),
    "last always true": lambda: OddList(list(range(430)), 50, last="always"),
    "last missing": lambda: OddList(list(range(430)), 50, last="missing"),
    "no totals": lambda: OddList(list(range(430)), 50, total=lambda count: None),
    "total up to 1,000": lambda: OddList(list(range(2345)), 100, total=limit_count),
    "total and last up to 1,000": lambda: OddList(
        list(range(2345)), 100, total=limit_count, last_by_total=True
    ),
    "total too small": lambda: OddList(list(range(430)), 50, total=lambda count: count - 59),
    "pages counted from 0": lambda: OddList(list(range(430)), 50, counts_from=0),
    "pages counted from 0, no marks": lambda: OddList(
        list(range(430)), 50, counts_from=0, marks=False
    ),
    "numbers in responses from 0": lambda: OddList(list(range(430)), 50, number_shift=-1),
    "ties": lambda: OddList(list(range(430)), 50, ties=20),
}


@PREFETCH
@pytest.mark.parametrize("habit", HABITS)
async def test_no_row_is_lost(habit: str, prefetch: int, caplog: pytest.LogCaptureFixture) -> None:
    odd = HABITS[habit]()
    async with connect(odd) as client:
        pager = list_customers(client, odd, prefetch)
        rows = read_ids(await pager.collect())
    assert sorted(rows) == odd.rows
    assert not pager.drift.may_be_incomplete
    assert warnings(caplog) == []


INCOMPLETE: dict[str, Callable[[], OddList]] = {
    "offset by the requested size": lambda: OddList(
        list(range(430)), 100, largest_size=50, skips=True
    ),
    "total too large": lambda: OddList(list(range(430)), 50, total=lambda count: count + 59),
    "every page is the first": lambda: OddList(list(range(430)), 50, repeats=True),
    "every page is the first, no totals": lambda: OddList(
        list(range(430)), 50, repeats=True, total=lambda count: None, last="never"
    ),
    "ties, no totals": lambda: OddList(list(range(430)), 50, ties=430, total=lambda count: None),
}


@PREFETCH
@pytest.mark.parametrize("habit", INCOMPLETE)
async def test_a_list_that_may_be_incomplete_is_logged_once(
    habit: str, prefetch: int, caplog: pytest.LogCaptureFixture
) -> None:
    odd = INCOMPLETE[habit]()
    async with connect(odd) as client:
        pager = list_customers(client, odd, prefetch)
        rows = read_ids(await pager.collect())
    assert len(rows) == len(set(rows))
    assert pager.drift.may_be_incomplete
    assert not pager.complete
    (warning,) = warnings(caplog)
    assert warning.startswith("a list may be incomplete: ")
    assert "customers" not in warning
    assert "C0" not in warning


@PREFETCH
@pytest.mark.parametrize("count", [0, 1, 50, 51, 430])
async def test_a_consistent_list_costs_one_request_for_each_page(
    count: int, prefetch: int, caplog: pytest.LogCaptureFixture
) -> None:
    odd = OddList(list(range(count)), 50)
    async with connect(odd) as client:
        pager = list_customers(client, odd, prefetch)
        assert read_ids(await pager.collect()) == odd.rows
    assert sorted(odd.numbers) == list(range(1, odd.page_count + 1))
    assert pager.drift == Drift()
    assert pager.complete
    assert warnings(caplog) == []


@pytest.mark.parametrize("refusal", [400, 404, 416, 422])
async def test_a_refused_page_after_the_end_is_the_end(refusal: int) -> None:
    odd = OddList(
        list(range(43)), total=lambda count: count + 7, last="always", after_end="refused"
    )
    async with connect(odd, refusal) as client:
        pager = list_customers(client, odd)
        assert read_ids(await pager.collect()) == odd.rows
    assert pager.drift.may_be_incomplete


@pytest.mark.parametrize("refusal", [400, 404, 500])
async def test_a_server_without_page_0_may_refuse_it(refusal: int) -> None:
    odd = OddList(list(range(43)), marks=False, total=lambda count: count + 1)
    async with connect(odd, refusal, {0: refusal}) as client:
        pager = list_customers(client, odd)
        assert read_ids(await pager.collect()) == odd.rows
    assert pager.drift.may_be_incomplete


async def test_a_refused_page_that_the_server_announced_is_an_error() -> None:
    odd = OddList(list(range(43)), counts_from=-1, last="never", after_end="refused")
    odd.total = lambda count: 100
    async with connect(odd, 404) as client:
        with pytest.raises(NotFoundError) as caught:
            await list_customers(client, odd).collect()
    assert caught.value.next_page == 4


async def test_an_error_at_page_0_says_to_go_on_with_page_1() -> None:
    odd = OddList(list(range(43)), counts_from=0)
    async with connect(odd, failing={0: 503}) as client:
        with pytest.raises(ServerError) as caught:
            await list_customers(client, odd).collect()
    assert caught.value.next_page == 1


async def test_an_error_after_the_end_that_is_no_refusal_is_raised() -> None:
    odd = OddList(list(range(40)), total=lambda count: count + 7, last="always")
    async with connect(odd, failing={5: 500}) as client:
        with pytest.raises(ServerError):
            await list_customers(client, odd).collect()


async def test_a_list_that_only_grows_is_complete_before_the_second_pass() -> None:
    odd = OddList(list(range(43)))

    def grow(odd: OddList) -> None:
        if odd.reads == 2:
            odd.rows.append(43)

    odd.before_read = grow
    async with connect(odd) as client:
        pager = list_customers(client, odd)
        complete = [pager.complete async for _ in pager.pages()]
    assert complete == [False, False, False, False, True]
    assert pager.drift == Drift(grown=1, passes=2)


async def test_a_list_that_shrank_is_no_proof() -> None:
    odd = OddList(list(range(43)))

    def shrink(odd: OddList) -> None:
        if odd.reads == 2:
            odd.rows.pop()

    odd.before_read = shrink
    async with connect(odd) as client:
        pager = list_customers(client, odd)
        await pager.collect()
    assert not pager.complete
    assert not pager.drift.may_be_incomplete
