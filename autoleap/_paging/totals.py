"""Pure: no I/O, no clock.

Follow the total counts that the responses of a list contain.
"""

from __future__ import annotations


class Totals:
    """The total counts of one reading.

    A total that is smaller than the number of rows up to the page is wrong: the server counts up to
    a limit, or the count is old. From then on, `expected` is None.

    Attributes:
        first: Total count of the first page; None if it has none.
        rows_before: Number of rows before the page at which the reading starts; None if unknown.
    """

    def __init__(self) -> None:
        self.first: int | None = None
        self.rows_before: int | None = 0
        self._latest: int | None = None
        self._disproved = False

    @property
    def expected(self) -> int | None:
        """Number of rows from the start of the reading, or None if no total can be used."""
        return None if self._disproved else self.count_expected(self._latest)

    def count_expected(self, total: int | None) -> int | None:
        """Return how many rows of a total the reading has to find, or None if unknown."""
        if total is None or self.rows_before is None:
            return None
        return max(0, total - self.rows_before)

    def compare(self, total: int | None, reached: int | None, *, empty: bool) -> int:
        """Return by how many rows the total count changed since the page before.

        Args:
            total: The total count of the page.
            reached: Number of rows up to the end of the page; None if unknown.
            empty: Whether the page has no rows; then it can be behind the end of a shorter list.
        """
        if total is None:
            return 0
        if reached is not None and total < reached and not empty:
            self._disproved = True
            return 0
        previous, self._latest = self._latest, total
        if previous is None:
            self.first = total
            return 0
        return total - previous
