"""Finding created records again: what the server holds against what the journal says was sent."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
from attrs import evolve

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from .._transport import retry_policy
from .._transport.retry_policy import Failure
from ..errors import AutoLeapError
from .journal import CompletedRow, RowResult
from .matching import Digest, Fingerprint, MatchResult, fingerprint, match
from .options import FindCreated
from .results import Outcome
from .state import BulkContext

# The server's clock is known to the second, and rows may be dated a little early.
CLOCK_MARGIN = timedelta(seconds=2)


# By how much our idea of the server's time may lag: a busy server dates its answers late.
MAX_DATE_LAG = timedelta(seconds=10)


# How often the same records are sent, or looked for, before their fate is left as it is.
MAX_TRIES = 12


async def resolve_ids(context: BulkContext, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Read back the ids of rows that are done; one that is not found keeps none."""
    find_created = context.operation.find_created
    entries = context.journal.load_rows([outcome.index for outcome in outcomes])
    if find_created is None or not entries:
        return list(outcomes)
    fingerprints = {index: entry.fingerprint for index, entry in entries.items()}
    since = datetime.fromtimestamp(min(entry.sent for entry in entries.values()), UTC)
    found: dict[int, str] = {}
    for tries in range(1, MAX_TRIES + 1):
        try:
            async with context.match_lock:
                read = partial(_match_with_server, context, fingerprints, since, find_created)
                found = (
                    await run_low_priority(partial(count_requests, context.counter, read))
                ).found
                await context.journal.record_ids(found)
            break
        except AutoLeapError as error:
            logger.warning("ids could not be read back: %s", error)
            await backoff(tries)
    return [evolve(outcome, id=found.get(outcome.index)) for outcome in outcomes]


async def reconcile_uncertain(
    context: BulkContext,
    fingerprints: Mapping[int, Fingerprint],
    since: datetime,
    find_created: FindCreated,
) -> MatchResult:
    """Look for records in doubt; what is found is noted as done.

    Raises:
        AutoLeapError: when the server cannot be read.
    """
    async with context.match_lock:
        match_result = await _match_with_server(context, fingerprints, since, find_created)
        results = [RowResult(index, "done", id_) for index, id_ in match_result.found.items()]
        await context.journal.record_results(results, context.server_now().timestamp())
    return match_result


async def backoff(tries: int) -> None:
    """Wait before another try, the longer the more there were."""
    draw = random.random()  # noqa: S311  # spreads load, guards nothing
    await anyio.sleep(retry_policy.backoff_delay(Failure.SERVER_ERROR, tries, None, draw))


async def _match_with_server(
    context: BulkContext,
    fingerprints: Mapping[int, Fingerprint],
    since: datetime,
    find_created: FindCreated,
) -> MatchResult:
    """Compare rows of the input with what was created since they were sent."""
    done = context.journal.completed_with({one.digest for one in fingerprints.values()})
    others = [one for same in done.values() for one in same if one.number not in fingerprints]
    begin = _extend_window(since - CLOCK_MARGIN, others)
    there = await find_created(begin)
    for one in others:
        there.pop(one.id or "", None)
    schema, key = context.operation.schema, context.operation.fingerprint_key
    rows = {
        id_: fingerprint(row, schema, key, context.sent_field_paths) for id_, row in there.items()
    }
    ours = context.journal.digests_with_key({one.key for one in fingerprints.values()})
    return match(fingerprints, rows, taken=_count_known(done, fingerprints, begin), ours=ours)


def _extend_window(begin: datetime, others: Sequence[CompletedRow]) -> datetime:
    """Move a beginning back until no equal record that is done was on its way at that moment.

    Its row would be dated before or after, who knows, and could not be counted off.
    """
    moved = True
    while moved:
        moved = False
        for one in others:
            sent = datetime.fromtimestamp(one.sent, UTC) - CLOCK_MARGIN
            answered = datetime.fromtimestamp(one.answered, UTC) + CLOCK_MARGIN + MAX_DATE_LAG
            if sent < begin <= answered:
                begin, moved = sent, True
    return begin


def _count_known(
    done: Mapping[Digest, Sequence[CompletedRow]], numbers: Container[int], begin: datetime
) -> Counter[Digest]:
    """How many rows since a moment belong to records that are done and whose id is not known."""
    return Counter(
        digest
        for digest, same in done.items()
        for one in same
        if one.id is None and one.number not in numbers and one.sent >= begin.timestamp()
    )
