"""The rows that a listing asks for, and which of them are older than the call."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import UTC, datetime

from attrs import define, frozen

from .evidence import Acknowledged
from .journal_row import Baseline
from .matching import Fingerprint
from .options import ListedRow
from .state import BulkContext

# The `Date` header has a resolution of one second, and a busy server sends old dates.
CLOCK_MARGIN = 12.0
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


@define
class AgeJudge:
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
    ) -> AgeJudge:
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
