"""Read the server's list of changed rows, and turn it into evidence about doubtful records."""

from __future__ import annotations

import math
import random
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
from attrs import define, evolve, frozen

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from .._transport import retry_policy
from .._transport.retry_policy import Failure
from ..errors import AutoLeapError, ResponseDecodeError
from .evidence import Acknowledged, Doubt, Evidence, NewRow
from .journal import Baseline, JournalRow
from .matching import Fingerprint
from .options import ListChanged, ListedRow, Listing
from .policy import MAX_ATTEMPTS
from .results import Outcome
from .state import BulkContext

# The `Date` header has a resolution of one second, and a busy server sends old dates.
CLOCK_MARGIN = 12.0
# The baseline is read from so many seconds before the call on, and holds at most so many rows.
BASELINE_WINDOW = 60.0
MAX_BASELINE_ROWS = 300
# If a window shows no witness, the next one begins earlier by so many seconds; None is for ever.
WIDENINGS = (0.0, 3600.0, 26 * 3600.0, 8 * 86_400.0, None)
# If dates of witnesses differ from the call's clock by a range of more than so many seconds, then
# dates are too coarse to tell rows from before the call.
MAX_DATE_SPREAD = 120.0


@frozen
class Window:
    """The rows that a listing asks for.

    Attributes:
        start: Records sent since this time are in it, in seconds of the call's clock.
        since: The time that the server is asked for; None for all rows.
        level: Number of times that the window was widened.
    """

    start: float
    since: datetime | None
    level: int


async def ensure_baseline(context: BulkContext, list_changed: ListChanged) -> Baseline:
    """Return the rows from before the call; read them if they were not read yet.

    Raises:
        AutoLeapError: if the server cannot be read.
    """
    async with context.baseline_lock:
        baseline = context.journal.load_baseline()
        if baseline is None:
            baseline = await _read_baseline(context, list_changed)
            await context.journal.record_baseline(baseline)
    return baseline


async def _read_all_rows(context: BulkContext, list_changed: ListChanged) -> Baseline:
    """Read the whole list of the company, to know which records exist.

    Raises:
        ResponseDecodeError: if the list is not complete.
    """
    logger.info("reading all rows of the company, to know which records exist")
    started_at = context.now()
    listing = await list_changed(None, None)
    if not listing.complete:
        raise ResponseDecodeError(
            "the list of the company is not complete, so it is not known which records exist; use "
            'on_existing="create", or try again'
        )
    digests: dict[str, str] = {}
    for row in listing.rows:
        fingerprint = context.fingerprint_row(row.content)
        if row.id is not None and fingerprint is not None:
            digests[row.id] = fingerprint.digest
    ids = frozenset(row.id for row in listing.rows if row.id is not None)
    return Baseline(ids, -math.inf, started_at, complete=True, digests=digests)


async def _read_baseline(context: BulkContext, list_changed: ListChanged) -> Baseline:
    if context.on_existing != "create":
        return await _read_all_rows(context, list_changed)
    start = context.now() - BASELINE_WINDOW
    known = context.operation.server_time() is not None
    since = context.to_server_time(start)
    listing = await list_changed(since, MAX_BASELINE_ROWS)
    if not known and abs(context.to_server_time(start) - since) > timedelta(seconds=CLOCK_MARGIN):
        # The first response has shown that the server's clock differs from this machine's.
        listing = await list_changed(context.to_server_time(start), MAX_BASELINE_ROWS)
    ids = frozenset(row.id for row in listing.rows if row.id is not None)
    return Baseline(ids, start, context.now(), listing.complete)


def choose_window(context: BulkContext, start: float, level: int) -> Window:
    """Return the window for records that were sent since a time.

    Args:
        context: State of the bulk call.
        start: Time of the first request, in seconds of the call's clock.
        level: Number of times to widen the window.
    """
    widening = WIDENINGS[min(level, len(WIDENINGS) - 1)]
    if widening is None:
        return Window(start, None, level)
    since = context.to_server_time(start - CLOCK_MARGIN - widening)
    return Window(start, since, level)


async def collect_evidence(
    context: BulkContext,
    list_changed: ListChanged,
    doubts: Sequence[Doubt],
    level: int,
    *,
    settle_within: float,
) -> Evidence:
    """Read a listing, and return what it shows about doubtful records.

    The result says that the call is idle. The caller corrects that.

    Raises:
        AutoLeapError: if the server cannot be read.
    """
    start = _extend_start(context, min(doubt.sent_at for doubt in doubts), doubts)
    window = choose_window(context, start, level)
    begun_at = context.now()
    listing = await list_changed(window.since, None)
    return _build_evidence(context, listing, window, doubts, begun_at, settle_within)


def _extend_start(context: BulkContext, start: float, doubts: Sequence[Doubt]) -> float:
    """Return a start of the window at which no equal record was in flight.

    The row of a record in flight could be inside or outside the window.
    """
    equal = context.journal.find_completed({doubt.fingerprint.digest for doubt in doubts})
    for row in sorted(equal, key=lambda row: row.sent_at, reverse=True):
        completed_at = (row.completed_at or row.sent_at) + CLOCK_MARGIN
        if row.sent_at < start <= completed_at:
            start = row.sent_at
    return start


