"""Finding created records again: what the server holds against what the journal says was sent."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
from attrs import evolve

from .._instrumentation import logger, metered
from .._ratelimit.priority import in_background
from .._transport import retry_policy
from .._transport.retry_policy import Failure
from ..errors import AutoLeapError
from .journal import Done, Fate
from .matching import Digest, Mark, Settlement, mark, settle
from .options import LookUp
from .results import Outcome
from .state import Desk

# The server's clock is known to the second, and rows may be dated a little early.
CLOCK_MARGIN = timedelta(seconds=2)


# By how much our idea of the server's time may lag: a busy server dates its answers late.
DATE_AGE = timedelta(seconds=10)


# How often the same records are sent, or looked for, before their fate is left as it is.
TRIES = 12


async def named(desk: Desk, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Read back the ids of rows that are done; one that is not found keeps none."""
    look_up = desk.operation.look_up
    entries = desk.journal.entries([outcome.index for outcome in outcomes])
    if look_up is None or not entries:
        return list(outcomes)
    marks = {index: entry.mark for index, entry in entries.items()}
    since = datetime.fromtimestamp(min(entry.sent for entry in entries.values()), UTC)
    found: dict[int, str] = {}
    for tries in range(1, TRIES + 1):
        try:
            async with desk.settling:
                read = partial(_compared, desk, marks, since, look_up)
                found = (await in_background(partial(metered, desk.meter, read))).found
                await desk.journal.name(found)
            break
        except AutoLeapError as error:
            logger.warning("ids could not be read back: %s", error)
            await pause(tries)
    return [evolve(outcome, id=found.get(outcome.index)) for outcome in outcomes]


async def found_again(
    desk: Desk, marks: Mapping[int, Mark], since: datetime, look_up: LookUp
) -> Settlement:
    """Look for records in doubt; what is found is noted as done.

    Raises:
        AutoLeapError: when the server cannot be read.
    """
    async with desk.settling:
        settlement = await _compared(desk, marks, since, look_up)
        fates = [Fate(index, "done", id_) for index, id_ in settlement.found.items()]
        await desk.journal.conclude(fates, desk.now().timestamp())
    return settlement


async def pause(tries: int) -> None:
    """Wait before another try, the longer the more there were."""
    draw = random.random()  # noqa: S311  # spreads load, guards nothing
    await anyio.sleep(retry_policy.wait_before(Failure.SERVER_ERROR, tries, None, draw))


async def _compared(
    desk: Desk, marks: Mapping[int, Mark], since: datetime, look_up: LookUp
) -> Settlement:
    """Compare rows of the input with what was created since they were sent."""
    done = desk.journal.done_like({one.digest for one in marks.values()})
    others = [one for same in done.values() for one in same if one.number not in marks]
    begin = _clear_of(since - CLOCK_MARGIN, others)
    there = await look_up(begin)
    for one in others:
        there.pop(one.id or "", None)
    schema, key = desk.operation.schema, desk.operation.key
    rows = {id_: mark(row, schema, key, desk.sent_paths) for id_, row in there.items()}
    ours = desk.journal.digests_of({one.key for one in marks.values()})
    return settle(marks, rows, taken=_taken(done, marks, begin), ours=ours)


def _clear_of(begin: datetime, others: Sequence[Done]) -> datetime:
    """Move a beginning back until no equal record that is done was on its way at that moment.

    Its row would be dated before or after, who knows, and could not be counted off.
    """
    moved = True
    while moved:
        moved = False
        for one in others:
            sent = datetime.fromtimestamp(one.sent, UTC) - CLOCK_MARGIN
            answered = datetime.fromtimestamp(one.answered, UTC) + CLOCK_MARGIN + DATE_AGE
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
