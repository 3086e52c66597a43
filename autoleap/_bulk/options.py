"""Description of a bulk call: the operation and the options of the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Literal, TypeAlias, TypedDict, cast

from attrs import field, frozen

from .._config import check_callback, check_int, check_seconds
from .._validation import Json
from ..errors import ConfigurationError
from .claims import Claims
from .results import BulkProgress


@frozen
class ListedRow:
    """A row of a listing.

    Attributes:
        id: Its id; None if the server sent none.
        created_at: When it was created, as the server says; None if it does not say.
        content: The row in the API's JSON.
    """

    id: str | None
    created_at: datetime | None
    content: Json


@frozen
class Listing:
    """Rows that were changed since a time, oldest first.

    Attributes:
        rows: The rows.
        complete: Whether the list was read to its end and no row is missing, as far as totals show.
        cut: Whether the reading stopped at the largest number of rows.
    """

    rows: Sequence[ListedRow]
    complete: bool
    cut: bool = False

    @property
    def ids(self) -> list[str | None]:
        """The ids of the rows."""
        return [row.id for row in self.rows]


OnExisting: TypeAlias = Literal["create", "skip", "update"]

# Lists the rows that were changed since a time of the server's clock; None for all rows. The second
# argument is the largest number of rows to read; None for all.
ListChanged: TypeAlias = Callable[[datetime | None, int | None], Awaitable[Listing]]


@frozen(kw_only=True)
class BulkOperation:
    """A bulk operation of the API.

    Attributes:
        schema: Name of the request schema of a record.
        send: Sends the validated records of one batch.
        server_time: Returns the time of the server; None before its first response.
        journal_identity: Names and values that identify the company and server in a journal.
        id_field: Field that holds the id of a record; None for a create.
        ids_only: Whether the input holds ids instead of records.
        defaults: Values of fields that a record does not have.
        list_changed: Lists the rows changed since a time; None if the operation creates no rows.
        fingerprint_key: Names of the fields that identify a record.
        claims: Claims of all calls of this operation by one client.
        update: The operation that updates rows of a create; None if there is none.
    """

    schema: str
    send: Callable[[list[Json]], Awaitable[object]]
    server_time: Callable[[], datetime | None]
    journal_identity: Mapping[str, str]
    id_field: str | None = None
    ids_only: bool = False
    defaults: Mapping[str, str] = field(factory=dict[str, str])
    list_changed: ListChanged | None = None
    fingerprint_key: Sequence[str] = ()
    claims: Claims = field(factory=Claims)
    update: BulkOperation | None = None

    @property
    def creates(self) -> bool:
        """Whether the operation creates rows, so that sending a record twice can store it twice."""
        return self.list_changed is not None

    @property
    def key_fields(self) -> Sequence[str]:
        """Names of the fields that identify a record: its id, or the fields of a create."""
        return [self.id_field] if self.id_field else self.fingerprint_key


class BulkOptions(TypedDict, total=False):
    """Options of a bulk call.

    Attributes:
        batch_size: Largest number of records in a request, at least 1; 100 by default.
        concurrency: Largest number of batches in flight, at least 1; 4 by default.
        on_progress: Function that is called with a `BulkProgress` after every batch.
        journal: Path of a file that makes the call resumable. After a crash or a cancellation,
            repeat the call with the same input and the same journal: it sends only records that
            are not done.
    """

    batch_size: int
    concurrency: int
    on_progress: Callable[[BulkProgress], object]
    journal: str | PathLike[str]


class CreateOptions(BulkOptions, total=False):
    """Options of a bulk create.

    Attributes:
        resolve_ids: Whether to read the ids of the created rows, because the API does not return
            them; False by default. It costs about one read per batch.
        settle_within: Seconds to look for a record whose result is not known, after the server
            has had time to finish its request; 30 by default. A record that is neither found nor
            proven absent by then is "unknown". With 0 such records are "unknown" at once.
        identify_by: Fields that identify a record, such as `["vin"]`; a path such as
            `phones.number` names a nested field. Records and rows are compared by letters and
            digits of these fields only. Two records of the input must not share them.
        on_existing: What to do with a record that the company has already, by `identify_by`:
            "create" it again (the default), "skip" it, or "update" its row. The call reads the
            whole list of the company once to know what exists.
    """

    resolve_ids: bool
    settle_within: float
    identify_by: Sequence[str]
    on_existing: OnExisting


@frozen(kw_only=True)
class ResolvedOptions:
    """Validated options of a bulk call, with defaults.

    Raises:
        ConfigurationError: if an option has a wrong type or value.
    """

    batch_size: int = 100
    concurrency: int = 4
    on_progress: Callable[[BulkProgress], object] | None = None
    journal: str | PathLike[str] | None = None
    resolve_ids: bool = False
    settle_within: float = 30.0
    identify_by: Sequence[str] = ()
    on_existing: OnExisting = "create"

    def __attrs_post_init__(self) -> None:
        check_int("batch_size", self.batch_size)
        check_int("concurrency", self.concurrency)
        check_callback("on_progress", self.on_progress)
        _check_journal(self.journal)
        if self.settle_within != 0:
            check_seconds("settle_within", self.settle_within)
        _check_identity(self.identify_by, self.on_existing)


def _check_journal(journal: object) -> None:
    if journal is not None and not isinstance(journal, str | PathLike):
        raise ConfigurationError("journal must be the path of a file")


def _check_identity(identify_by: object, on_existing: object) -> None:
    if isinstance(identify_by, str) or not isinstance(identify_by, Sequence):
        raise ConfigurationError('identify_by must be a list of field names, such as ["vin"]')
    if not all(isinstance(name, str) and name for name in cast("Sequence[object]", identify_by)):
        raise ConfigurationError("identify_by must hold names of fields, each a str")
    if on_existing not in {"create", "skip", "update"}:
        raise ConfigurationError(
            f'on_existing must be "create", "skip" or "update", not {on_existing!r}'
        )
    if on_existing != "create" and not identify_by:
        raise ConfigurationError(
            f'on_existing="{on_existing}" needs identify_by, the fields that identify a record'
        )
