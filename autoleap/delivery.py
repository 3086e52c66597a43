"""One batch, from the intention to send it to the fate of each of its records.

The API knows no idempotency key and promises nothing about half-done batches. So a create is never
sent again on a guess: after a refusal or a lost answer the server is read first, and only what is
clearly absent is sent again. Updates and archives say the same thing twice without harm.
"""

from __future__ import annotations

import enum
import random
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
from attrs import define, evolve, field, frozen

from . import retry
from .bulk_plan import Json, LookUp, Operation
from .errors import (
    APIConnectionError,
    APIError,
    AuthenticationError,
    AutoLeapError,
    BadRequestError,
    ConfigurationError,
    NotFoundError,
    OutcomeUnknownError,
    PermissionDeniedError,
    RateLimitError,
    RejectedError,
)
from .journal import Done, Fate, Journal
from .outcomes import Outcome, Status
from .reconcile import Digest, Mark, Settlement, mark, settle
from .retry import Failure
from .telemetry import Meter, logger, metered

# The server's clock is known to the second, and rows may be dated a little early.
CLOCK_MARGIN = timedelta(seconds=2)
# A request whose answer is lost may still be worked on: look twice, this many seconds apart.
SECOND_LOOK = 1.0
# How often the same records are sent, or looked for, before their fate is left as it is.
TRIES = 6


class Verdict(enum.Enum):
    """What an attempt to send a batch amounts to."""

    DONE = "every record is done"
    REFUSED = "something in it is not accepted; some of it may be done"
    DECLINED = "it is not accepted, and nothing says that a record is to blame"
    TOO_LARGE = "there is too much of it"
    ABSENT = "none of it is done"
    IN_DOUBT = "all of it may be done, or none"
    HOPELESS = "no batch will be accepted"


def verdict(error: AutoLeapError | None) -> Verdict:
    """Judge the error that sending a batch ended with, or None."""
    if error is None:
        return Verdict.DONE
    if isinstance(error, PermissionDeniedError | ConfigurationError) or _login_refused(error):
        return Verdict.HOPELESS
    if isinstance(error, RateLimitError | APIConnectionError | AuthenticationError):
        return Verdict.ABSENT
    if error.status == 413 or (isinstance(error, BadRequestError) and "too many" in str(error)):
        return Verdict.TOO_LARGE
    if isinstance(error, RejectedError):
        return Verdict.DECLINED
    refused = isinstance(error, BadRequestError | NotFoundError)
    if refused or (isinstance(error, APIError) and (error.status or 500) < 500):
        return Verdict.REFUSED
    return Verdict.IN_DOUBT


def _login_refused(error: AutoLeapError) -> bool:
    return isinstance(error, AuthenticationError) and (error.path or "").endswith("/login")


class Step(enum.Enum):
    """What is done next with the rows of a batch."""

    DONE = "done"
    FAIL = "failed, in the server's words"
    LEAVE = "unknown, after all tries"
    HALVE = "halved, and each half sent"
    LOOK = "looked up; what is absent is sent again, halved after a refusal"
    RESEND = "sent again"
    GIVE_UP = "failed, and surely not done"


def step_after(  # noqa: PLR0911  # a table reads best as one
    judged: Verdict, *, creates: bool, alone: bool, again: bool
) -> Step:
    """Decide what is done next.

    Args:
        creates: Whether a repetition could make a second one.
        alone: Whether there is one row only.
        again: Whether there is a try left.
    """
    match judged:
        case Verdict.DONE:
            return Step.DONE
        case Verdict.HOPELESS:
            return Step.GIVE_UP
        case Verdict.ABSENT:
            return Step.RESEND if again else Step.GIVE_UP
        case Verdict.IN_DOUBT if creates:
            return Step.LOOK
        case Verdict.IN_DOUBT:
            return Step.RESEND if again else Step.LEAVE
        case Verdict.DECLINED if alone and creates:
            return Step.LOOK
        case Verdict.DECLINED if alone and again:
            return Step.RESEND
        case _ if alone:
            return Step.FAIL
        case _:
            # A refusal may be partial: the contract promises no atomicity.
            return Step.LOOK if creates else Step.HALVE


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


