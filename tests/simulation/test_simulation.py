"""Histories in virtual time, for each habit of a server that the contract does not exclude.

`python -m tests.simulation SEED` prints the history of a seed that fails, and
`python -m tests.simulation --seeds 0 2000` mixes habits, faults, kills and concurrency. Many of
these mixtures still fail.
"""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.simulation.__main__ import add
from tests.simulation.history import History, run_history
from tests.simulation.invariants import count, list_broken
from tests.simulation.mixtures import find_scenario, mix
from tests.simulation.table import KNOWN_GAPS, TABLE, TableRow, draw_row

SEEDS_OF_A_HABIT = 5
# Failing seeds that one test names.
NAMED = 5


def _mark_gap(row: TableRow) -> object:
    reason = "the proof of absence of a record is not exact with this habit of a server"
    gap = pytest.mark.xfail(strict=True, raises=AssertionError, reason=reason)
    return pytest.param(row, id=row.name, marks=[gap] if row.name in KNOWN_GAPS else [])


@pytest.mark.parametrize("row", [_mark_gap(row) for row in TABLE])
def test_a_habit_alone_gives_exact_outcomes(row: TableRow) -> None:
    histories = [run_history(draw_row(row, number)) for number in range(SEEDS_OF_A_HABIT)]
    assert not describe_broken(histories), describe_broken(histories)
    total = add(map(count, histories))
    assert 100 * total.unknown <= row.unknown * total.records
    assert row.loses or not total.lost


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
