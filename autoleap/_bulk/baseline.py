"""Read the rows that were on the server before the call."""

from __future__ import annotations

import math
from datetime import timedelta

from .._instrumentation import logger
from ..errors import (
    BadRequestError,
    NotFoundError,
    PermissionDeniedError,
    ResponseDecodeError,
)
from .journal_row import Baseline
from .options import ListChanged
from .state import BulkContext
from .window import CLOCK_MARGIN

# The baseline is read from so many seconds before the call on, and holds at most so many rows.
BASELINE_WINDOW = 60.0
MAX_BASELINE_ROWS = 300

# Errors of a list that another attempt does not change.
LIST_REFUSALS = (BadRequestError, NotFoundError, PermissionDeniedError)


async def ensure_baseline(context: BulkContext, list_changed: ListChanged) -> Baseline:
    """Return the rows from before the call; read them if they were not read yet.

    Raises:
        AutoLeapError: if the server cannot be read.
    """
    async with context.baseline_lock:
        baseline = context.journal.load_baseline()
        if baseline is None:
            baseline = await _read_baseline(context, list_changed)
            await context.journal.record_baseline(baseline)
    return baseline


async def _read_all_rows(context: BulkContext, list_changed: ListChanged) -> Baseline:
    """Read the whole list of the company, to know which records exist.

    Raises:
        ResponseDecodeError: if the list is not complete.
    """
    logger.info("reading all rows of the company, about one request for each 100 rows")
    started_at = context.now()
    listing = await list_changed(None, None)
    if not listing.complete:
        raise ResponseDecodeError(
            "the list of the company is not complete, so it is not known which records exist; use "
            'on_existing="create", or try again'
        )
    logger.info("read %d rows of the company", len(listing.rows))
    digests: dict[str, str] = {}
    for row in listing.rows:
        fingerprint = context.fingerprint_row(row.content)
        if row.id is not None and fingerprint is not None:
            digests[row.id] = fingerprint.digest
    ids = frozenset(row.id for row in listing.rows if row.id is not None)
    return Baseline(ids, -math.inf, started_at, complete=True, digests=digests)


async def _read_baseline(context: BulkContext, list_changed: ListChanged) -> Baseline:
    if context.on_existing != "create":
        return await _read_all_rows(context, list_changed)
    try:
        return await _read_recent_rows(context, list_changed)
    except LIST_REFUSALS as error:
        # A caller that may create and not list still creates; doubtful records are then unknown.
        context.list_forbidden = isinstance(error, PermissionDeniedError)
        logger.warning("the rows from before the call cannot be read: %s", error)
        return Baseline(frozenset(), math.inf, context.now(), complete=False)


async def _read_recent_rows(context: BulkContext, list_changed: ListChanged) -> Baseline:
    start = context.now() - BASELINE_WINDOW
    known = context.operation.server_time() is not None
    since = context.to_server_time(start)
    listing = await list_changed(since, MAX_BASELINE_ROWS)
    if not known and abs(context.to_server_time(start) - since) > timedelta(seconds=CLOCK_MARGIN):
        # The first response has shown that the server's clock differs from this machine's.
        listing = await list_changed(context.to_server_time(start), MAX_BASELINE_ROWS)
    ids = frozenset(row.id for row in listing.rows if row.id is not None)
    return Baseline(ids, start, context.now(), listing.complete)
