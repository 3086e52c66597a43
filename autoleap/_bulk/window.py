"""The rows that a listing asks for, and which of them are older than the call."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime

from attrs import define, frozen

from .evidence import Acknowledged
from .journal_row import Baseline
from .matching import Digest, Fingerprint
from .options import ListedRow
from .state import BulkContext

# The `Date` header has a resolution of one second, and a busy server sends old dates.
CLOCK_MARGIN = 12.0
# If a window shows no witness, the next one begins earlier by so many seconds; None is for ever.
WIDENINGS = (0.0, 3600.0, 26 * 3600.0, 8 * 86_400.0, None)
# If dates of witnesses differ from the call's clock by a range of more than so many seconds, then
# dates are too coarse to tell rows from before the call.
MAX_DATE_SPREAD = 120.0
# Units in seconds to which a server may round dates down, the longest first.
RESOLUTIONS = (86_400.0, 3600.0, 60.0, 1.0)


@frozen
class Window:
    """The rows that a listing asks for.

    Attributes:
        start: Records sent since this time are in it, in seconds of the call's clock.
        earliest: Records sent before this time are not in it, as far as the clocks agree.
        since: The time that the server is asked for; None for all rows.
        level: Number of times that the window was widened.
    """

    start: float
    earliest: float
    since: datetime | None
    level: int


def choose_window(context: BulkContext, start: float, level: int) -> Window:
    """Return the window for records that were sent since a time.

    Args:
        context: State of the bulk call.
        start: Time of the first request, in seconds of the call's clock.
        level: Number of times to widen the window.
    """
    widening = WIDENINGS[min(level, len(WIDENINGS) - 1)]
    if widening is None:
        return Window(start, -math.inf, None, level)
    earliest = start - CLOCK_MARGIN - widening
    return Window(start, earliest, context.to_server_time(earliest), level)


@define
class AgeJudge:
    """Tells rows from before the call.

    Attributes:
        baseline: Rows that are known to be older; None if they were not read.
        in_baseline_window: Whether the baseline covers the window of the listing.
        oldest: Rows dated earlier are older than the call; None if dates tell nothing.
        highest: Largest difference in seconds between a date and the call's clock, with the
            resolution of the dates; None if dates tell nothing.
        reach: Records sent since this time are in the window of the listing, in seconds.
    """

    baseline: Baseline | None
    in_baseline_window: bool
    oldest: datetime | None
    highest: float | None
    reach: float

    @classmethod
    def calibrate(
        cls,
        context: BulkContext,
        window: Window,
        rows: Mapping[str, tuple[ListedRow, Fingerprint]],
        acknowledged: Sequence[Acknowledged],
        rewritten: Collection[str],
    ) -> AgeJudge:
        """Compare the dates of the witnesses' rows with the times of their requests."""
        baseline = context.journal.load_baseline()
        covered = (
            baseline is not None
            and baseline.complete
            and (window.level == 0 or baseline.window_start == -math.inf)
            and window.start - CLOCK_MARGIN >= baseline.window_start
        )
        owned = _find_owned_rows(rows, acknowledged, rewritten)
        samples = _compare_dates(owned)
        reach = _find_reach(window, samples, [record.sent_at for record, _ in owned])
        if not samples or baseline is None:
            return cls(baseline, covered, None, None, reach)
        lowest = min(sample.lowest for sample in samples)
        highest = max(sample.highest for sample in samples)
        if highest - lowest > MAX_DATE_SPREAD:
            return cls(baseline, covered, None, None, reach)
        oldest = datetime.fromtimestamp(baseline.started_at + lowest - CLOCK_MARGIN, UTC)
        return cls(baseline, covered, oldest, highest + _find_resolution(rows), reach)

    @property
    def started_at(self) -> float:
        """When the call began to send, in seconds; -inf if it has no baseline."""
        return -math.inf if self.baseline is None else self.baseline.started_at

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

    def created_after(self, row: ListedRow) -> float | None:
        """Return the time of the call's clock before which a row was not created, if known."""
        if self.highest is None or row.created_at is None:
            return None
        return row.created_at.timestamp() - self.highest


@frozen
class _DateOffset:
    """By how much the date of a row differs from the call's clock, in seconds.

    The row was created between the sending of its record and the response.
    """

    lowest: float
    highest: float

    @property
    def width(self) -> float:
        return self.highest - self.lowest


def _find_resolution(rows: Mapping[str, tuple[ListedRow, Fingerprint]]) -> float:
    """Return the seconds by which the dates of a server may be rounded down."""
    times = [row.created_at.timestamp() for row, _ in rows.values() if row.created_at is not None]
    return next((unit for unit in RESOLUTIONS if all(at % unit == 0 for at in times)), 0.0)


def _find_owned_rows(
    rows: Mapping[str, tuple[ListedRow, Fingerprint]],
    acknowledged: Sequence[Acknowledged],
    rewritten: Collection[str],
) -> list[tuple[Acknowledged, ListedRow]]:
    """Return the rows of acknowledged records whose content is unique."""
    projections = Counter(record.fingerprint.project(rewritten) for record in acknowledged)
    groups: defaultdict[Digest, list[ListedRow]] = defaultdict(list)
    for row, fingerprint in rows.values():
        groups[fingerprint.project(rewritten)].append(row)
    return [
        (record, groups[projection][0])
        for record in acknowledged
        if projections[projection := record.fingerprint.project(rewritten)] == 1
        and len(groups[projection]) == 1
    ]


def _compare_dates(owned: Sequence[tuple[Acknowledged, ListedRow]]) -> list[_DateOffset]:
    """Return the offsets of acknowledged records; those with the quickest responses are precise."""
    offsets = [
        _DateOffset(
            row.created_at.timestamp() - record.acknowledged_at,
            row.created_at.timestamp() - record.sent_at,
        )
        for record, row in owned
        if row.created_at is not None
    ]
    precise = min((offset.width for offset in offsets), default=0.0) + CLOCK_MARGIN
    return [offset for offset in offsets if offset.width <= precise]


def _find_reach(window: Window, offsets: Sequence[_DateOffset], sent_at: Sequence[float]) -> float:
    """Return the time from which on sent records are in the window, in seconds.

    The server's clock can differ from its `Date` header. Dates of known rows show by how much. If
    the rows have no dates, the oldest known row shows how far the window reaches.
    """
    if window.since is None:
        return -math.inf
    if offsets:
        return window.since.timestamp() - min(offset.lowest for offset in offsets)
    return min(sent_at, default=math.inf)
