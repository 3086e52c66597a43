"""The table in README.md holds: each fault, met by each kind of bulk call, ends as it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoleap import AutoLeapError, errors
from autoleap._bulk.policy import NextAction, classify_error, next_action
from autoleap.sandbox import Fault, Sandbox
from autoleap.sandbox.faults import FaultKind

from ..conftest import Connect
from . import kit

pytestmark = pytest.mark.anyio

# How often a batch of two good records is sent, and looked for, when its first answer is a fault.
CREATES: dict[FaultKind, tuple[list[int], int]] = {
    "429": ([2, 2], 0),
    "429-no-retry-after": ([2, 2], 0),
    "500": ([2, 2], 1),
    "500-after": ([2], 1),
    "502-html": ([2, 2], 1),
    "503": ([2, 2], 1),
    "cut-before": ([2, 2], 2),
    "cut-after": ([2], 1),
    "truncated": ([2], 1),
    "hang-before": ([2, 2], 2),
    "hang-after": ([2], 1),
    "success-false": ([2, 1, 1], 1),
    "revoke-tokens": ([2, 2], 0),
    "revoke-refresh": ([2], 0),
}
STEPS = {
    errors.APIConnectionError: (NextAction.RESEND, NextAction.RESEND),
    errors.RateLimitError: (NextAction.RESEND, NextAction.RESEND),
    errors.AuthenticationError: (NextAction.RESEND, NextAction.RESEND),
    errors.PermissionDeniedError: (NextAction.GIVE_UP, NextAction.GIVE_UP),
    errors.BadRequestError: (NextAction.LOOK_UP, NextAction.HALVE),
    errors.ServerError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.OutcomeUnknownError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.ResponseDecodeError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.RejectedError: (NextAction.LOOK_UP, NextAction.HALVE),
}


@pytest.mark.parametrize("kind", CREATES)
async def test_a_create_is_sent_and_looked_for_as_the_table_says(
    kind: FaultKind, connect: Connect
) -> None:
    sent, looked = CREATES[kind]
    async with Sandbox(limits=None, vehicles=0) as sandbox:
        work = kit.vehicles(kit.owners_of(sandbox), 2, bad=0, wrong=0, seed=1)
        async with connect(sandbox, timeout=kit.PATIENCE) as client:
            await client.login()
            fault = Fault(kind, operation="createVehicles", times=1, seconds=1.0, retry_after=0)
            sandbox.set_faults(fault)
            outcomes = await kit.gathered(
                client.company(sandbox.company_id).vehicles.create_each(work.records)
            )
        requests = sandbox.requests.of("createVehicles")
        bodies = [record.body for record in requests if isinstance(record.body, dict)]
        assert [len(body["vehicles"]) for body in bodies] == sent
        assert len(sandbox.requests.of("listVehicles")) == looked
    kit.check_outcomes(work, outcomes)
    kit.check_held(work, sandbox, "vehicles")


@pytest.mark.parametrize("kind", STEPS)
def test_what_is_done_next_follows_from_the_error(kind: type[AutoLeapError]) -> None:
    judged = classify_error(kind("words"))
    steps = [
        next_action(judged, creates=creates, single_row=False, retries_left=True)
        for creates in (True, False)
    ]
    assert tuple(steps) == STEPS[kind]


def test_no_create_is_sent_again_on_a_guess() -> None:
    for kind, (step, _) in STEPS.items():
        surely_not_done = kind in {
            errors.APIConnectionError,
            errors.RateLimitError,
            errors.AuthenticationError,
        }
        assert (step is NextAction.RESEND) == surely_not_done
    # `make check` compares the table with the code; here it is compared with what we expect.
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    assert all(step.value in readme for steps in STEPS.values() for step in steps)
