"""Find created records on the server: list the rows created since a time and match them.

The rows are listed oldest first. Rows that belong to other records of the call are left out first,
because every row may be given to one record only. `matching` then compares the contents.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

import anyio
from attrs import evolve

from .._instrumentation import count_requests, logger
from .._ratelimit.priority import run_low_priority
from .._transport import retry_policy
from .._transport.retry_policy import Failure
from ..errors import AutoLeapError
from .journal import CompletedRow
from .matching import Digest, Fingerprint, MatchResult, compute_fingerprint, match
from .options import FindCreated, Json
from .policy import MAX_ATTEMPTS
from .results import Outcome
from .state import BulkContext

# The `Date` header has a resolution of one second, and a row can be dated slightly early.
CLOCK_MARGIN = timedelta(seconds=2)

# The estimated server time can be late by this much, because a busy server sends old dates.
MAX_DATE_LAG = timedelta(seconds=10)


async def ensure_server_time(context: BulkContext) -> datetime:
    """Return the time of the server before a create, and ask the server if it is not known yet.

    A create can be found only by a time of the server's clock. A listing of rows from tomorrow on
    is the smallest request that returns this time.

    Raises:
        AutoLeapError: if the server sends no response.
    """
    operation = context.operation
    async with context.clock_lock:
        if operation.find_created is not None and operation.server_time() is None:
            try:
                await operation.find_created(context.server_time + timedelta(days=1))
            except AutoLeapError:
                if operation.server_time() is None:
                    raise
    return context.server_time


async def resolve_ids(context: BulkContext, outcomes: Sequence[Outcome]) -> list[Outcome]:
    """Return the outcomes of done records with their ids; an id that is not found stays None."""
    find_created = context.operation.find_created
    rows = context.journal.load_rows([outcome.index for outcome in outcomes])
    if find_created is None or not rows:
        return list(outcomes)
    fingerprints = {index: row.fingerprint for index, row in rows.items()}
    sent_at = _to_datetime(min(row.sent_at for row in rows.values()))
    find = partial(find_records, context, fingerprints, sent_at, find_created)
    for attempt in range(1, MAX_ATTEMPTS + 1):
        try:
            result = await run_low_priority(partial(count_requests, context.counter, find))
        except AutoLeapError as error:
            logger.warning("the ids of created records could not be read: %s", error)
            await backoff(attempt)
        else:
            return [evolve(outcome, id=result.ids.get(outcome.index)) for outcome in outcomes]
    return list(outcomes)


async def find_records(
    context: BulkContext,
    fingerprints: Mapping[int, Fingerprint],
    sent_at: datetime,
    find_created: FindCreated,
) -> MatchResult:
    """Match records with the rows created since a time, and write the ids to the journal.

    Args:
        context: State of the bulk call.
        fingerprints: Fingerprints of the records, by index.
        sent_at: Server time of the first request that contained one of them.
        find_created: Lists the created rows.

    Raises:
        AutoLeapError: if the server cannot be read.
    """
    async with context.match_lock:
        result = await _match_with_server(context, fingerprints, sent_at, find_created)
        await context.journal.record_found(result.ids, context.server_time.timestamp())
    return result


async def backoff(attempt: int) -> None:
    """Wait before the next attempt; the wait grows with the number of attempts."""
    jitter = random.random()  # noqa: S311  # not used for security
    await anyio.sleep(retry_policy.backoff_delay(Failure.SERVER_ERROR, attempt, None, jitter))


async def _match_with_server(
    context: BulkContext,
    fingerprints: Mapping[int, Fingerprint],
    sent_at: datetime,
    find_created: FindCreated,
) -> MatchResult:
    """Match records with the rows that were created since they were sent."""
    digests = {item.digest for item in fingerprints.values()}
    # Other records of the call with the same content. They are done, so each of them owns a row.
    completed = context.journal.find_completed(digests)
    twins = [row for row in completed if row.index not in fingerprints]
    start = _extend_window(sent_at - CLOCK_MARGIN, twins)
    rows = _compute_fingerprints(context, await find_created(start))
    for twin in twins:
        rows.pop(twin.id or "", None)
    keys = {item.key for item in fingerprints.values()}
    return match(
        fingerprints,
        rows,
        claimed=_count_claimed(twins, start),
        sent_digests=context.journal.find_digests(keys),
    )


def _compute_fingerprints(context: BulkContext, rows: Mapping[str, Json]) -> dict[str, Fingerprint]:
    """Return the fingerprints of rows by id, in the same order."""
    schema, key_fields = context.operation.schema, context.operation.key_fields
    return {
        id_: compute_fingerprint(row, schema, key_fields, context.sent_field_paths)
        for id_, row in rows.items()
    }


def _extend_window(start: datetime, twins: Sequence[CompletedRow]) -> datetime:
    """Return a start of the window at which no twin was in flight.

    The row of a twin in flight could be dated before or after the start. It would not be known
    whether the window contains the row, so the row could not be counted as claimed.
    """
    # Newest first, because each earlier start can lie in the flight of an older twin.
    for twin in sorted(twins, key=lambda twin: twin.sent_at, reverse=True):
        sent_at = _to_datetime(twin.sent_at) - CLOCK_MARGIN
        completed_at = _to_datetime(twin.completed_at) + CLOCK_MARGIN + MAX_DATE_LAG
        if sent_at < start <= completed_at:
            start = sent_at
    return start


def _count_claimed(twins: Iterable[CompletedRow], start: datetime) -> Counter[Digest]:
    """Count the rows in a window that belong to twins without a known id, by digest."""
    return Counter(
        twin.digest for twin in twins if twin.id is None and twin.sent_at >= start.timestamp()
    )


def _to_datetime(timestamp: float) -> datetime:
    return datetime.fromtimestamp(timestamp, UTC)
