"""State of a bulk call: prepared records, batches, and what all batches share."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import anyio
from attrs import define, evolve, field, frozen

from .._instrumentation import Meter
from ..errors import AutoLeapError
from .journal import Journal
from .matching import Mark
from .options import Json, Operation
from .results import Outcome, Status


@frozen
class Row:
    """A record that keeps the contract, ready to be sent."""

    index: int
    record: object
    plain: Json
    mark: Mark

    def outcome(
        self, status: Status, id: str | None = None, error: AutoLeapError | None = None
    ) -> Outcome:
        """What became of it."""
        return Outcome(index=self.index, record=self.record, status=status, id=id, error=error)


@frozen
class Part:
    """Rows that share a request.

    Attributes:
        tries: How often they were sent, or looked for, in vain.
        since: Server time of the sending that left them in doubt; None when they are not.
        error: What that sending ended with; None when a journal tells of it.
        looks: How often they were looked for since.
    """

    rows: Sequence[Row]
    tries: int = 0
    since: datetime | None = None
    error: AutoLeapError | None = None
    looks: int = 0


def _halves(part: Part) -> list[Part]:
    rows, middle = part.rows, (len(part.rows) + 1) // 2
    return [Part(half, part.tries) for half in (rows[:middle], rows[middle:]) if half]


def _cut(part: Part, size: int) -> list[Part]:
    """A batch cut before the server showed what it takes, in pieces that it takes."""
    starts = range(0, len(part.rows), size)
    return [evolve(part, rows=part.rows[start : start + size]) for start in starts]


def _unsent(part: Part) -> Part:
    return evolve(part, tries=part.tries + 1, since=None, looks=0)


@define
class Desk:
    """What all deliveries of one bulk call share.

    Attributes:
        size: Records in a request at most; shrinks when the server finds a batch too large.
        batches: Batches answered so far, whatever the answer.
        hopeless: Set once no batch will be accepted any more.
        sent_paths: Fields that some record has had so far.
    """

    operation: Operation
    journal: Journal
    meter: Meter
    size: int
    batches: int = 0
    hopeless: AutoLeapError | None = None
    sent_paths: set[str] = field(factory=set[str])
    # One comparison at a time: two could give the same row to two equal records.
    settling: anyio.Lock = field(factory=anyio.Lock, init=False)
    _clock: anyio.Lock = field(factory=anyio.Lock, init=False)

    def now(self) -> datetime:
        """The time of day at the server, or ours when its answers do not tell."""
        return self.operation.server_time() or datetime.now(UTC)

    async def time_of_sending(self) -> datetime:
        """The server's time, by which a create can be found again: asked for if need be.

        Raises:
            AutoLeapError: when the server does not answer.
        """
        look_up = self.operation.look_up
        async with self._clock:
            if look_up is not None and self.operation.server_time() is None:
                try:
                    await look_up(self.now() + timedelta(days=1))
                except AutoLeapError:
                    if self.operation.server_time() is None:
                        raise
        return self.now()
