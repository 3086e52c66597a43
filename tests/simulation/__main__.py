"""Run histories by hand: one seed with its events, the table of habits, or a range of seeds."""

from __future__ import annotations

import argparse
import logging
import sys
from collections import Counter
from collections.abc import Iterable, Sequence

from attrs import asdict, evolve

from tests.simulation import virtual
from tests.simulation.history import History, run_history
from tests.simulation.invariants import Figures, count, list_broken
from tests.simulation.mixtures import find_scenario
from tests.simulation.table import TABLE, TableRow, draw_row

_COLUMNS = (
    f"{'habit':42} {'records':>7} {'doubled':>7} {'told':>5} {'f.done':>6} {'f.fail':>6} "
    f"{'lost':>5} {'unkn.%':>6} {'ids':>4} {'bad':>4} {'reads':>6} {'writes':>6} {'seconds':>7} "
    f"{'ms':>5}"
)


def main(arguments: Sequence[str]) -> int:
    """Run the command; return 1 if a history breaks an invariant."""
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("seed", nargs="?", help='a number, or "habit:number"')
    parser.add_argument("--table", type=int, metavar="N", help="run N seeds of each habit")
    parser.add_argument("--only", default="", help="only habits that contain this text")
    parser.add_argument("--seeds", type=int, nargs=2, metavar=("FROM", "TO"))
    given = parser.parse_args(arguments)
    logging.disable(logging.CRITICAL)
    with virtual.virtual_time():
        if given.table is not None:
            return _print_table(given.table, given.only)
        if given.seeds is not None:
            return _print_seeds(range(*given.seeds))
        if given.seed is None:
            parser.error("give a seed, --table or --seeds")
        return _print_history(run_history(find_scenario(given.seed)))


def _print_history(history: History) -> int:
    print(history.scenario)
    for call, records in enumerate(history.calls):
        for index, record in enumerate(records):
            print(f"record {call}.{index}: {record}")
    for at, text in history.server.store.events:
        print(f"{at:10.3f} {text}")
    for run, calls in enumerate(history.runs):
        for call, outcomes in enumerate(calls):
            for one in sorted(outcomes, key=lambda outcome: outcome.index):
                print(f"run {run}, record {call}.{one.index}: {one.status} {one.id} {one.error}")
    for row in history.server.store.rows:
        print(f"row {row.id} ({row.owner}): {row.content}")
    print(count(history))
    print("outside the assumptions:", history.server.store.broken_assumptions or "nothing")
    broken = list_broken(history)
    print("broken:", *(broken or ["nothing"]), sep="\n  ")
    return bool(broken)


def _print_table(seeds: int, only: str) -> int:
    """Print one line for each habit: sums, the share of unknown records, and means."""
    print(f"{seeds} histories of each habit; reads, writes, seconds and ms of CPU are means")
    print("told: doubled and `unknown`; f.: false; lost: good and `failed`; ids: wrong ones")
    print("bad: histories that break an invariant")
    print(_COLUMNS, flush=True)
    for row in TABLE:
        if only in row.name:
            print(_describe_row(row, seeds), flush=True)
    return 0


def _describe_row(row: TableRow, seeds: int) -> str:
    histories = [run_history(draw_row(row, number)) for number in range(seeds)]
    total = add(map(count, histories))
    bad = sum(bool(list_broken(history)) for history in histories)
    return (
        f"{row.name:42} {total.records:7} {total.doubled:7} {total.doubled_reported:5} "
        f"{total.false_done:6} {total.false_failed:6} {total.lost:5} "
        f"{100 * total.unknown / total.records:6.1f} {total.wrong_ids:4} {bad:4} "
        f"{total.reads / seeds:6.1f} {total.writes / seeds:6.1f} {total.seconds / seeds:7.1f} "
        f"{1000 * total.cpu / seeds:5.1f}"
    )


def add(figures: Iterable[Figures]) -> Figures:
    """Add the figures of many histories."""
    total: Counter[str] = Counter()
    for item in figures:
        total.update(asdict(item))
    return evolve(Figures(), **total)


def _print_seeds(seeds: range) -> int:
    """Print each seed that fails, and how often each invariant is broken."""
    kinds: Counter[str] = Counter()
    failed, cpu, outside = 0, 0.0, 0
    for number in seeds:
        history = run_history(find_scenario(str(number)))
        cpu += history.cpu
        outside += bool(history.server.store.broken_assumptions)
        broken = list_broken(history)
        failed += bool(broken)
        kinds.update({text.partition(":")[0] for text in broken})
        if broken:
            print(f"seed {number}: {'; '.join(broken)[:200]}", flush=True)
    print(f"{failed} of {len(seeds)} histories fail: {dict(kinds)}")
    print(f"{outside} are outside the assumptions; {1000 * cpu / len(seeds):.1f} ms each")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
