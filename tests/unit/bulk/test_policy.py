"""The next action follows from the error of a batch, and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from autoleap import AutoLeapError, errors
from autoleap._bulk.policy import (
    MAX_ATTEMPTS_OF_POISON,
    MAX_CREATE_ATTEMPTS,
    BatchResult,
    NextAction,
    choose_absent_action,
    choose_next_action,
    classify_error,
    is_complete_refusal,
)

STEPS = {
    errors.APIConnectionError: (NextAction.RESEND, NextAction.RESEND),
    errors.RateLimitError: (NextAction.RESEND, NextAction.RESEND),
    errors.AuthenticationError: (NextAction.RESEND, NextAction.RESEND),
    errors.PermissionDeniedError: (NextAction.LOOK_UP, NextAction.HALVE),
    errors.BadRequestError: (NextAction.LOOK_UP, NextAction.HALVE),
    errors.ServerError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.OutcomeUnknownError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.ResponseDecodeError: (NextAction.LOOK_UP, NextAction.RESEND),
    errors.RejectedError: (NextAction.LOOK_UP, NextAction.HALVE),
}
STATUSES: dict[type[AutoLeapError], int] = {
    errors.PermissionDeniedError: 403,
    errors.BadRequestError: 400,
    errors.ServerError: 500,
}


def make_error(kind: type[AutoLeapError]) -> AutoLeapError:
    error = kind("words")
    error.status = STATUSES.get(kind)
    return error


@pytest.mark.parametrize("kind", STEPS)
def test_what_is_done_next_follows_from_the_error(kind: type[AutoLeapError]) -> None:
    judged = classify_error(make_error(kind))
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


@pytest.mark.parametrize("status", [400, 404, 422])
def test_the_refusal_of_a_single_record_is_believed(status: int) -> None:
    result = classify_error(make_api_error(status))
    assert result is BatchResult.REFUSED
    assert choose(result, single_record=True) is NextAction.FAIL
    assert choose(result, single_record=False) is NextAction.LOOK_UP


@pytest.mark.parametrize("status", [401, 403, 405, 409, 418, 451])
def test_a_refusal_without_a_reason_is_looked_up(status: int) -> None:
    result = classify_error(make_api_error(status))
    assert result is BatchResult.FORBIDDEN
    assert is_complete_refusal(result)
    assert choose(result, single_record=True) is not NextAction.FAIL


@pytest.mark.parametrize("status", [500, 502, 503, 504, 599])
def test_a_server_error_may_still_be_at_work(status: int) -> None:
    result = classify_error(make_api_error(status))
    assert result is BatchResult.UNCERTAIN
    assert not is_complete_refusal(result)


def make_api_error(status: int) -> AutoLeapError:
    error = errors.APIError("words")
    error.status = status
    return error


def choose(result: BatchResult, *, single_record: bool) -> NextAction:
    return choose_next_action(result, creates=True, single_record=single_record, retries_left=True)


def test_a_poison_record_is_found_by_halving() -> None:
    error = make_error(errors.ServerError)
    # The first failure may pass. From the second on a batch is halved, down to a single record.
    assert act(error, 100, attempts=0) is NextAction.RESEND
    assert act(error, 100, attempts=1) is NextAction.HALVE
    assert act(error, 2, attempts=1) is NextAction.HALVE
    assert act(error, 1, attempts=MAX_ATTEMPTS_OF_POISON - 1) is NextAction.GIVE_UP


@pytest.mark.parametrize("count", [1, 100])
def test_a_server_that_is_down_makes_no_record_look_like_poison(count: int) -> None:
    error = make_error(errors.ServerError)
    steps = [
        choose_absent_action(
            error, single_record=count == 1, attempts=attempts, others_succeed=False
        )
        for attempts in range(MAX_CREATE_ATTEMPTS)
    ]
    assert steps == [NextAction.RESEND] * (MAX_CREATE_ATTEMPTS - 1) + [NextAction.GIVE_UP]


@pytest.mark.parametrize("kind", [errors.BadRequestError, errors.PermissionDeniedError])
def test_a_refused_batch_is_halved_at_once(kind: type[AutoLeapError]) -> None:
    assert act(make_error(kind), 100, attempts=0) is NextAction.HALVE


def act(error: AutoLeapError, count: int, *, attempts: int) -> NextAction:
    return choose_absent_action(
        error, single_record=count == 1, attempts=attempts, others_succeed=True
    )