def _build_evidence(
    context: BulkContext,
    listing: Listing,
    window: Window,
    doubts: Sequence[Doubt],
    begun_at: float,
    settle_within: float,
) -> Evidence:
    rows = {row.id: (row, _fingerprint(context, row)) for row in listing.rows if row.id is not None}
    doubtful = {doubt.index for doubt in doubts}
    acknowledged = _list_acknowledged(context, [item for _, item in rows.values()], window)
    ages = _AgeJudge.calibrate(context, window, rows, acknowledged)
    new = [
        NewRow(id_, fingerprint, ages.may_be_old(row))
        for id_, (row, fingerprint) in rows.items()
        if not ages.is_old(row)
    ]
    return Evidence(
        doubts=doubts,
        acknowledged=acknowledged,
        in_flight=[
            row.fingerprint for row in context.journal.find_open() if row.index not in doubtful
        ],
        rows=new,
        complete=listing.complete and len(rows) == len(listing.rows),
        window_start=window.start,
        reach=ages.reach,
        begun_at=begun_at,
        now=context.now(),
        idle=True,
        settle_within=settle_within,
    )


def _list_acknowledged(
    context: BulkContext, rows: Iterable[Fingerprint], window: Window
) -> list[Acknowledged]:
    """Return the stored records, of this call and of others, that can own a row of the listing."""
    journal = context.journal
    done = journal.find_completed_since(window.start - CLOCK_MARGIN)
    done += journal.find_completed({row.digest for row in rows})
    own = {row.index: _to_acknowledged(row) for row in done}
    others = [
        Acknowledged(
            -1 - number,
            item.fingerprint,
            item.first_sent_at,
            item.sent_at,
            item.acknowledged_at,
            item.id,
        )
        for number, item in enumerate(context.claims.list_others(context.call_number))
    ]
    return [*own.values(), *others]


def _to_acknowledged(row: JournalRow) -> Acknowledged:
    completed_at = row.completed_at if row.completed_at is not None else row.sent_at
    return Acknowledged(
        row.index, row.fingerprint, row.first_sent_at, row.sent_at, completed_at, row.id
    )


def _fingerprint(context: BulkContext, row: ListedRow) -> Fingerprint:
    # A row without what identifies a record equals none.
    return context.fingerprint_row(row.content) or Fingerprint(f"row {row.id}", "", {})


@define
class _AgeJudge:
    """Tells rows from before the call.

    Attributes:
        baseline: Rows that are known to be older; None if they were not read.
        in_baseline_window: Whether the baseline covers the window of the listing.
        oldest: Rows dated earlier are older than the call; None if dates tell nothing.
        reach: Records sent since this time are in the window of the listing, in seconds.
    """

    baseline: Baseline | None
    in_baseline_window: bool
    oldest: datetime | None
    reach: float

    @classmethod
    def calibrate(
        cls,
        context: BulkContext,
        window: Window,
        rows: dict[str, tuple[ListedRow, Fingerprint]],
        acknowledged: Sequence[Acknowledged],
    ) -> _AgeJudge:
        """Compare the dates of the witnesses' rows with the times of their requests."""
        baseline = context.journal.load_baseline()
        covered = (
            baseline is not None
            and baseline.complete
            and (window.level == 0 or baseline.window_start == -math.inf)
            and window.start - CLOCK_MARGIN >= baseline.window_start
        )
        by_digest = {item.digest: row for row, item in rows.values()}
        offsets: list[tuple[float, float]] = []
        sent_at: list[float] = []
        for record in acknowledged:
            row = by_digest.get(record.fingerprint.digest)
            if row is not None:
                sent_at.append(record.sent_at)
            if row is not None and row.created_at is not None:
                created = row.created_at.timestamp()
                offsets.append((created - record.acknowledged_at, created - record.sent_at))
        reach = _find_reach(window, offsets, sent_at)
        if not offsets or baseline is None:
            return cls(baseline, covered, None, reach)
        lowest = min(low for low, _ in offsets)
        if max(high for _, high in offsets) - lowest > MAX_DATE_SPREAD:
            return cls(baseline, covered, None, reach)
        oldest = baseline.started_at + lowest - CLOCK_MARGIN
        return cls(baseline, covered, datetime.fromtimestamp(oldest, UTC), reach)

    def is_old(self, row: ListedRow) -> bool:
        """Return whether a row is older than the call."""
        if self.baseline is not None and row.id in self.baseline.ids:
            return True
        return (
            self.oldest is not None
            and row.created_at is not None
            and (row.created_at < self.oldest)
        )

    def may_be_old(self, row: ListedRow) -> bool:
        """Return whether a row that is not known to be old can be older than the call."""
        if self.in_baseline_window:
            return False
        return self.oldest is None or row.created_at is None


def _find_reach(
    window: Window, offsets: Sequence[tuple[float, float]], sent_at: Sequence[float]
) -> float:
    """Return the time from which on sent records are in the window, in seconds.

    The server's clock can differ from its `Date` header. Dates of known rows show by how much. If
    the rows have no dates, the oldest known row shows how far the window reaches.
    """
    if window.since is None:
        return -math.inf
    if offsets:
        return window.since.timestamp() - min(low for low, _ in offsets)
    return min(sent_at, default=math.inf)


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
    start = min(row.sent_at for row in rows)
    window = choose_window(context, start, 0)
    listing = await list_changed(window.since, None)
    evidence = _build_evidence(context, listing, window, [], context.now(), 0.0)
    ids = _match_ids(evidence, {row.index for row in rows})
    await context.journal.record_found(ids, context.now())
    context.record_stored(context.journal.load_rows(ids).values())
    return ids


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
    return {
        index: id_
        for digest, indexes in owners.items()
        if len(free.get(digest, ())) == len(indexes)
        for index, id_ in zip(indexes, free[digest], strict=True)
        if index in wanted
    }


async def backoff(attempt: int) -> None:
    """Wait before the next attempt; the wait grows with the number of attempts."""
    jitter = random.random()  # noqa: S311  # not used for security
    await anyio.sleep(retry_policy.backoff_delay(Failure.SERVER_ERROR, attempt, None, jitter))
