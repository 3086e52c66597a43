"""One batch, from the intention to send it to the fate of each of its records.

The API knows no idempotency key and promises nothing about half-done batches. So a create is never
sent again on a guess: after a refusal or a lost answer the server is read first, and only what is
clearly absent is sent again. Updates and archives say the same thing twice without harm.
"""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from functools import partial

import anyio
from attrs import define, evolve, field

from .._instrumentation import metered
from .._ratelimit.priority import in_background
from ..errors import AuthenticationError, AutoLeapError, OutcomeUnknownError
from .journal import Fate
from .lookup import TRIES, found_again, pause
from .matching import Settlement
from .options import LookUp
from .policy import Step, Verdict, step_after, verdict
from .results import Outcome, Status
from .state import Desk, Part, Row, _cut, _halves, _unsent

# A request whose answer is lost may still be worked on: look twice, this many seconds apart.
SECOND_LOOK = 1.0


async def deliver(desk: Desk, parts: Sequence[Part]) -> list[Outcome]:
    """Bring every row of some parts to its fate, behind whatever is more urgent."""
    delivery = _Delivery(desk, list(parts))
    return await in_background(partial(metered, desk.meter, delivery.run))


@define
class _Delivery:
    desk: Desk
    waiting: list[Part]
    outcomes: list[Outcome] = field(factory=list[Outcome], init=False)

    async def run(self) -> list[Outcome]:
        while self.waiting:
            part = self.waiting.pop(0)
            if part.tries:
                await pause(part.tries)
            if part.since is not None and self.desk.operation.look_up is not None:
                await self._look(part, part.since, self.desk.operation.look_up)
            elif len(part.rows) > self.desk.size:
                self.waiting[:0] = _cut(part, self.desk.size)
            else:
                await self._send(part)
        return self.outcomes

    async def _send(self, part: Part) -> None:
        desk = self.desk
        if desk.hopeless is not None:
            self._tell(part.rows, "failed", desk.hopeless)
            return
        try:
            sent = await desk.time_of_sending()
        except AutoLeapError as unreachable:
            hopeless = verdict(unreachable) is Verdict.HOPELESS
            judged = Verdict.HOPELESS if hopeless else Verdict.ABSENT
            await self._act(evolve(part, error=unreachable), judged)
            return
        marks = {row.index: row.mark for row in part.rows}
        await desk.journal.intend(marks, sent.timestamp(), desk.sent_paths)
        error = await _error_of(partial(desk.operation.send, [row.plain for row in part.rows]))
        desk.batches += 1
        await self._act(evolve(part, error=error, since=sent, looks=0), verdict(error))

    async def _act(self, part: Part, judged: Verdict) -> None:
        """Do what the answer to a sending calls for."""
        if judged is Verdict.TOO_LARGE:
            self.desk.size = max(1, min(self.desk.size, len(part.rows) // 2))
        creates = self.desk.operation.look_up is not None
        again = part.tries + 1 < TRIES
        match step_after(judged, creates=creates, alone=len(part.rows) == 1, again=again):
            case Step.DONE:
                await self._conclude(part.rows, "done")
            case Step.FAIL:
                await self._conclude(part.rows, "failed", part.error)
            case Step.LEAVE:
                await self._conclude(part.rows, "unknown", part.error)
            case Step.HALVE:
                self.waiting[:0] = _halves(part)
            case Step.LOOK:
                self.waiting.insert(0, part)
            case Step.RESEND:
                # First of all: what follows may change the same records again.
                self.waiting.insert(0, _unsent(part))
            case Step.GIVE_UP:
                if judged is Verdict.HOPELESS or isinstance(part.error, AuthenticationError):
                    self.desk.hopeless = part.error
                await self._give_up(part)

    async def _look(self, part: Part, since: datetime, look_up: LookUp) -> None:
        """Read what became of rows in doubt."""
        try:
            marks = {row.index: row.mark for row in part.rows}
            found = await found_again(self.desk, marks, since, look_up)
        except AutoLeapError as error:
            if part.tries + 1 < TRIES:
                self.waiting.append(evolve(part, tries=part.tries + 1))
            else:
                await self._conclude(part.rows, "unknown", part.error or error)
            return
        by_index = {row.index: row for row in part.rows}
        await self._conclude_found(by_index, found)
        absent = [by_index[index] for index in found.absent]
        if absent:
            await self._absent(evolve(part, rows=absent, looks=part.looks + 1))

    async def _conclude_found(self, rows: dict[int, Row], found: Settlement) -> None:
        fates: list[Fate] = []
        self.outcomes += [rows[i].outcome("done", id_) for i, id_ in found.found.items()]
        for index, id_ in found.similar.items():
            error = OutcomeUnknownError(
                f"its answer was lost, and {id_} there is like it but not equal: look at both"
            )
            fates.append(Fate(index, "unknown", None, (type(error).__name__, str(error))))
            self.outcomes.append(rows[index].outcome("unknown", None, error))
        await self.desk.journal.conclude(fates, self._now())

    async def _absent(self, part: Part) -> None:
        """Send again what is clearly not there."""
        judged = verdict(part.error)
        refused = judged in {Verdict.REFUSED, Verdict.TOO_LARGE}
        if refused or (judged is Verdict.DECLINED and len(part.rows) > 1):
            self.waiting[:0] = _halves(part)
        elif judged is not Verdict.ABSENT and part.looks < 2 and _may_be_at_work(part.error):
            await anyio.sleep(SECOND_LOOK)
            self.waiting.insert(0, part)
        elif part.error is None:
            self.waiting.append(Part(part.rows))
        elif part.tries + 1 < TRIES:
            self.waiting.append(_unsent(part))
        else:
            await self._give_up(part)

    async def _give_up(self, part: Part) -> None:
        """Tell that rows failed that are surely not done; a later run may try them again."""
        await self.desk.journal.forget([row.index for row in part.rows])
        self._tell(part.rows, "failed", part.error)

    async def _conclude(
        self, rows: Sequence[Row], status: Status, error: AutoLeapError | None = None
    ) -> None:
        spelled = (type(error).__name__, str(error)) if error is not None else None
        fates = [Fate(row.index, status, self._id_of(row), spelled) for row in rows]
        await self.desk.journal.conclude(fates, self._now())
        self._tell(rows, status, error)

    def _tell(
        self, rows: Sequence[Row], status: Status, error: AutoLeapError | None = None
    ) -> None:
        self.outcomes += [row.outcome(status, self._id_of(row), error) for row in rows]

    def _id_of(self, row: Row) -> str | None:
        key = self.desk.operation.id_field
        return str(row.plain[key]) if key else None

    def _now(self) -> float:
        return self.desk.now().timestamp()


async def _error_of(work: Callable[[], Awaitable[object]]) -> AutoLeapError | None:
    try:
        await work()
    except AutoLeapError as error:
        # A copy has no frames, which would keep every record of the batch alive.
        return copy.copy(error)
    return None


def _may_be_at_work(error: AutoLeapError | None) -> bool:
    """Whether the server may still be busy with a request: it never said that it had ended."""
    return error is None or isinstance(error, OutcomeUnknownError)