@define
class Desk:
    """What all deliveries of one bulk call share.

    Attributes:
        size: Records in a request at most; shrinks when the server finds a batch too large.
        batches: Requests' worth of records sent so far.
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


async def deliver(desk: Desk, parts: Sequence[Part]) -> list[Outcome]:
    """Bring every row of some parts to its fate."""
    return await metered(desk.meter, _Delivery(desk, list(parts)).run)


@define
class _Delivery:
    desk: Desk
    waiting: list[Part]
    outcomes: list[Outcome] = field(factory=list[Outcome], init=False)

    async def run(self) -> list[Outcome]:
        while self.waiting:
            part = self.waiting.pop(0)
            if part.tries:
                await _pause(part.tries)
            if part.since is not None and self.desk.operation.look_up is not None:
                await self._look(part, part.since, self.desk.operation.look_up)
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
        except AutoLeapError as error:
            hopeless = verdict(error) is Verdict.HOPELESS
            judged = Verdict.HOPELESS if hopeless else Verdict.ABSENT
            await self._act(evolve(part, error=error), judged)
            return
        await desk.journal.intend({row.index: row.mark for row in part.rows}, sent.timestamp())
        desk.batches += 1
        try:
            await desk.operation.send([row.plain for row in part.rows])
            error = None
        except AutoLeapError as caught:
            error = caught
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
                self.waiting.append(_unsent(part))
            case Step.GIVE_UP:
                if judged is Verdict.HOPELESS or isinstance(part.error, AuthenticationError):
                    self.desk.hopeless = part.error
                await self._give_up(part)

    async def _look(self, part: Part, since: datetime, look_up: LookUp) -> None:
        """Read what became of rows in doubt."""
        try:
            marks = {row.index: row.mark for row in part.rows}
            found = await _settlement(self.desk, marks, since, look_up)
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
        fates = [Fate(index, "done", id_) for index, id_ in found.found.items()]
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


async def named(desk: Desk, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Read back the ids of rows that are done; one that is not found keeps none."""
    look_up = desk.operation.look_up
    entries = desk.journal.entries([outcome.index for outcome in outcomes])
    if look_up is None or not entries:
        return list(outcomes)
    marks = {index: entry.mark for index, entry in entries.items()}
    since = datetime.fromtimestamp(min(entry.sent for entry in entries.values()), UTC)
    read = partial(_settlement, desk, marks, since, look_up)
    found: dict[int, str] = {}
    for tries in range(1, TRIES + 1):
        try:
            found = (await metered(desk.meter, read)).found
            break
        except AutoLeapError as error:
            logger.warning("ids could not be read back: %s", error)
            await _pause(tries)
    await desk.journal.name(found)
    return [evolve(outcome, id=found.get(outcome.index)) for outcome in outcomes]


async def _settlement(
    desk: Desk, marks: Mapping[int, Mark], since: datetime, look_up: LookUp
) -> Settlement:
    """Compare rows of the input with what was created since they were sent."""
    done = desk.journal.done_like({mark.digest for mark in marks.values()})
    others = [one for same in done.values() for one in same if one.number not in marks]
    begin = _clear_of(since - CLOCK_MARGIN, others)
    there = await look_up(begin)
    for one in others:
        there.pop(one.id or "", None)
    schema, key = desk.operation.schema, desk.operation.key
    rows = {id_: mark(row, schema, key, desk.sent_paths) for id_, row in there.items()}
    ours = desk.journal.digests_of({mark.key for mark in marks.values()})
    return settle(marks, rows, taken=_taken(done, marks, begin), ours=ours)


def _halves(part: Part) -> list[Part]:
    rows, middle = part.rows, (len(part.rows) + 1) // 2
    return [Part(half, part.tries) for half in (rows[:middle], rows[middle:]) if half]


def _unsent(part: Part) -> Part:
    return evolve(part, tries=part.tries + 1, since=None, looks=0)


def _may_be_at_work(error: AutoLeapError | None) -> bool:
    """Whether the server may still be busy with a request: it never said that it had ended."""
    return error is None or isinstance(error, OutcomeUnknownError)


def _clear_of(begin: datetime, others: Sequence[Done]) -> datetime:
    """Move a beginning back until no equal record that is done was on its way at that moment.

    Its row would be dated before or after, who knows, and could not be counted off.
    """
    moved = True
    while moved:
        moved = False
        for one in others:
            sent = datetime.fromtimestamp(one.sent, UTC) - CLOCK_MARGIN
            answered = datetime.fromtimestamp(one.answered, UTC) + CLOCK_MARGIN
            if sent < begin <= answered:
                begin, moved = sent, True
    return begin


def _taken(
    done: Mapping[Digest, Sequence[Done]], numbers: Container[int], begin: datetime
) -> Counter[Digest]:
    """How many rows since a moment belong to records that are done and whose id is not known."""
    return Counter(
        digest
        for digest, same in done.items()
        for one in same
        if one.id is None and one.number not in numbers and one.sent >= begin.timestamp()
    )


async def _pause(tries: int) -> None:
    draw = random.random()  # noqa: S311  # spreads load, guards nothing
    await anyio.sleep(retry.wait_before(Failure.SERVER_ERROR, tries, None, draw))
