"""Claims: equal records of two calls are not sent together, and a row belongs to one record."""

from __future__ import annotations

import anyio
import pytest

from autoleap._bulk.claims import CLAIM_LIFETIME, ClaimRegistry, Claims
from autoleap._bulk.evidence import Acknowledged
from autoleap._bulk.matching import Fingerprint

pytestmark = pytest.mark.anyio


def stored(index: int, at: float, id: str | None = None) -> Acknowledged:
    return Acknowledged(
        index=index,
        fingerprint=Fingerprint(f"d{index}", "key", {}),
        first_sent_at=at - 1.0,
        sent_at=at - 1.0,
        acknowledged_at=at,
        id=id,
    )


def test_a_digest_is_claimed_once() -> None:
    claims = Claims()
    assert claims.try_acquire({"a", "b"})
    assert claims.is_claimed("a")
    assert not claims.is_claimed("c")
    claims.release({"a"})
    assert not claims.is_claimed("a")
    assert claims.is_claimed("b")


def test_all_digests_are_claimed_or_none() -> None:
    claims = Claims()
    assert claims.try_acquire({"a"})
    assert not claims.try_acquire({"a", "b"})
    assert not claims.is_claimed("b")


async def test_a_call_waits_until_all_its_digests_are_free() -> None:
    claims, told = Claims(), list[str]()
    assert claims.try_acquire({"a", "b"})

    async def acquire(name: str, digests: set[str]) -> None:
        await claims.acquire(digests)
        told.append(name)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(acquire, "both", {"a", "b"})
        tasks.start_soon(acquire, "other", {"c"})
        await anyio.wait_all_tasks_blocked()
        assert told == ["other"]
        claims.release({"a"})
        await anyio.wait_all_tasks_blocked()
        assert told == ["other"]
        assert not claims.is_claimed("a")
        claims.release({"b"})
    assert told == ["other", "both"]


async def test_of_many_calls_that_wait_each_gets_the_digest_alone() -> None:
    claims, holders, most = Claims(), 0, 0

    async def hold(digests: set[str]) -> None:
        nonlocal holders, most
        await claims.acquire(digests)
        holders += 1
        most = max(most, holders)
        await anyio.lowlevel.checkpoint()
        holders -= 1
        claims.release(digests)

    with anyio.fail_after(30):
        async with anyio.create_task_group() as tasks:
            for number in range(20):
                tasks.start_soon(hold, {"a", f"other {number}"})
    assert most == 1
    assert not claims.is_claimed("a")


async def test_a_cancelled_wait_claims_nothing() -> None:
    claims = Claims()
    assert claims.try_acquire({"a"})
    with anyio.move_on_after(0):
        await claims.acquire({"a", "b"})
    claims.release({"a"})
    assert claims.try_acquire({"a", "b"})


def test_a_call_sees_what_other_calls_have_stored() -> None:
    claims = Claims()
    one, other = claims.open_call(), claims.open_call()
    assert one != other
    claims.record_stored(one, [stored(0, at=5.0)], now=6.0)
    claims.record_stored(other, [stored(0, at=6.0)], now=6.0)
    assert claims.list_others(one) == [stored(0, at=6.0)]
    assert claims.list_others(other) == [stored(0, at=5.0)]


def test_a_stored_record_gets_its_id_later() -> None:
    claims = Claims()
    claims.record_stored(1, [stored(0, at=5.0), stored(1, at=5.0)], now=5.0)
    claims.record_stored(1, [stored(0, at=5.0, id="r1")], now=7.0)
    assert [(one.index, one.id) for one in claims.list_others(2)] == [(1, None), (0, "r1")]


@pytest.mark.parametrize(("calls", "kept"), [(1, [1, 2]), (2, [0, 1, 2])])
def test_records_of_long_ago_are_forgotten_unless_another_call_is_open(
    calls: int, kept: list[int]
) -> None:
    claims = Claims()
    numbers = [claims.open_call() for _ in range(calls)]
    for index, at in enumerate([5.0, 50.0, 5.1 + CLAIM_LIFETIME]):
        claims.record_stored(numbers[0], [stored(index, at)], now=at)
    assert [one.index for one in claims.list_others(-1)] == kept


def test_claims_belong_to_a_company_and_an_operation() -> None:
    registry = ClaimRegistry()
    one = registry.get("company", "createCustomers")
    assert one is registry.get("company", "createCustomers")
    assert one is not registry.get("company", "createVehicles")
    assert one is not registry.get("other", "createCustomers")
