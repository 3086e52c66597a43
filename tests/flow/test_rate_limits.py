"""Rate limits, measured by the server."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from functools import partial

import anyio
import pytest

from autoleap import AutoLeap, ConfigurationError, MemoryRateLimiter, RateLimits, Slot
from autoleap._ratelimit.priority import Priority
from autoleap.sandbox import Fault, Sandbox
from autoleap_api_client.api.customers import list_customers
from tests.conftest import UNLIMITED, Connect
from tests.helpers.every_verb import APPOINTMENT
from tests.helpers.waiting import until

pytestmark = pytest.mark.anyio

LIMIT, PER = 30, 0.4


async def test_120_reads_at_once_fill_the_rate_limit_and_never_pass_it(connect: Connect) -> None:
    with Sandbox(limits={"GET": LIMIT}, per=PER) as sandbox:
        limits = RateLimits(get=LIMIT, per=PER)
        async with connect(sandbox, limits=limits) as client:
            async with anyio.create_task_group() as tasks:
                for _ in range(4 * LIMIT):
                    tasks.start_soon(client.profile)
            assert client.stats.rate_limited == 0
            # The first LIMIT calls start at once: the whole limit is used. How much of it is used
            # in the long run is a matter of time, and tests/unit/ratelimit has a virtual clock.
            assert client.stats.waits == 3 * LIMIT
        arrivals = sorted(record.at for record in sandbox.requests.of("getProfile"))
        assert len(arrivals) == 4 * LIMIT
        pairs = zip(arrivals, arrivals[LIMIT:], strict=False)
        assert min(later - earlier for earlier, later in pairs) >= PER


async def test_a_429_holds_back_all_calls_of_that_method(
    sandbox: Sandbox, connect: Connect
) -> None:
    limits = RateLimits(get=1000, per=60.0)
    async with connect(sandbox, limits=limits) as client:
        await client.profile()
        sandbox.set_faults(Fault("429", method="GET", times=1, retry_after=1))
        sandbox.forget_requests()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(client.profile)
            await until(lambda: client.stats.rate_limited == 1)
            for _ in range(10):
                tasks.start_soon(client.profile)
        arrivals = [record.at for record in sandbox.requests]
        assert len(arrivals) == 12
        assert min(arrivals[1:]) - arrivals[0] >= 1.0


async def test_clients_that_share_a_limiter_share_its_rate_limit(connect: Connect) -> None:
    with Sandbox(limits={"GET": 10}, per=0.4) as sandbox:
        limiter = MemoryRateLimiter(RateLimits(get=10, per=0.4))
        async with (
            connect(sandbox, rate_limiter=limiter) as first,
            connect(sandbox, rate_limiter=limiter) as second,
        ):
            async with anyio.create_task_group() as tasks:
                for client in [first, second] * 10:
                    tasks.start_soon(client.profile)
            assert first.stats.rate_limited + second.stats.rate_limited == 0


async def test_waiting_for_a_slot_ends_with_the_callers_deadline(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox, limits=RateLimits(get=1, per=60.0)) as client:
        await client.profile()
        with anyio.move_on_after(0.2) as scope:
            await client.profile()
        assert scope.cancelled_caught
    assert len(sandbox.requests.of("getProfile")) == 1


class Turns(MemoryRateLimiter):
    """Notes in which order calls ask for their turn, and how many have theirs before them."""

    def __init__(self, limits: RateLimits = UNLIMITED) -> None:
        super().__init__(limits)
        self.asked: list[tuple[str, Priority]] = []
        self.had: list[tuple[str, Priority]] = []
        self.ahead_of_urgent: list[int] = []

    @asynccontextmanager
    async def acquire(self, method: str, priority: Priority = "high") -> AsyncGenerator[Slot]:
        self.asked.append((method, priority))
        before = self.had.count((method, "low"))
        async with super().acquire(method, priority) as slot:
            if priority == "high":
                self.ahead_of_urgent.append(self.had.count((method, "low")) - before)
            self.had.append((method, priority))
            yield slot


def people(count: int) -> list[dict[str, str]]:
    return [{"firstName": "Ana", "lastName": f"Ruiz {number}"} for number in range(count)]


async def test_an_urgent_call_waits_for_one_batch_at_most_while_an_import_fills_the_rate_limit(
    connect: Connect,
) -> None:
    limits = RateLimits(get=None, post=4, per=0.2)
    with Sandbox(limits={"POST": 4}, per=0.2) as sandbox:
        turns = Turns(limits)
        async with connect(sandbox, rate_limiter=turns) as client:
            shop = client.company(sandbox.company_id, sandbox.location_id)
            async with anyio.create_task_group() as tasks:
                create = partial(shop.customers.create, batch_size=10, concurrency=8)
                tasks.start_soon(create, people(200))
                for _ in range(5):
                    await until(lambda: len(turns.asked) - len(turns.had) >= 4)
                    await shop.appointment_requests.create(APPOINTMENT)
            assert max(turns.ahead_of_urgent) <= 1
            assert client.stats.rate_limited == 0
        assert len(sandbox.requests.of("createCustomers")) == 20
        assert len(sandbox.requests.of("createAppointmentRequest")) == 5


async def test_bulk_calls_are_low_and_others_high_unless_it_is_said(
    sandbox: Sandbox, connect: Connect
) -> None:
    turns = Turns()
    async with connect(sandbox, rate_limiter=turns) as client:

        async def asked_by(view: AutoLeap) -> list[tuple[str, Priority]]:
            turns.asked.clear()
            shop = view.company(sandbox.company_id)
            await shop.customers.create(people(1), resolve_ids=True)
            await shop.customers.list().first()
            await list_customers.asyncio(client=view.api, company_id=sandbox.company_id)
            return turns.asked

        await client.login()
        assert turns.asked == [("POST", "high")]
        bulk, rest = ["GET", "POST", "GET"], ["GET", "GET"]
        by_itself = await asked_by(client)
        assert by_itself == [(one, "low") for one in bulk] + [(one, "high") for one in rest]
        low = await asked_by(client.with_options(priority="low"))
        assert low == [(one, "low") for one in bulk + rest]
        high = await asked_by(client.with_options(priority="low").with_options(priority="high"))
        assert high == [(one, "high") for one in bulk + rest]


async def test_a_new_token_is_urgent_for_every_caller(sandbox: Sandbox, connect: Connect) -> None:
    turns = Turns()
    async with connect(sandbox, rate_limiter=turns) as client:
        background = client.with_options(priority="low")
        await background.profile()
        sandbox.revoke_access_tokens()
        await background.company(sandbox.company_id).customers.create(people(1))
    assert [turn for turn in turns.asked if turn[1] == "high"] == [("POST", "high")] * 2
    assert sandbox.counts.refreshes == 1


async def test_a_view_of_another_priority_shares_session_and_stats(
    sandbox: Sandbox, connect: Connect
) -> None:
    async with connect(sandbox) as client:
        background = client.with_options(priority="low")
        async with anyio.create_task_group() as tasks:
            for view in (client, background, background.with_options(priority="high")):
                tasks.start_soon(view.profile)
                tasks.start_soon(view.companies)
        assert background.stats == client.stats
        assert client.stats.logins == 1
        assert client.stats.calls == 7


@pytest.mark.parametrize("closed", ["client", "view"])
async def test_a_client_and_its_view_are_closed_together(
    closed: str, sandbox: Sandbox, connect: Connect
) -> None:
    client = connect(sandbox)
    view = client.with_options(priority="low")
    await view.profile()
    await (client if closed == "client" else view).aclose()
    for one in (client, view):
        with pytest.raises(ConfigurationError, match="this client is closed"):
            await one.profile()


async def test_a_cancelled_wait_is_reported_as_a_wait(sandbox: Sandbox, connect: Connect) -> None:
    events: list[float] = []
    async with connect(
        sandbox, limits=RateLimits(get=1), on_event=lambda event: events.append(event.waited)
    ) as client:
        await client.profile()
        with anyio.move_on_after(0.2):
            await client.profile()
    assert events[-1] >= 0.2


async def test_waits_for_slots_are_in_the_progress_of_a_bulk_call_and_in_the_log(
    sandbox: Sandbox, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG", "autoleap")
    progress: list[float] = []
    async with connect(sandbox, limits=RateLimits(post=2, per=0.3)) as client:
        shop = client.company(sandbox.company_id)
        await shop.customers.create(
            people(4), batch_size=1, on_progress=lambda now: progress.append(now.waited)
        )
        assert progress == sorted(progress)
        assert 0.3 <= progress[-1] <= client.stats.waited
    lines = [
        line.getMessage() for line in caplog.records if "POST /customers -> 200" in line.message
    ]
    assert any(", waited 0.0" not in line for line in lines)
    assert all(", waited " in line for line in lines)
