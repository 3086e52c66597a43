"""Read the server's list of changed rows, and turn it into evidence about doubtful records."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from functools import partial

import anyio
from attrs import evolve

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from .._transport import retry_policy
from .._transport.retry_policy import Failure
from ..errors import AutoLeapError
from .evidence import Acknowledged, Doubt, Evidence, NewRow
from .journal_row import JournalRow
from .matching import Fingerprint
from .options import ListChanged, ListedRow, Listing
from .policy import MAX_ATTEMPTS
from .results import Outcome
from .state import BulkContext
from .window import CLOCK_MARGIN, AgeJudge, Window, choose_window

# A window is extended over at most so many records of the call, for the rows of equal records.
MAX_EXTENSION = 2000


async def collect_evidence(
    context: BulkContext,
    list_changed: ListChanged,
    doubts: Sequence[Doubt],
    level: int,
    rewritten: Collection[str],
) -> Evidence:
    """Read a listing, and return what it shows about doubtful records.

    The caller sets `idle` and `settle_within` of the result.

    Raises:
        AutoLeapError: if the server cannot be read.
    """
    start = _extend_start(context, min(doubt.sent_at for doubt in doubts), doubts)
    window = choose_window(context, start, level)
    begun_at = context.now()
    listing = await list_changed(window.since, None)
    return _build_evidence(context, listing, window, doubts, rewritten, begun_at)


def _extend_start(context: BulkContext, start: float, doubts: Sequence[Doubt]) -> float:
    """Return a start of the window that includes a witness, and the rows of equal records.

    A stored record whose row is outside the window could not be distinguished from a doubtful one.
    """
    # A window without a witness cannot show whether the list lags.
    start = min([start, *context.recent_sendings])
    digests = {doubt.fingerprint.digest for doubt in doubts}
    others = context.claims.list_others(context.call_number)
    sent_at = [row.doubtful_since for row in context.journal.find_completed(digests)]
    sent_at += [record.sent_at for record in others if record.fingerprint.digest in digests]
    earliest = min([start, *sent_at])
    if context.journal.count_completed_since(earliest) <= MAX_EXTENSION:
        return earliest
    return min([start, *(at for at in sent_at if start - at <= CLOCK_MARGIN)])


def _build_evidence(  # noqa: PLR0917  # all of them are parts of the evidence
    context: BulkContext,
    listing: Listing,
    window: Window,
    doubts: Sequence[Doubt],
    rewritten: Collection[str],
    begun_at: float,
) -> Evidence:
    rows = {row.id: (row, _fingerprint(context, row)) for row in listing.rows if row.id is not None}
    doubtful = {doubt.index for doubt in doubts}
    acknowledged = _list_acknowledged(context, [item for _, item in rows.values()], window)
    ages = AgeJudge.calibrate(context, window, rows, acknowledged, rewritten)
    old = {id_: fingerprint for id_, (row, fingerprint) in rows.items() if ages.is_old(row)}
    new = [
        NewRow(id_, fingerprint, ages.may_be_old(row), ages.created_after(row))
        for id_, (row, fingerprint) in rows.items()
        if id_ not in old
    ]
    return Evidence(
        doubts=doubts,
        acknowledged=_drop_owners(acknowledged, old.values(), rewritten, ages.started_at),
        in_flight=[
            row.fingerprint for row in context.journal.find_open() if row.index not in doubtful
        ],
        unknown=[
            row.fingerprint for row in context.journal.find_unknown() if row.index not in doubtful
        ],
        rows=new,
        complete=listing.complete and len(rows) == len(listing.rows),
        window_start=window.start,
        reach=ages.reach,
        begun_at=begun_at,
        now=context.now(),
        idle=True,
        settle_within=0.0,
    )


def _drop_owners(
    acknowledged: Sequence[Acknowledged],
    old: Iterable[Fingerprint],
    rewritten: Collection[str],
    started_at: float,
) -> list[Acknowledged]:
    """Return the records without those of other calls whose rows are from before this call."""
    counts = Counter(fingerprint.project(rewritten) for fingerprint in old)
    rest: list[Acknowledged] = []
    for record in sorted(acknowledged, key=lambda record: record.sent_at):
        projection = record.fingerprint.project(rewritten)
        if record.index < 0 and record.sent_at < started_at and counts[projection] > 0:
            counts[projection] -= 1
        else:
            rest.append(record)
    return rest


def _list_acknowledged(
    context: BulkContext, rows: Iterable[Fingerprint], window: Window
) -> list[Acknowledged]:
    """Return the stored records that can own a row of the listing.

    The indexes of records of other calls are negative.
    """
    journal = context.journal
    done = journal.find_completed_since(window.earliest)
    # Clocks can differ by more than a margin. A key stays equal if other fields are rewritten.
    done += journal.find_completed_with_keys({row.key for row in rows})
    own = {row.index: row.to_acknowledged() for row in done}
    others = context.claims.list_others(context.call_number)
    numbered = [evolve(record, index=-1 - number) for number, record in enumerate(others)]
    return [*own.values(), *numbered]


def _fingerprint(context: BulkContext, row: ListedRow) -> Fingerprint:
    # A row without what identifies a record equals none.
    return context.fingerprint_row(row.content) or Fingerprint(f"row {row.id}", "", {})


async def resolve_ids(context: BulkContext, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of done records with their ids; an id that is not found stays None."""
    list_changed = context.operation.list_changed
    rows = context.journal.load_rows([outcome.index for outcome in outcomes])
    if list_changed is None or not rows:
        return list(outcomes)
    find = partial(_find_ids, context, list_changed, list(rows.values()))
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            ids = await run_low_priority(partial(count_requests, context.counter, find))
        except AutoLeapError as error:
            logger.warning("the ids of created records could not be read: %s", error)
            await backoff(attempt)
        else:
            return [evolve(outcome, id=ids.get(outcome.index)) for outcome in outcomes]
    return list(outcomes)


