"""What a history must not break, and the figures of a history."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from itertools import chain

from attrs import frozen

from autoleap import Outcome
from tests.simulation.connection import KNOWN_OPTIONS
from tests.simulation.habits import Scenario
from tests.simulation.history import History
from tests.simulation.records import BAD, FIREWALL, POISON, Json, spell


@frozen(kw_only=True)
class Figures:
    """Figures of one history, or of many when they are added.

    Attributes:
        records: Number of records.
        doubled: Rows that are stored twice, and no equal record is `unknown`.
        doubled_reported: Rows that are stored twice, and an equal record is `unknown`.
        false_done: Records that are `done` and not stored.
        false_failed: Records that are `failed` and stored.
        lost: Good records that are `failed` and, as the outcome says, not stored.
        unknown: Records that are `unknown` or have no outcome.
        wrong_ids: Records whose id is that of another record, or of no row of theirs.
        reads, writes: Number of requests.
        seconds: Virtual seconds.
        cpu: CPU seconds.
    """

    records: int = 0
    doubled: int = 0
    doubled_reported: int = 0
    false_done: int = 0
    false_failed: int = 0
    lost: int = 0
    unknown: int = 0
    wrong_ids: int = 0
    reads: int = 0
    writes: int = 0
    seconds: float = 0.0
    cpu: float = 0.0


@frozen
class _Count:
    """How often a content is wanted, reported with each status, and stored."""

    wanted: int
    status: Counter[str]
    stored: int
    good: bool

    @property
    def certain_or_unknown(self) -> int:
        return self.status["done"] + self.status["unknown"]


def count(history: History) -> Figures:
    """Compare what was reported with what is stored."""
    counts = _count_contents(history)
    return Figures(
        records=sum(item.wanted for item in counts),
        doubled=sum(_count_doubled(item) for item in counts if not item.status["unknown"]),
        doubled_reported=sum(_count_doubled(item) for item in counts if item.status["unknown"]),
        false_done=sum(max(0, item.status["done"] - item.stored) for item in counts),
        false_failed=sum(_count_false_failed(item) for item in counts),
        lost=sum(item.status["failed"] - _count_false_failed(item) for item in counts if item.good),
        unknown=sum(item.status["unknown"] for item in counts),
        wrong_ids=len(list(_find_wrong_ids(history))),
        reads=history.server.reads,
        writes=history.server.writes,
        seconds=history.seconds if history.seconds is not None else history.time_limit,
        cpu=history.cpu,
    )


def _count_doubled(item: _Count) -> int:
    return max(0, item.stored - item.wanted)


def _count_false_failed(item: _Count) -> int:
    return max(0, min(item.status["failed"], item.stored - item.certain_or_unknown))


def _count_contents(history: History) -> list[_Count]:
    """Count records and rows by content: equal records cannot be told apart."""
    stored = Counter(
        row.content
        for row in history.server.store.rows
        if row.owner == "import" and not row.rolled_back
    )
    statuses: defaultdict[str, Counter[str]] = defaultdict(Counter)
    samples: dict[str, Json] = {}
    for records, outcomes in zip(history.calls, history.outcomes, strict=True):
        reported = {outcome.index: _status(history, outcome) for outcome in outcomes}
        for index, record in enumerate(records):
            content = spell(record)
            samples[content] = record
            statuses[content][reported.get(index, "unknown")] += 1
    return [
        _Count(status.total(), status, stored[content], _is_good(samples[content]))
        for content, status in statuses.items()
    ]


def _status(history: History, outcome: Outcome) -> str:
    """Return the status of an outcome; a row from before that was updated is `existing`."""
    before = {row.id for row in history.server.store.rows if row.owner != "import"}
    updates = history.scenario.options.on_existing == "update"
    return "existing" if updates and outcome.id in before else str(outcome.status)


def _is_good(record: Json) -> bool:
    return record.get("lastName") not in {None, BAD, POISON, FIREWALL}


def _find_wrong_ids(history: History) -> Iterator[str]:
    """Yield ids that answer for two records, or for a record with another content."""
    rows = {row.id: row for row in history.server.store.rows}
    owners: dict[str, tuple[int, int]] = {}
    for call, outcomes in enumerate(history.outcomes):
        for outcome in outcomes:
            if outcome.id is None or str(outcome.status) not in {"done", "unknown"}:
                continue
            row, record = rows.get(outcome.id), history.calls[call][outcome.index]
            if owners.setdefault(outcome.id, (call, outcome.index)) != (call, outcome.index):
                yield f"{outcome.id} answers for two records"
            elif outcome.status == "done" and (row is None or row.content != spell(record)):
                yield f"{outcome.id} is not the row of record {outcome.index} of call {call}"


def list_broken(history: History) -> list[str]:
    """Return the invariants that a history breaks, each with what broke it.

    A history that breaks the assumptions of the facade has to keep only some of them.
    """
    checks = [*_ALWAYS]
    if not history.server.store.broken_assumptions:
        checks += _WITHIN_ASSUMPTIONS
    return list(chain.from_iterable(check(history) for check in checks))


def _check_contents(history: History) -> Iterator[str]:
    figures = count(history)
    for name in ("doubled", "false_done", "false_failed"):
        if getattr(figures, name):
            yield f"{name}: {getattr(figures, name)}"


def _check_ids(history: History) -> Iterator[str]:
    for text in _find_wrong_ids(history):
        yield f"id: {text}"


def _check_existing(history: History) -> Iterator[str]:
    """A record that was there before is not created again, and `existing` has its row."""
    options = history.scenario.options
    if not ({"identify_by", "on_existing"} <= KNOWN_OPTIONS and options.identify_by):
        return
    name = options.identify_by[0]
    rows = {row.id: json.loads(row.content) for row in history.server.store.rows}
    before = {
        rows[row.id].get(name) for row in history.server.store.rows if row.owner == "before"
    } - {None}
    for call, outcomes in enumerate(history.outcomes):
        for outcome in outcomes:
            known_as = history.calls[call][outcome.index].get(name)
            status = _status(history, outcome)
            owners = [id_ for id_, row in rows.items() if row.get(name) == known_as]
            # With several rows, the id is not known.
            is_named = outcome.id in owners if outcome.id is not None else len(owners) > 1
            if status == "existing" and not is_named:
                yield f"existing: record {outcome.index} of call {call} is not {outcome.id}"
            if status == "done" and known_as in before and options.on_existing != "create":
                yield f"existing: record {outcome.index} of call {call} is created again"


def _check_reported_once(history: History) -> Iterator[str]:
    for run, (calls, finished) in enumerate(zip(history.runs, history.finished, strict=True)):
        for call, outcomes in enumerate(calls):
            indexes = Counter(outcome.index for outcome in outcomes)
            twice = [index for index, number in indexes.items() if number > 1]
            if twice:
                yield f"reported twice: records {twice} of call {call} in run {run}"
            missing = set(range(len(history.calls[call]))) - set(indexes)
            if finished[call] and missing:
                yield f"not reported: records {sorted(missing)} of call {call} in run {run}"


def _check_done_stays_done(history: History) -> Iterator[str]:
    """With a journal, no later run takes back that a record is stored."""
    if not history.scenario.journal:
        return
    for call, last in enumerate(history.outcomes):
        status = {outcome.index: str(outcome.status) for outcome in last}
        for outcomes in history.runs[:-1]:
            for outcome in outcomes[call]:
                if outcome.status == "done" and status.get(outcome.index) not in {"done", None}:
                    yield f"taken back: record {outcome.index} of call {call}"


def _check_end(history: History) -> Iterator[str]:
    if history.seconds is None:
        yield f"endless: no end after {history.time_limit:g} seconds"
    if history.tasks_left:
        yield f"tasks left: {history.tasks_left}"
    if history.slots_held:
        yield f"slots held: {history.slots_held}"
    for error in history.errors:
        yield f"raised: {error}"
    if not (history.errors or history.is_stopped or all(history.finished[-1])):
        yield "unfinished: the last run has no end"


def _check_reads(history: History) -> Iterator[str]:
    limit = limit_reads(history)
    if history.server.reads > limit:
        yield f"reads: {history.server.reads}, more than {limit}"


def limit_reads(history: History) -> int:
    """Return the largest number of reads that a history explains.

    A call reads a list once for the clock, once for the rows that were there before, once for its
    ids and once for its audit. A trouble costs two listings more. While records are in doubt, a
    call reads the list every four seconds. A listing has one page more than it needs.
    """
    calls = len(history.calls) * len(history.runs)
    rows = len(history.server.store.rows)
    pages = 2 + rows // history.scenario.habits.page_limit
    seconds = history.seconds if history.seconds is not None else history.time_limit
    listings = 4 * calls + 2 * _count_troubles(history) + len(history.calls) * seconds / 4
    return int(pages * listings)


def _count_troubles(history: History) -> int:
    """Count the requests that went wrong; a record that is refused is found by halving."""
    records = list(chain.from_iterable(history.calls))
    refused = sum(not _is_good(record) for record in records)
    return history.server.troubles + refused * _list_halvings(history.scenario)


def _list_halvings(scenario: Scenario) -> int:
    return scenario.options.batch_size.bit_length() + 1


_Check = Callable[[History], Iterator[str]]
_ALWAYS: tuple[_Check, ...] = (_check_reported_once, _check_end, _check_reads)
_WITHIN_ASSUMPTIONS: tuple[_Check, ...] = (
    _check_contents,
    _check_ids,
    _check_existing,
    _check_done_stays_done,
)
