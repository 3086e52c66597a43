"""The rows of a journal, and how they are encoded."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from attrs import field, frozen

from .. import errors
from ..errors import APIError, AutoLeapError
from .evidence import Acknowledged
from .matching import Digest, Fingerprint
from .results import Status

Audit: TypeAlias = Literal["none", "due", "doubled"]

# The columns of a journal row, in the order of `make_row`.
COLUMNS = (
    "row_index, digest, key, fields, content, audit, status, id, error, first_sent_at, "
    "doubtful_since, sent_at, completed_at"
)


@frozen
class JournalRow:
    """State of one record in the journal.

    Attributes:
        index: Index of the record in the input.
        fingerprint: Fingerprint of the record that was sent.
        content: Hash of the whole record.
        audit: "due" if it was sent again and must be checked, "doubled" if it is stored twice.
        status: Status of the record; None if it was sent and its result is not known.
        id: Id of the row at AutoLeap, if known.
        error: The error, if the record is not done.
        first_sent_at: Time of the first request, in seconds of the call's clock.
        doubtful_since: Time of the first request that is not proven absent.
        sent_at: Time of the last request.
        completed_at: Time of its result; None if it is not known.
    """

    index: int
    fingerprint: Fingerprint
    content: Digest
    audit: Audit
    status: Status | None
    id: str | None
    error: AutoLeapError | None
    first_sent_at: float
    doubtful_since: float
    sent_at: float
    completed_at: float | None

    def to_acknowledged(self) -> Acknowledged:
        """Return the record as one that is stored; its status is "done"."""
        return Acknowledged(
            index=self.index,
            fingerprint=self.fingerprint,
            first_sent_at=self.doubtful_since,
            sent_at=self.sent_at,
            acknowledged_at=self.sent_at if self.completed_at is None else self.completed_at,
            id=self.id,
        )

    @property
    def is_final(self) -> bool:
        """Whether a later run reports the result again, without another request.

        A record that is stored more than once stays unknown, which no request changes.
        """
        return self.status in {"done", "failed"} or self.audit == "doubled"


@frozen
class Baseline:
    """Rows that were on the server before the call.

    Attributes:
        ids: Their ids.
        window_start: They were changed since this time, in seconds of the call's clock.
        started_at: When the call began to send, in seconds of the call's clock.
        complete: Whether all rows of the window were read.
        digests: Digests of what identifies the rows, by id; none without `identify_by`.
    """

    ids: frozenset[str]
    window_start: float
    started_at: float
    complete: bool
    digests: Mapping[str, Digest] = field(factory=dict[str, Digest])


def make_row(columns: tuple[Any, ...]) -> JournalRow:
    """Return the row whose columns were read from the journal."""
    index, digest, key, fields, content, audit, status, id_, error, *times = columns
    first_sent_at, doubtful_since, sent_at, completed_at = times
    return JournalRow(
        index=index,
        fingerprint=Fingerprint(digest, key, json.loads(fields)),
        content=content,
        audit=audit,
        status=status,
        id=id_,
        error=_decode_error(error),
        first_sent_at=first_sent_at,
        doubtful_since=sent_at if doubtful_since is None else doubtful_since,
        sent_at=sent_at,
        completed_at=completed_at,
    )


def encode_error(error: AutoLeapError | None) -> str | None:
    """Return the class name and the message of an error in one text."""
    return None if error is None else f"{type(error).__name__}\n{error}"


def _decode_error(text: str | None) -> AutoLeapError | None:
    """Return the error that `encode_error` encoded; a class that is unknown becomes APIError."""
    if text is None:
        return None
    name, _, message = text.partition("\n")
    kind: type[AutoLeapError] = getattr(errors, name, APIError)
    return kind(message)
