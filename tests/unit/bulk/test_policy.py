"""The next action follows from the error of a batch, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoleap import AutoLeapError, errors
from autoleap._bulk.policy import NextAction, choose_next_action, classify_error

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


@pytest.mark.parametrize("kind", STEPS)
def test_what_is_done_next_follows_from_the_error(kind: type[AutoLeapError]) -> None:
    judged = classify_error(kind("words"))
    steps = [
        choose_next_action(judged, creates=creates, single_record=False, retries_left=True)
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
    readme = (Path(__file__).parents[3] / "README.md").read_text(encoding="utf-8")
    assert all(step.value in readme for steps in STEPS.values() for step in steps)
