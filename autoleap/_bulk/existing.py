"""Records that the company has already, by what identifies them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

from .._instrumentation import count_requests
from .._ratelimit.priority import run_low_priority
from ..errors import RecordError
from .baseline import ensure_baseline
from .options import ListChanged
from .results import Outcome
from .state import Batch, BulkContext, PreparedRecord


async def find_existing(
    context: BulkContext, list_changed: ListChanged, batch: Batch
) -> dict[int, list[str]]:
    """Return the ids of the rows that the company had before the call, by index.

    Raises:
        AutoLeapError: if the rows of the company cannot be read.
    """
    read = partial(ensure_baseline, context, list_changed)
    await run_low_priority(partial(count_requests, context.counter, read))
    ids = context.journal.find_existing(batch.digests)
    digests = {record.index: record.fingerprint.digest for record in batch.records}
    return {index: ids[digest] for index, digest in digests.items() if digest in ids}


def skip(batch: Batch, existing: Mapping[int, Sequence[str]]) -> list[Outcome]:
    """Return the outcomes of skipped records; the id of several rows is not known."""
    records = batch.records_by_index
    return [
        records[index].make_outcome("existing", ids[0] if len(ids) == 1 else None)
        for index, ids in existing.items()
    ]


def refuse_update(record: PreparedRecord, names: Sequence[str], ids: Sequence[str]) -> Outcome:
    """Return the outcome of a record that identifies several rows, so that none is updated."""
    reason = f"is that of rows {', '.join(ids)} of the company; archive all but one of them"
    error = RecordError.for_field(", ".join(names), reason, record.index)
    return record.make_outcome("failed", error=error)