async def _find_ids(
    context: BulkContext, list_changed: ListChanged, rows: Sequence[JournalRow]
) -> dict[int, str]:
    """Return the ids of stored records, by index.

    If more rows than records have one content, another program has stored an equal record. Then
    the ids of these records are not known.
    """
    evidence = await _read_rows_of(context, list_changed, rows)
    ids = _match_ids(evidence, {row.index for row in rows})
    await context.journal.record_found(ids, context.now())
    context.record_stored(context.journal.load_rows(ids).values())
    return ids


async def _read_rows_of(
    context: BulkContext, list_changed: ListChanged, rows: Sequence[JournalRow]
) -> Evidence:
    """Read the rows of stored records; widen the window until it shows any of them."""
    start = min(row.sent_at for row in rows)
    wanted = {row.fingerprint.digest for row in rows}
    level = 0
    while True:
        window = choose_window(context, start, level)
        listing = await list_changed(window.since, None)
        evidence = _build_evidence(context, listing, window, [], (), context.now())
        if window.since is None or not wanted.isdisjoint(
            r.fingerprint.digest for r in evidence.rows
        ):
            return evidence
        level += 1


def _match_ids(evidence: Evidence, wanted: set[int]) -> dict[int, str]:
    known = {record.id for record in evidence.acknowledged}
    free: dict[str, list[str]] = {}
    for row in evidence.rows:
        if row.id not in known and not row.may_be_old:
            free.setdefault(row.fingerprint.digest, []).append(row.id)
    owners: dict[str, list[int]] = {}
    # Equal records are never in flight together. So the record that was sent first has the oldest
    # row, also if another call has sent it.
    for record in sorted(evidence.acknowledged, key=lambda record: record.sent_at):
        if record.id is None:
            owners.setdefault(record.fingerprint.digest, []).append(record.index)
    # The row of a record in flight is the newest of its content.
    in_flight = Counter(fingerprint.digest for fingerprint in evidence.in_flight)
    return {
        index: id_
        for digest, indexes in owners.items()
        if 0 <= len(free.get(digest, ())) - len(indexes) <= in_flight[digest]
        for index, id_ in zip(indexes, free[digest], strict=False)
        if index in wanted
    }


async def backoff(attempt: int) -> None:
    """Wait before the next attempt; the wait grows with the number of attempts."""
    jitter = random.random()  # noqa: S311  # not used for security
    await anyio.sleep(retry_policy.backoff_delay(Failure.SERVER_ERROR, attempt, None, jitter))
