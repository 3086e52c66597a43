"""Creates are exact: whatever goes wrong, the server ends up with the good input, once each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from itertools import cycle, product
from typing import Any

import pytest

from autoleap import Outcome, RecordError
from autoleap.sandbox import Sandbox
from autoleap.sandbox.faults import FAULT_KINDS, FaultKind
from tests.conftest import Connect
from tests.helpers import bulk_runs
from tests.helpers.bulk_runs import BACKENDS, FULL

pytestmark = pytest.mark.anyio

REFUSALS = {False: "all-or-nothing", True: "partial"}
COUNT, BAD, WRONG = (3000, 15, 5) if FULL else (300, 3, 2)
KINDS = product(FAULT_KINDS, [False, True])
MIXTURES = product(range(20), [False, True]) if FULL else [(n, n % 2 == 1) for n in range(6)]
# Reads go wrong as writes do: those that settle what became of a create are among them.
OPERATIONS = ("createVehicles", "listVehicles")


def scenarios(pairs: Iterable[tuple[object, bool]]) -> list[Any]:
    """What goes wrong and how the server refuses: on both loops if there is time, else in turn."""
    loop = cycle(["asyncio", "trio", "trio"])
    return [
        pytest.param(what, partial, backend, id=f"{what}-{REFUSALS[partial]}-{backend}")
        for what, partial in pairs
        for backend in (BACKENDS if FULL else [next(loop)])
    ]


@pytest.mark.parametrize(("kind", "partial", "anyio_backend"), scenarios(KINDS))
async def test_creates_are_exact_through_one_kind_of_fault(
    kind: FaultKind, partial: bool, connect: Connect
) -> None:
    async with Sandbox(limits=None, vehicles=0, partial=partial) as sandbox:
        work = bulk_runs.make_vehicles(
            bulk_runs.customer_ids(sandbox), COUNT, bad=BAD, wrong=WRONG, seed=1
        )
        sandbox.set_faults(*bulk_runs.make_faults([kind], OPERATIONS, times=6 if FULL else 4))
        async with connect(sandbox, timeout=bulk_runs.timeout_for([kind])) as client:
            shop = client.company(sandbox.company_id)
            each: AsyncIterator[Outcome]
            each = shop.vehicles.create_each(work.records, batch_size=30)
            if kind == "revoke-refresh":
                each = revoke_access_after_faults(each, sandbox)
            outcomes = await bulk_runs.collect_outcomes(each)
        assert sandbox.counts.faults >= 3
        # A timeout that is short enough for a hang may hit a login on a loaded machine.
        if "hang" not in kind:
            assert (sandbox.counts.logins > 1) == kind.startswith("revoke")
    bulk_runs.check_outcomes(work, outcomes)
    bulk_runs.check_rows(work, sandbox, "vehicles")
    assert sum(isinstance(outcome.error, RecordError) for outcome in outcomes) == WRONG


async def revoke_access_after_faults(
    outcomes: AsyncIterator[Outcome], sandbox: Sandbox
) -> AsyncIterator[Outcome]:
    """Pass outcomes on, and end the access token when a fault has ended the refresh token.

    A client notices the end of its refresh token when its access token ends.
    """
    faults = 0
    async for outcome in outcomes:
        if sandbox.counts.faults > faults:
            faults = sandbox.counts.faults
            sandbox.revoke_access_tokens()
        yield outcome


@pytest.mark.parametrize(("seed", "partial", "anyio_backend"), scenarios(MIXTURES))
async def test_creates_are_exact_through_a_mixture_of_faults_and_ids_are_right(
    seed: int, partial: bool, connect: Connect
) -> None:
    async with Sandbox(limits=None, seed=seed, vehicles=0, partial=partial) as sandbox:
        work = bulk_runs.make_vehicles(
            bulk_runs.customer_ids(sandbox), COUNT, bad=BAD, wrong=WRONG, seed=seed
        )
        kinds = bulk_runs.choose_fault_kinds(seed)
        sandbox.set_faults(*bulk_runs.make_faults(kinds, OPERATIONS, times=4, probability=0.1))
        async with connect(sandbox, timeout=bulk_runs.timeout_for(kinds)) as client:
            each = client.company(sandbox.company_id).vehicles.create_each(
                work.records, batch_size=25, concurrency=1 + seed % 4, resolve_ids=True
            )
            outcomes = await bulk_runs.collect_outcomes(each)
    bulk_runs.check_outcomes(work, outcomes)
    bulk_runs.check_rows(work, sandbox, "vehicles")
    bulk_runs.check_ids(work, outcomes, sandbox, "vehicles")
