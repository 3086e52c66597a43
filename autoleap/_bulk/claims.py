"""Claims of create calls: which records are in flight, and which rows belong to a record.

All create calls of one client, company and operation share their claims. Two equal records are
never in flight at the same time: if both responses were lost, a row could belong to either. A row
that belongs to one record never belongs to another one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from itertools import takewhile

import anyio
from attrs import define, field

from .evidence import Acknowledged
from .matching import Digest

# Seconds for which stored records are kept. A list can lag so long behind them.
CLAIM_LIFETIME = 120.0
# Largest number of records that are kept while several calls are open.
MAX_RECENT = 20_000


@define
class Claims:
    """Claims of all create calls of one operation."""

    _in_flight: set[Digest] = field(factory=set[Digest], init=False)
    _recent: dict[tuple[int, int], tuple[float, Acknowledged]] = field(
        factory=dict[tuple[int, int], tuple[float, Acknowledged]], init=False
    )
    _calls: int = field(default=0, init=False)
    _open_calls: int = field(default=0, init=False)
    _released: anyio.Event | None = field(default=None, init=False)

    def open_call(self) -> int:
        """Return the number of a new call."""
        self._calls += 1
        self._open_calls += 1
        return self._calls

    def close_call(self) -> None:
        """Note that a call has ended."""
        self._open_calls -= 1

    def is_claimed(self, digest: Digest) -> bool:
        """Return whether a record with this content is in flight."""
        return digest in self._in_flight

    def try_acquire(self, digests: Collection[Digest]) -> bool:
        """Claim all digests if no equal record is in flight; return whether they are claimed."""
        if not self._in_flight.isdisjoint(digests):
            return False
        self._in_flight.update(digests)
        return True

    async def acquire(self, digests: Collection[Digest]) -> None:
        """Wait until no equal record is in flight, then claim all digests at once.

        The caller must hold no claim, so that two calls never wait for each other.
        """
        while not self.try_acquire(digests):
            self._released = self._released or anyio.Event()
            await self._released.wait()

    def release(self, digests: Iterable[Digest]) -> None:
        """Give claims back, and wake the calls that wait for them."""
        self._in_flight.difference_update(digests)
        if self._released is not None:
            self._released.set()
            self._released = None

    def record_stored(self, call: int, records: Iterable[Acknowledged], now: float) -> None:
        """Remember stored records, and forget old ones unless several calls are open."""
        for record in records:
            # A record that is stored again has its id now; it moves to the end.
            self._recent.pop((call, record.index), None)
            self._recent[call, record.index] = (now, record)
        if self._open_calls <= 1 or len(self._recent) > MAX_RECENT:
            oldest = now - CLAIM_LIFETIME
            expired = takewhile(lambda item: item[1][0] < oldest, self._recent.items())
            for key in [key for key, _ in expired]:
                del self._recent[key]

    def list_others(self, call: int) -> list[Acknowledged]:
        """Return the recent records of all other calls."""
        return [record for (owner, _), (_, record) in self._recent.items() if owner != call]


class ClaimRegistry:
    """The claims of one client, by company and operation."""

    def __init__(self) -> None:
        self._claims: dict[tuple[str, ...], Claims] = {}

    def get(self, *scope: str) -> Claims:
        """Return the claims of a company and operation."""
        return self._claims.setdefault(scope, Claims())
