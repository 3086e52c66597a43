"""The table in README.md holds: each fault, met by each kind of bulk call, ends as it says."""

from __future__ import annotations

import pytest

from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FaultKind
from tests.conftest import Connect
from tests.helpers import bulk_runs

pytestmark = pytest.mark.anyio

# How often a batch of two good records is sent, and looked for, when its first answer is a fault.
CREATES: dict[FaultKind, tuple[list[int], int]] = {
    "429": ([2, 2], 0),
    "429-no-retry-after": ([2, 2], 0),
    "500": ([2, 2], 2),
    "500-after": ([2], 1),
    "502-html": ([2, 2], 2),
    "503": ([2, 2], 2),
    "504": ([2, 2], 2),
    "cut-before": ([2, 2], 2),
    "cut-after": ([2], 1),
    "truncated": ([2], 1),
    "hang-before": ([2, 2], 2),
    "hang-after": ([2], 1),
    "success-false": ([2, 1, 1], 1),
    "revoke-tokens": ([2, 2], 0),
    "revoke-refresh": ([2], 0),
}


@pytest.mark.parametrize("kind", CREATES)
async def test_a_create_is_sent_and_looked_for_as_the_table_says(
    kind: FaultKind, connect: Connect
) -> None:
    sent, looked = CREATES[kind]
    # The requests are counted, so nothing but a hang may outlast the timeout.
    timeout = 2.0 if "hang" in kind else bulk_runs.LONG_TIMEOUT
    async with Sandbox(limits=None, vehicles=0) as sandbox:
        work = bulk_runs.make_vehicles(bulk_runs.customer_ids(sandbox), 2, bad=0, wrong=0, seed=1)
        async with connect(sandbox, timeout=timeout) as client:
            await client.login()
            fault = Fault(kind, operation="createVehicles", times=1, seconds=60, retry_after=0)
            sandbox.set_faults(fault)
            outcomes = await bulk_runs.collect_outcomes(
                client.company(sandbox.company_id).vehicles.create_each(work.records)
            )
        requests = sandbox.requests.of("createVehicles")
        bodies = [record.body for record in requests if isinstance(record.body, dict)]
        assert [len(body["vehicles"]) for body in bodies] == sent
        assert len(sandbox.requests.of("listVehicles")) == looked
    bulk_runs.check_outcomes(work, outcomes)
    bulk_runs.check_rows(work, sandbox, "vehicles")
