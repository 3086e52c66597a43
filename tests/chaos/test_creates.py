"""Creates are exact: whatever goes wrong, the server ends up with the good input, once each."""

from __future__ import annotations

import pytest

from autoleap import RecordError
from autoleap.sandbox import Sandbox
from autoleap.sandbox.faults import FAULT_KINDS, FaultKind

from ..conftest import Connect
from . import kit
from .kit import FULL

pytestmark = pytest.mark.anyio

COUNT, BAD, WRONG = (3000, 15, 5) if FULL else (500, 5, 2)
MIXTURES = range(20 if FULL else 6)
# A 413 for nothing, a lost page, a refused look: reads go wrong as writes do.
OPERATIONS = ("createVehicles", "listVehicles")


def opened(seed: int, *, partial: bool) -> Sandbox:
    return Sandbox(limits=None, seed=seed, vehicles=0, partial=partial)


@pytest.mark.parametrize("partial", [False, True], ids=["all-or-nothing", "partial"])
@pytest.mark.parametrize("kind", FAULT_KINDS)
async def test_creates_are_exact_through_one_kind_of_fault(
    kind: FaultKind, partial: bool, connect: Connect
) -> None:
    async with opened(1, partial=partial) as sandbox:
        work = kit.vehicles(kit.owners_of(sandbox), COUNT, bad=BAD, wrong=WRONG, seed=1)
        sandbox.set_faults(*kit.faults_of([kind], OPERATIONS, times=6))
        async with connect(sandbox, timeout=kit.PATIENCE) as client:
            shop = client.company(sandbox.company_id)
            outcomes = await kit.gathered(shop.vehicles.create_each(work.records, batch_size=50))
        assert sandbox.counts.faults >= 6
    kit.check_outcomes(work, outcomes)
    kit.check_held(work, sandbox, "vehicles")
    refused_here = [one.index for one in outcomes if isinstance(one.error, RecordError)]
    assert len(refused_here) == WRONG


@pytest.mark.parametrize("partial", [False, True], ids=["all-or-nothing", "partial"])
@pytest.mark.parametrize("seed", MIXTURES)
async def test_creates_are_exact_through_a_mixture_of_faults_and_ids_are_right(
    seed: int, partial: bool, connect: Connect
) -> None:
    async with opened(seed, partial=partial) as sandbox:
        work = kit.vehicles(kit.owners_of(sandbox), COUNT, bad=BAD, wrong=WRONG, seed=seed)
        faults = kit.faults_of(kit.mixture(seed), OPERATIONS, times=4, probability=0.1)
        sandbox.set_faults(*faults)
        async with connect(sandbox, timeout=kit.PATIENCE) as client:
            each = client.company(sandbox.company_id).vehicles.create_each(
                work.records, batch_size=25, concurrency=1 + seed % 4, resolve_ids=True
            )
            outcomes = await kit.gathered(each)
    kit.check_outcomes(work, outcomes)
    kit.check_held(work, sandbox, "vehicles")
    kit.check_ids(work, outcomes, sandbox, "vehicles")
