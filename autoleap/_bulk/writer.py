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

import inspect
import time
from collections import Counter
from collections.abc import AsyncGenerator, Callable, Mapping
from contextlib import aclosing
from typing import Any, cast

import anyio.lowlevel

from .._instrumentation import RequestCounter, logger
from .._loop_affinity import check_event_loop
from ..errors import AutoLeapError, ConfigurationError
from .chunks import InputChunk, InputReader, Records
from .existing import find_existing, refuse_update, skip
from .journal import Journal
from .lookup import resolve_ids
from .matching import check_identity_fields
from .options import BulkOperation, BulkOptions, CreateOptions, ResolvedOptions
from .results import BulkProgress, BulkReport, Outcome, Status
from .runner import BatchRunner
from .state import Batch, BulkContext, PreparedRecord

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
        check_identity_fields(operation.schema, self._options.identify_by)
        self._input = InputReader(records)
        self._deferred: list[PreparedRecord] = []
        self._awaiting_ids: list[Outcome] = []
        self._id_lookup_batches = MIN_ID_LOOKUP_BATCHES
        self._counts: Counter[Status] = Counter()
        self._batches_finished = 0
        self._counter = RequestCounter()
        self._started_at = time.monotonic()

    @property
    def requests(self) -> int:
        """Number of HTTP requests so far."""
        return self._counter.requests

    async def report(self) -> BulkReport:
        """Run the call to its end and return the report."""
        ids: dict[int, str] = {}
        not_done: list[Outcome] = []
        async with aclosing(self.outcomes()) as outcomes:
            async for outcome in outcomes:
                if outcome.id is not None:
                    ids[outcome.index] = outcome.id
                if outcome.status in {"failed", "unknown"}:
                    not_done.append(outcome)
        not_done.sort(key=lambda outcome: outcome.index)
        return BulkReport(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            existing=self._counts["existing"],
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
            ConfigurationError: if the journal cannot be used for this call, or no event loop runs.
        """
        check_event_loop()
        identity = {**self._operation.journal_identity, "operation": self._operation.schema}
        journal = Journal(self._options.journal, identity)
        context = BulkContext(
            self._operation,
            journal,
            self._operation.claims,
            self._counter,
            self._options.batch_size,
            self._options.identify_by,
            self._options.on_existing,
        )
        runner = BatchRunner(context, self._options.concurrency, self._options.settle_within)
        try:
            async with aclosing(self._process_input(context, runner)) as finished_lists:
                async for finished in finished_lists:
                    for outcome in finished:
                        yield outcome
        finally:
            try:
                await runner.aclose()
                context.claims.close_call()
                await self._input.close()
            finally:
                journal.close()

    async def _process_input(
        self, context: BulkContext, runner: BatchRunner
    ) -> AsyncGenerator[list[Outcome], None]:
        """Start a task for each batch of the input, and yield the outcomes of finished records."""
        last = False
        while not (last and not self._deferred and runner.is_done):
            # Reading many invalid records in a row must not block the event loop.
            await anyio.lowlevel.checkpoint()
            yield await self._collect(context, runner)
            if last and not self._deferred:
                if not runner.is_done:
                    await runner.wait()
            elif not runner.has_room:
                await runner.wait()
            elif last:
                self._start_deferred(runner)
            else:
                chunk = await self._input.read_chunk(context)
                last = chunk.last
                yield self._release(chunk.finished)
                for record, sent_at in chunk.unaudited:
                    runner.hold_for_audit(record, sent_at)
                async with aclosing(self._start_batches(context, runner, chunk)) as lists:
                    async for finished in lists:
                        yield finished
        await runner.audit()
        yield await self._collect(context, runner)
        yield await self._resolve_ids(context)

    async def _start_batches(
        self, context: BulkContext, runner: BatchRunner, chunk: InputChunk
    ) -> AsyncGenerator[list[Outcome], None]:
        """Start the batches of a chunk; two changes of one row never run at the same time."""
        for batch in chunk.batches:
            if self._operation.creates:
                if context.on_existing != "create" and batch.sent_at is None:
                    try:
                        outcomes = await self._handle_existing(context, batch)
                    except AutoLeapError as error:
                        # Without the list it is not known what exists, so nothing is sent.
                        yield self._release(batch.make_outcomes("failed", error))
                        continue
                    yield self._release(outcomes)
                    finished = {outcome.index for outcome in outcomes}
                    batch = batch.select(batch.records_by_index.keys() - finished)  # noqa: PLW2901
                self._start_create(runner, batch, context.batch_size)
                continue
            # The later change of a row must be the last one, so it waits for the earlier one.
            while runner.conflicts(batch):
                yield await self._collect(context, runner)
                if runner.conflicts(batch):
                    await runner.wait()
            runner.start(batch)

    async def _handle_existing(self, context: BulkContext, batch: Batch) -> list[Outcome]:
        """Return the outcomes of the records that the company has already.

        Raises:
            AutoLeapError: if the rows of the company cannot be read.
        """
        if self._operation.list_changed is None:
            return []
        existing = await find_existing(context, self._operation.list_changed, batch)
        if self._options.on_existing == "skip":
            return skip(batch, existing)
        records, names = batch.records_by_index, self._options.identify_by
        unique = {index: ids[0] for index, ids in existing.items() if len(ids) == 1}
        refused = [
            refuse_update(records[index], names, ids)
            for index, ids in existing.items()
            if index not in unique
        ]
        return [*refused, *await self._update_existing(records, unique)]

    async def _update_existing(
        self, records: Mapping[int, PreparedRecord], existing: Mapping[int, str]
    ) -> list[Outcome]:
        update = self._operation.update
        if update is None or update.id_field is None:
            raise ConfigurationError(
                'on_existing="update" cannot be used: this resource has no update; use "skip"'
            )
        indexes = list(existing)
        payloads = [{**records[i].payload, update.id_field: existing[i]} for i in indexes]
        writer = BulkWriter(update, payloads, {"batch_size": self._options.batch_size})
        async with aclosing(writer.outcomes()) as outcomes:
            updated = [outcome async for outcome in outcomes]
        self._counter.requests += writer.requests
        return [
            records[indexes[outcome.index]].make_outcome(
                outcome.status, existing[indexes[outcome.index]], outcome.error
            )
            for outcome in updated
        ]

    def _start_create(self, runner: BatchRunner, batch: Batch, batch_size: int) -> None:
        """Start a batch without the records that equal one in flight; they share a later batch."""
        if batch.sent_at is not None:
            runner.start(batch)
            return
        free = [item for item in batch.records if not runner.is_claimed(item.fingerprint.digest)]
        indexes = {item.index for item in free}
        self._deferred += [item for item in batch.records if item.index not in indexes]
        if free:
            runner.start(batch.select(indexes))
        if len(self._deferred) >= batch_size:
            self._start_deferred(runner)

    def _start_deferred(self, runner: BatchRunner) -> None:
        deferred, self._deferred = self._deferred, []
        runner.start(Batch(deferred))

    async def _collect(self, context: BulkContext, runner: BatchRunner) -> list[Outcome]:
        """Return the outcomes that can be reported now."""
        self._batches_finished = context.batches_finished
        finished = self._release(runner.take_finished())
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
                self._call_hook(self._options.on_progress)
        return outcomes

    def _call_hook(self, on_progress: Callable[[BulkProgress], object]) -> None:
        returned = on_progress(self._make_progress())
        if inspect.iscoroutine(returned):
            returned.close()
            logger.error("on_progress is async, so the progress is lost: nothing awaits it")

    def _make_progress(self) -> BulkProgress:
        return BulkProgress(
            done=self._counts["done"],
            failed=self._counts["failed"],
            unknown=self._counts["unknown"],
            existing=self._counts["existing"],
            batches=self._batches_finished,
            requests=self._counter.requests,
            waited=self._counter.waited,
            elapsed=time.monotonic() - self._started_at,
            total=self._input.total,
        )
