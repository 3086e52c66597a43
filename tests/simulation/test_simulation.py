"""Thousands of histories in virtual time: faults, habits, kills, cancellations, concurrency.

`python -m tests.simulation SEED` prints the history of a seed that fails.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.helpers.bulk_runs import FULL
from tests.simulation.__main__ import add
from tests.simulation.history import History, run_history
from tests.simulation.invariants import count, list_broken
from tests.simulation.mixtures import find_scenario, mix
from tests.simulation.server import QUIET_PERIOD
from tests.simulation.table import TABLE, TableRow, draw_goal, draw_row

# Histories of one test; small chunks spread evenly over the workers.
CHUNK = 50
# Together with the habits below, more than 2,000 histories.
MIXTURES = 100_000 if FULL else 1_700
SEEDS_OF_A_HABIT = 200 if FULL else 5
# Failing seeds that one test names.
NAMED = 5


@pytest.mark.parametrize("start", range(0, MIXTURES, CHUNK))
def test_no_mixture_of_habits_and_faults_breaks_an_invariant(start: int) -> None:
    histories = [run_history(mix(number)) for number in range(start, start + CHUNK)]
    assert not describe_broken(histories), describe_broken(histories)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_a_habit_alone_gives_exact_outcomes(row: TableRow) -> None:
    histories = [run_history(draw_row(row, number)) for number in range(SEEDS_OF_A_HABIT)]
    assert not describe_broken(histories), describe_broken(histories)
    total = add(map(count, histories))
    assert 100 * total.unknown <= row.unknown * total.records
    assert row.loses or not total.lost


@pytest.mark.parametrize("number", range(3))
def test_lost_responses_cost_few_reads_and_little_time(number: int) -> None:
    faultless = run_history(draw_goal(number, lost=False))
    history = run_history(draw_goal(number, lost=True))
    assert not describe_broken([faultless, history])
    assert faultless.seconds is not None
    assert history.seconds is not None
    # Two quiet periods, and an audit five seconds after the last record that was sent again.
    waits = 2 * QUIET_PERIOD + 10
    assert history.server.reads <= 250
    assert history.seconds <= 1.3 * faultless.seconds + waits


def describe_broken(histories: list[History]) -> str:
    """Return the command and the broken invariants of each history that breaks one."""
    broken = {history.scenario.seed: list_broken(history) for history in histories}
    lines = [
        f"python -m tests.simulation {seed!r}: {'; '.join(texts)}"
        for seed, texts in broken.items()
        if texts
    ]
    return "\n".join(
        [f"{len(lines)} of {len(histories)} histories", *lines[:NAMED]] if lines else []
    )


def test_a_seed_determines_a_history() -> None:
    seeds = range(40, 50)
    here = [run_history(mix(number)).server.store.events for number in seeds]
    code = f"from tests.simulation.test_simulation import digest; print(digest({seeds!r}))"
    elsewhere = subprocess.run(
        [sys.executable, "-c", code],
        # Another hash seed orders sets differently.
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert elsewhere.stdout == f"{here!r}\n"


def digest(seeds: range) -> str:
    """Return the events of seeds, in a process without pytest's fixtures."""
    from tests.simulation import virtual

    with virtual.virtual_time():
        return repr([run_history(find_scenario(str(seed))).server.store.events for seed in seeds])
