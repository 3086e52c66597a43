"""Bulk writes: records in, one outcome for each record out, in bounded memory.

A record takes this path:

1. `chunks` reads records from the input, validates them and forms batches (`state`).
2. `writer` runs a few batches at a time, each in a detached task, and yields their outcomes.
3. `delivery` sends a batch and turns the response into outcomes.
4. `policy` decides what to do after an error: send again, halve, look up, or give up.
5. `lookup` finds created records on the server if their result is uncertain or their id is missing.
6. `matching` compares the contents of records and rows.
7. `journal` stores every record before it is sent, and its result afterwards.

`policy` and `matching` are pure functions. `results` defines what the caller gets.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from functools import partial
from typing import Any, cast

import anyio.lowlevel

from .._instrumentation import RequestCounter
from .._tasks import DetachedTask, cancel_and_wait, spawn_detached, wait_first
from .chunks import InputChunk, InputReader, Records
from .delivery import process_batches
from .journal import Journal
from .lookup import resolve_ids
from .matching import Digest
from .options import BulkOperation, BulkOptions, CreateOptions, ResolvedOptions
from .results import BulkProgress, BulkReport, Outcome, Status
from .state import BulkContext

# Ids are read for many batches at a time, because one listing serves all of them. The number of
# batches doubles after each read, because a fast import would otherwise list the same rows often.
MIN_ID_LOOKUP_BATCHES, MAX_ID_LOOKUP_BATCHES = 10, 40


class BulkWriter:
    """One bulk call.

    Args:
        operation: The operation of the API.
        records: An iterable or async iterable of models, dicts or ids. It is read while the call
            runs.
        options: Options of the caller.

    Raises:
        ConfigurationError: if `records` is not iterable or an option has a wrong type or value.
    """

    def __init__(
        self, operation: BulkOperation, records: Records, options: BulkOptions | CreateOptions
    ) -> None:
        self._operation = operation
        self._options = ResolvedOptions(**cast("dict[str, Any]", options))
        self._input = InputReader(records)
        # The conflict keys of the batches that each task processes.
        self._running: dict[DetachedTask[list[Outcome]], set[Digest]] = {}
        self._awaiting_ids: list[Outcome] = []
        self._id_lookup_batches = MIN_ID_LOOKUP_BATCHES
        self._counts: Counter[Status] = Counter()
        self._batches_finished = 0
        self._counter = RequestCounter()
        self._started_at = time.monotonic()

    async def report(self) -> BulkReport:
        """Run the call to its end and return the report."""
        ids: dict[int, str] = {}
        not_done: list[Outcome] = []
        async with aclosing(self.outcomes()) as outcomes:
            async for outcome in outcomes:
                if outcome.id is not None:
                    ids[outcome.index] = outcome.id
                if outcome.status != "done":
                    not_done.append(outcome)
        not_done.sort(key=lambda outcome: outcome.index)
        return BulkReport(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            failures=[outcome for outcome in not_done if outcome.status == "failed"],
            unknowns=[outcome for outcome in not_done if outcome.status == "unknown"],
            ids=dict(sorted(ids.items())),
            batches=self._batches_finished,
            requests=self._counter.requests,
            elapsed=time.monotonic() - self._started_at,
        )

    async def outcomes(self) -> AsyncGenerator[Outcome, None]:
        """Run the call and yield an outcome for each record, as soon as its batch is finished.

        Raises:
            ConfigurationError: if the journal cannot be used for this call.
        """
        identity = {**self._operation.journal_identity, "operation": self._operation.schema}
        journal = Journal(self._options.journal, identity)
        context = BulkContext(self._operation, journal, self._counter, self._options.batch_size)
        try:
            async with aclosing(self._process_input(context)) as finished_lists:
                async for finished in finished_lists:
                    for outcome in finished:
                        yield outcome
        finally:
            try:
                await cancel_and_wait(list(self._running))
                await self._input.close()
            finally:
                journal.close()

    async def _process_input(self, context: BulkContext) -> AsyncGenerator[list[Outcome], None]:
        """Start a task for each chunk of the input, and yield the outcomes of finished tasks."""
        last = False
        while not last:
            # Reading many invalid records in a row must not block the event loop.
            await anyio.lowlevel.checkpoint()
            chunk = await self._input.read_chunk(context)
            last = chunk.last
            yield self._release(chunk.finished)
            while chunk.batches and self._must_wait(chunk):
                yield await self._wait_for_task(context)
            if chunk.batches:
                task = spawn_detached(partial(process_batches, context, chunk.batches))
                self._running[task] = self._list_conflict_keys(chunk)
        while self._running:
            yield await self._wait_for_task(context)
        yield await self._resolve_ids(context)

    def _must_wait(self, chunk: InputChunk) -> bool:
        """Check whether a chunk has to wait for the end of a running task.

        Equal creates never run at the same time. If both responses were lost, a row on the server
        could belong to either record. Two updates of one row do not run at the same time either,
        because the later update must be the last.
        """
        if len(self._running) >= self._options.concurrency:
            return True
        keys = self._list_conflict_keys(chunk)
        return any(keys & running_keys for running_keys in self._running.values())

    def _list_conflict_keys(self, chunk: InputChunk) -> set[Digest]:
        """Return what no two running tasks may share: digests of creates, or keys of rows."""
        fingerprints = [record.fingerprint for batch in chunk.batches for record in batch.records]
        creates = self._operation.creates
        return {item.digest if creates else item.key for item in fingerprints}

    async def _wait_for_task(self, context: BulkContext) -> list[Outcome]:
        """Wait for the end of a task and return the outcomes that can be reported."""
        task = await wait_first(list(self._running))
        del self._running[task]
        self._batches_finished = context.batches_finished
        finished = self._release(task.result())
        if len(self._awaiting_ids) >= self._id_lookup_batches * self._options.batch_size:
            self._id_lookup_batches = min(2 * self._id_lookup_batches, MAX_ID_LOOKUP_BATCHES)
            finished += await self._resolve_ids(context)
        return finished

    async def _resolve_ids(self, context: BulkContext) -> list[Outcome]:
        """Read the missing ids, and return the outcomes that were held back for them."""
        held_back, self._awaiting_ids = self._awaiting_ids, []
        return self._count(await resolve_ids(context, held_back)) if held_back else []

    def _release(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Hold back outcomes whose ids are not known yet, and return the others."""
        if not (self._options.resolve_ids and self._operation.creates):
            return self._count(outcomes)
        complete: list[Outcome] = []
        for outcome in outcomes:
            incomplete = outcome.status == "done" and outcome.id is None
            (self._awaiting_ids if incomplete else complete).append(outcome)
        return self._count(complete)

    def _count(self, outcomes: list[Outcome]) -> list[Outcome]:
        """Count outcomes, report the progress, and return the outcomes."""
        if outcomes:
            self._counts.update(outcome.status for outcome in outcomes)
            if self._options.on_progress is not None:
                self._options.on_progress(self._make_progress())
        return outcomes

    def _make_progress(self) -> BulkProgress:
        return BulkProgress(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            batches=self._batches_finished,
            requests=self._counter.requests,
            waited=self._counter.waited,
            elapsed=time.monotonic() - self._started_at,
            total=self._input.total,
        )
