"""What the chaos tests share: inputs with twins and bad rows, faults, and what exact means."""

from __future__ import annotations

import asyncio
import json
import os
import random
from collections import Counter
from collections.abc import AsyncIterable, Iterable, Sequence
from typing import Any, TypeAlias

import sniffio
import trio
from attrs import frozen

from autoleap import Outcome
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FAULT_KINDS, FaultKind
from autoleap.sandbox.store import Resource

Json: TypeAlias = dict[str, Any]

# `make chaos` asks for the long version.
FULL = os.environ.get("AUTOLEAP_CHAOS") == "full"
BACKENDS = ("asyncio", "trio")
# Seconds of a timeout that a hang ends, of any other timeout, and of a hang. Where nothing hangs
# the timeout is long, so that a loaded machine sends what an idle one sends.
SHORT_TIMEOUT, LONG_TIMEOUT, HANG = 0.5, 60.0, 120.0

_MAKES = ("Honda", "Kia", "Ford", "Tesla", "Škoda")


@frozen
class BulkInput:
    """An input: its records, and the rows that cannot be created."""

    records: list[Json]
    bad: set[int]

    @property
    def good(self) -> list[Json]:
        return [record for index, record in enumerate(self.records) if index not in self.bad]


def make_vehicles(
    owners: Sequence[str], count: int, *, bad: int, wrong: int, seed: int
) -> BulkInput:
    """Vehicles with twins among them, in random order.

    Args:
        owners: Customers that exist.
        count: Number of records, of which one in a hundred is an exact copy of another.
        bad: How many of them only the server can refuse: their customer does not exist.
        wrong: How many of them break the contract.
    """
    rng = random.Random(f"vehicles {seed}")
    plain = [
        _make_vehicle(rng, owners, number) for number in range(count - bad - wrong - count // 100)
    ]
    twins = [dict(record) for record in rng.sample(plain, count // 100)]
    lost = [{"customerId": f"missing-{n}", "make": "Fiat", "vin": f"B{n}"} for n in range(bad)]
    broken = [{"customerId": owners[0], "make": "Fiat", "year": f"{n}"} for n in range(wrong)]
    return _shuffle(rng, plain + twins, lost + broken)


def _make_vehicle(rng: random.Random, owners: Sequence[str], number: int) -> Json:
    """A vehicle; every third differs from the one before in what it lacks, or in one word."""
    record: Json = {
        "customerId": owners[number // 3 % len(owners)],
        "make": _MAKES[number // 3 % len(_MAKES)],
        "vin": f"1HGCM{number // 3:012}",
        "year": 1990 + number // 3 % 30,
    }
    if number % 3:
        record |= {"color": "Red", "tags": [{"name": "fleet", "color": "FFFF00"}]}
    if number % 3 == 2:
        record |= {"mileage": rng.randrange(200_000), "mileageUnit": "Miles", "notes": "2nd key"}
    return record


def make_customers(count: int, *, wrong: int, seed: int) -> BulkInput:
    """Customers with twins among them, in random order; the server could refuse none of them."""
    rng = random.Random(f"customers {seed}")
    plain = [_make_customer(number) for number in range(count - wrong - count // 100)]
    twins = [dict(record) for record in rng.sample(plain, count // 100)]
    broken: list[Json] = [{"firstName": f"Only {number}"} for number in range(wrong)]
    return _shuffle(rng, plain + twins, broken)


def _make_customer(number: int) -> Json:
    record: Json = {
        "firstName": f"Ana {number // 4}",
        "lastName": "Ruiz",
        "taxExempt": number % 2 == 1,
        "phones": [{"number": f"555-{number // 2:05}", "type": "mobile", "primary": True}],
    }
    return record | ({"notes": f"Call after {number % 5 + 2} pm"} if number % 4 == 3 else {})


def _shuffle(rng: random.Random, good: list[Json], bad: list[Json]) -> BulkInput:
    pairs = [(record, False) for record in good] + [(record, True) for record in bad]
    rng.shuffle(pairs)
    return BulkInput([r for r, _ in pairs], {i for i, (_, is_bad) in enumerate(pairs) if is_bad})


def customer_ids(sandbox: Sandbox) -> list[str]:
    """Customers that the sandbox was filled with."""
    return [str(row["customerId"]) for row in sandbox.store.rows("customers")]


def make_faults(
    kinds: Iterable[FaultKind], operations: Sequence[str], *, times: int, probability: float = 0.3
) -> list[Fault]:
    """Faults that end: each kind hits each operation at most so many times."""
    return [
        Fault(
            kind,
            operation=operation,
            times=times,
            probability=probability,
            seconds=HANG,
            retry_after=0,
        )
        for kind in kinds
        for operation in operations
    ]


def timeout_for(kinds: Iterable[FaultKind]) -> float:
    """Return the timeout of a client that meets these faults, in seconds."""
    return SHORT_TIMEOUT if any("hang" in kind for kind in kinds) else LONG_TIMEOUT


def choose_fault_kinds(seed: int) -> list[FaultKind]:
    """Four to eight kinds of fault that happen in the same run."""
    rng = random.Random(f"mixture {seed}")
    return rng.sample(FAULT_KINDS, rng.randrange(4, 9))


async def collect_outcomes(outcomes: AsyncIterable[Outcome]) -> list[Outcome]:
    """All outcomes of a streaming bulk call."""
    return [outcome async for outcome in outcomes]


def row_text(row: Json, without: Iterable[str] = ()) -> str:
    """A row in one spelling, without what the server adds."""
    return json.dumps({k: v for k, v in row.items() if k not in without}, sort_keys=True)


def server_fields(resource: Resource) -> list[str]:
    """The fields that the server adds to what it is sent."""
    stem = resource.removesuffix("s")
    return [f"{stem}Id", f"{stem}Status", "createdDate", "updatedDate"]


def count_rows(sandbox: Sandbox, resource: Resource) -> Counter[str]:
    """What was created, as a multiset: the sandbox was started without rows of this resource."""
    return Counter(row_text(row, server_fields(resource)) for row in sandbox.store.rows(resource))


def check_outcomes(work: BulkInput, outcomes: Sequence[Outcome]) -> None:
    """Each row has one outcome; exactly the bad ones failed, and nothing is unknown."""
    assert sorted(outcome.index for outcome in outcomes) == list(range(len(work.records)))
    assert [outcome for outcome in outcomes if outcome.status == "unknown"] == []
    failed = {outcome.index: str(outcome.error) for outcome in outcomes if outcome.status != "done"}
    assert failed.keys() == work.bad, failed
    assert all(outcome.record is work.records[outcome.index] for outcome in outcomes)
    assert all((outcome.error is None) == (outcome.status == "done") for outcome in outcomes)


def check_rows(work: BulkInput, sandbox: Sandbox, resource: Resource) -> None:
    """The server holds exactly the good rows, as a multiset of their full content."""
    there, wanted = count_rows(sandbox, resource), Counter(row_text(record) for record in work.good)
    assert there - wanted == Counter(), "created twice, or not as sent"
    assert wanted - there == Counter(), "lost"


def check_ids(
    work: BulkInput, outcomes: Sequence[Outcome], sandbox: Sandbox, resource: Resource
) -> None:
    """Every row that is done has the id of a row of its own with its content."""
    key = server_fields(resource)[0]
    rows = {
        row[key]: row_text(row, server_fields(resource)) for row in sandbox.store.rows(resource)
    }
    ids = {outcome.index: outcome.id for outcome in outcomes if outcome.status == "done"}
    assert len(set(ids.values())) == len(ids)
    assert [i for i, id_ in ids.items() if id_ is None] == [], "without an id"
    wrong = [i for i, id_ in ids.items() if rows[id_] != row_text(work.records[i])]
    assert wrong == [], "the id of another record"


def count_tasks() -> int:
    """How many tasks the event loop has."""
    if sniffio.current_async_library() == "asyncio":
        return len(asyncio.all_tasks())
    return trio.lowlevel.current_statistics().tasks_living
