"""Runs the batches of a bulk call in background tasks, a few at a time.

The tasks go on while the caller handles an outcome. So a call never waits for the caller, and a
call that the caller makes meanwhile can get the claims that this one releases.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from functools import partial

import anyio
from attrs import define, field

from .._tasks import DetachedTask, cancel_and_wait, spawn_detached
from .delivery import Delivery
from .matching import Digest, Fingerprint
from .results import Outcome
from .settlement import Settlement
from .state import Batch, BulkContext, PreparedRecord

# Doubtful batches in multiples of the concurrency, before no more input is read.
MAX_SET_ASIDE = 4
# Batches that wait for the claims of equal records, before no more input is read.
MAX_WAITING = 2


@define
class BatchRunner:
    """Runs batches, and collects the outcomes of their records.

    Args:
        context: State of the bulk call.
        concurrency: Largest number of batches in flight.
        settle_within: Seconds after which a doubtful record is unknown.
    """

    context: BulkContext
    concurrency: int
    settle_within: float
    _tasks: set[DetachedTask[None]] = field(factory=set[DetachedTask[None]], init=False)
    _sending: int = field(default=0, init=False)
    _waiting: int = field(default=0, init=False)
    _limiter: anyio.CapacityLimiter = field(init=False)
    _claimed: Counter[Digest] = field(factory=Counter[Digest], init=False)
    _keys: Counter[Digest] = field(factory=Counter[Digest], init=False)
    _open: dict[int, Fingerprint] = field(factory=dict[int, Fingerprint], init=False)
    _finished: list[Outcome] = field(factory=list[Outcome], init=False)
    _changed: anyio.Event = field(factory=anyio.Event, init=False)
    _settler: DetachedTask[None] | None = field(default=None, init=False)
    _settlement: Settlement | None = field(default=None, init=False)

    def __attrs_post_init__(self) -> None:
        self._limiter = anyio.CapacityLimiter(self.concurrency)
        list_changed = self.context.operation.list_changed
        if list_changed is not None:
            self._settlement = Settlement(
                self.context,
                list_changed,
                self.settle_within,
                is_idle=lambda: self._sending == 0,
                resend=self._resend,
                report=self._report,
                report_audited=self._report_audited,
            )

    @property
    def has_room(self) -> bool:
        """Whether another batch may be read from the input."""
        set_aside = len(self._settlement.batches) if self._settlement else 0
        return (
            self._sending < self.concurrency
            and self._waiting < MAX_WAITING
            and set_aside < MAX_SET_ASIDE * self.concurrency
        )

    @property
    def is_done(self) -> bool:
        """Whether no batch is running or in doubt."""
        return not self._tasks and (self._settlement is None or self._settlement.is_done)

    def conflicts(self, batch: Batch) -> bool:
        """Return whether a running batch changes the same row as this one."""
        return any(self._keys[record.fingerprint.key] for record in batch.records)

    def is_claimed(self, digest: Digest) -> bool:
        """Return whether an equal record is in flight or in doubt."""
        return self.context.claims.is_claimed(digest)

    def start(self, batch: Batch) -> None:
        """Start a task for a batch of the input."""
        for record in batch.records:
            self._open[record.index] = record.fingerprint
            self._keys[record.fingerprint.key] += 1
        if not self.context.operation.creates or self.context.claims.try_acquire(batch.digests):
            self._count_claims(batch)
            self._spawn(partial(self._deliver, batch))
        else:
            self._waiting += 1
            self._spawn(partial(self._claim_and_deliver, batch))

    def take_finished(self) -> list[Outcome]:
        """Return the outcomes that were collected since the last call.

        Raises:
            Exception: the error of a task, if one has failed.
        """
        for task in [task for task in self._tasks if task.done]:
            self._tasks.discard(task)
            task.result()
        if self._settler is not None and self._settler.done:
            self._settler.result()
        finished, self._finished = self._finished, []
        return finished

    async def wait(self) -> None:
        """Wait until an outcome is finished, or until there may be room."""
        self._changed = anyio.Event()
        if not self._finished and not any(task.done for task in self._tasks):
            await self._changed.wait()

    def hold_for_audit(self, record: PreparedRecord, sent_at: float) -> None:
        """Hold back a stored record that an earlier run has sent twice."""
        if self._settlement is not None:
            self._settlement.hold_for_audit(record, sent_at)

    async def audit(self) -> None:
        """Check the records that were sent again, after all others are finished."""
        if self._settlement is not None:
            await self._settlement.audit()

    async def aclose(self) -> None:
        """Cancel all tasks, and release the claims."""
        if self._settler is not None:
            # First, because it starts tasks.
            await cancel_and_wait([self._settler])
        await cancel_and_wait(list(self._tasks))
        self.context.claims.release(self._claimed.keys())
        self._claimed.clear()

    def _spawn(self, work: Callable[[], Awaitable[None]]) -> None:
        task = spawn_detached(work)
        self._tasks.add(task)
        task.add_done_callback(self._notify)

    def _notify(self) -> None:
        self._changed.set()
        if self._settlement is not None:
            self._settlement.wake()

    def _count_claims(self, batch: Batch) -> None:
        if self.context.operation.creates:
            self._claimed.update(record.fingerprint.digest for record in batch.records)

    async def _claim_and_deliver(self, batch: Batch) -> None:
        try:
            await self.context.claims.acquire(batch.digests)
        finally:
            self._waiting -= 1
        self._count_claims(batch)
        await self._deliver(batch)

    def _resend(self, batch: Batch) -> None:
        self._spawn(partial(self._deliver, batch))

    async def _deliver(self, batch: Batch) -> None:
        """Send a batch, or set it aside if an earlier run has sent it."""
        if batch.sent_at is not None:
            await self._set_aside(batch)
            return
        self._sending += 1
        try:
            async with self._limiter:
                delivery = Delivery(self.context, [batch])
                await delivery.run()
        finally:
            self._sending -= 1
        self._report(delivery.outcomes)
        for doubtful in delivery.doubtful:
            await self._set_aside(doubtful)

    async def _set_aside(self, batch: Batch) -> None:
        if self._settlement is None:
            raise RuntimeError("only creates can be in doubt")
        if self._settler is None:
            self._settler = spawn_detached(self._settlement.run)
            self._settler.add_done_callback(self._notify)
        await self._settlement.add(batch)

    def _report(self, outcomes: Sequence[Outcome]) -> None:
        """Take outcomes, and hold back those that the audit must check."""
        for outcome in outcomes:
            self._release(outcome.index)
        if self._settlement is not None:
            outcomes = self._settlement.hold_back(outcomes)
        self._report_audited(outcomes)

    def _report_audited(self, outcomes: Sequence[Outcome]) -> None:
        for outcome in outcomes:
            self._release(outcome.index)
        self._finished += outcomes
        self._notify()

    def _release(self, index: int) -> None:
        """Release the claim and the key of a record that needs no more requests."""
        fingerprint = self._open.pop(index, None)
        if fingerprint is None:
            return
        self._keys[fingerprint.key] -= 1
        if not self._keys[fingerprint.key]:
            del self._keys[fingerprint.key]
        if fingerprint.digest in self._claimed:
            self._claimed[fingerprint.digest] -= 1
            if not self._claimed[fingerprint.digest]:
                del self._claimed[fingerprint.digest]
                self.context.claims.release([fingerprint.digest])
