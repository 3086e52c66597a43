"""The index that lists are read from. With the habit `Lag` it is behind the stored rows."""

import random
from collections.abc import Sequence

import attrs

from autoleap.sandbox.habits import Lag, Seconds
from autoleap.sandbox.rows import Row, Version


def draw_seconds(seconds: Seconds, rng: random.Random) -> float:
    """Return the time, or a random time between the shortest and the longest one."""
    return rng.uniform(*seconds) if isinstance(seconds, tuple) else seconds


def compute_visible_at(lag: Lag, stored: float, delay: float, first_write: float) -> float:
    """Return the time from which lists show a change.

    Args:
        lag: The habit, for the periods in which the index stands still.
        stored: Time of the storing.
        delay: Delay of this change in seconds.
        first_write: Time of the first write, from which the periods count.
    """
    visible_at = stored + delay
    for start, end in sorted(lag.stalls):
        if first_write + start <= visible_at < first_write + end:
            visible_at = first_write + end
    return visible_at


def find_version(row: Row, now: float) -> Row | None:
    """Return the row as the index has it now. None if the index does not have it yet."""
    if row.versions is None:
        return row
    visible = [version for version in row.versions if version.visible_at <= now]
    return visible[-1].row if visible else None


@attrs.define
class ListIndex:
    """The versions of rows that lists show.

    Attributes:
        lag: The habit. With None all changes are visible at once.
        rng: Random source of the delays.
        first_write: Time of the first write, or None before it.
    """

    lag: Lag | None
    rng: random.Random
    first_write: float | None = None

    def note_creation(self, row: Row) -> None:
        """Note a new row."""
        if self.lag is not None:
            row.versions = []
            self._add_version(self.lag, row, row.created)

    def note_update(self, before: Row, row: Row) -> None:
        """Note a changed row.

        Args:
            before: A copy of the row before the change.
            row: The row after the change.
        """
        if self.lag is None:
            return
        if row.versions is None:  # It was never written. Therefore lists show it since ever.
            row.versions = [Version(float("-inf"), before)]
        self._add_version(self.lag, row, row.updated)

    def read(self, rows: Sequence[Row], now: float) -> Sequence[Row]:
        """Return the rows as a list shows them now."""
        if self.lag is None:
            return rows
        if self.lag.replicas:
            now -= self.rng.choice(self.lag.replicas)
        versions = (find_version(row, now) for row in rows)
        return [row for row in versions if row is not None]

    def read_by_key(self, row: Row | None, now: float) -> Row | None:
        """Return the row as a read by key shows it now."""
        if row is None or self.lag is None or not self.lag.by_key:
            return row
        return find_version(row, now)

    def _add_version(self, lag: Lag, row: Row, stored: float) -> None:
        if self.first_write is None:
            self.first_write = stored
        delayed = lag.share >= 1 or self.rng.random() < lag.share
        delay = draw_seconds(lag.seconds, self.rng) if delayed else 0.0
        visible_at = compute_visible_at(lag, stored, delay, self.first_write)
        if row.versions is not None:
            row.versions.append(Version(visible_at, row.copy()))
