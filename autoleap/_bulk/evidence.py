"""The evidence of one listing, what earlier listings have shown, and what follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from attrs import field, frozen

from .matching import Fingerprint


@frozen
class Doubt:
    """A record whose request did not end with a success.

    Attributes:
        index: Index of the record in the input.
        fingerprint: Its fingerprint.
        sent_at: When its first request was sent that is not proven absent, in seconds.
        edge: When the server had finished the request at the latest, in seconds.
        was_missed: Whether an earlier listing did not show it.
    """

    index: int
    fingerprint: Fingerprint
    sent_at: float
    edge: float
    was_missed: bool = False


@frozen
class Acknowledged:
    """A record that is stored, because the server said so or its row was found.

    Attributes:
        index: Index of the record in the input.
        fingerprint: Its fingerprint.
        first_sent_at: When its first request was sent that is not proven absent, in seconds.
        sent_at: When its last request was sent.
        acknowledged_at: When the response arrived, in seconds.
        id: Id of its row, if known.
    """

    index: int
    fingerprint: Fingerprint
    first_sent_at: float
    sent_at: float
    acknowledged_at: float
    id: str | None

    @property
    def was_sent_again(self) -> bool:
        """Whether a visible row may be that of an earlier request."""
        return self.first_sent_at < self.sent_at


@frozen
class NewRow:
    """A row of the listing that is not known to be older than the call.

    Attributes:
        id: Its id.
        fingerprint: Its fingerprint.
        may_be_old: Whether it can be older than the call.
        created_after: Time before which it was not created, in seconds of the call's clock, as far
            as dates of known rows show; None if dates tell nothing.
    """

    id: str
    fingerprint: Fingerprint
    may_be_old: bool = False
    created_after: float | None = None

    def is_created_after(self, at: float) -> bool:
        """Return whether the row is known to have been created after a time."""
        return self.created_after is not None and self.created_after > at


@frozen(kw_only=True)
class Evidence:
    """What is known at the end of a listing.

    Attributes:
        doubts: The doubtful records.
        acknowledged: Records that can own a row of the listing.
        in_flight: Fingerprints of records that are being sent now. Their rows may be there already.
        unknown: Fingerprints of records that are reported as unknown. They may have a row.
        rows: Rows of the listing, oldest first.
        complete: Whether the listing is complete.
        window_start: Time from which on sent records should be in the window, in seconds.
        reach: Time from which on sent records are in the window, as far as dates of rows show, in
            seconds.
        begun_at: When the listing began, in seconds.
        now: When it ended, in seconds.
        idle: Whether the call sends nothing now, so that no later witness will come.
        settle_within: Seconds after the edge until a record is unknown.
    """

    doubts: Sequence[Doubt]
    acknowledged: Sequence[Acknowledged]
    in_flight: Sequence[Fingerprint]
    unknown: Sequence[Fingerprint] = ()
    rows: Sequence[NewRow]
    complete: bool
    window_start: float
    reach: float
    begun_at: float
    now: float
    idle: bool
    settle_within: float


@frozen(kw_only=True)
class Memory:
    """What earlier listings have shown.

    Attributes:
        seen: Indexes of witnesses that a listing has shown.
        lag: Longest time in seconds from sending to visibility that was measured.
        rewritten: Fields that the server rewrites; they are not compared.
        canaries: Number of canaries in sequence that settled no record.
        canary: Index of the last canary; None if there was none.
        delays: Seconds from the first request to the first visible row of each witness that was
            sent again, by index. Its row may be that of the first request.
    """

    seen: frozenset[int] = frozenset()
    lag: float = 0.0
    rewritten: frozenset[str] = frozenset()
    canaries: int = 0
    canary: int | None = None
    delays: Mapping[int, float] = field(factory=dict[int, float])


@frozen(kw_only=True)
class Decision:
    """What follows from one listing.

    Attributes:
        found: Ids of the rows of stored records, by index; None if only their number is known.
        absent: Indexes of records that are proven absent.
        unknown: Reasons why records stay in doubt for good, by index.
        canary: Index of a record to send alone; None for none.
        next_look: Time of the next listing, in seconds; None if no record is in doubt.
        widen: Whether the window must begin earlier, because it shows no witness.
        memory: What the next decision needs.
    """

    found: Mapping[int, str | None] = field(factory=dict[int, str | None])
    absent: Sequence[int] = ()
    unknown: Mapping[int, str] = field(factory=dict[int, str])
    canary: int | None = None
    next_look: float | None = None
    widen: bool = False
    memory: Memory = field(factory=Memory)


def list_witnesses(evidence: Evidence, rewritten: Collection[str]) -> list[Acknowledged]:
    """Return the acknowledged records whose row must be in a fresh listing.

    The content of a witness is unique in the call: the row of an equal record proves nothing.
    """
    records: list[Acknowledged | Doubt] = [*evidence.acknowledged, *evidence.doubts]
    counts = Counter(record.fingerprint.project(rewritten) for record in records)
    return [
        record
        for record in evidence.acknowledged
        if evidence.window_start <= record.sent_at
        and record.acknowledged_at < evidence.begun_at
        and counts[record.fingerprint.project(rewritten)] == 1
    ]
