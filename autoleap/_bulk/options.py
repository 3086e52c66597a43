"""Description of a bulk call: the operation and the options of the caller."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, TypeAlias, TypedDict

from attrs import field, frozen

from .._config import check_callback, check_int
from ..errors import ConfigurationError
from .results import BulkProgress

Json: TypeAlias = dict[str, Any]

# Lists the rows that were created since a time: by id, in the API's JSON, oldest first.
FindCreated: TypeAlias = Callable[[datetime], Awaitable[dict[str, Json]]]


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
        find_created: Lists the rows created since a time; None if the operation creates no rows.
        fingerprint_key: Names of the fields that identify a record.
    """

    schema: str
    send: Callable[[list[Json]], Awaitable[object]]
    server_time: Callable[[], datetime | None]
    journal_identity: Mapping[str, str]
    id_field: str | None = None
    ids_only: bool = False
    defaults: Mapping[str, str] = field(factory=dict[str, str])
    find_created: FindCreated | None = None
    fingerprint_key: Sequence[str] = ()

    @property
    def creates(self) -> bool:
        """Whether the operation creates rows, so that sending a record twice can store it twice."""
        return self.find_created is not None

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
    """

    resolve_ids: bool


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

    def __attrs_post_init__(self) -> None:
        check_int("batch_size", self.batch_size)
        check_int("concurrency", self.concurrency)
        check_callback("on_progress", self.on_progress)
        _check_journal(self.journal)


def _check_journal(journal: object) -> None:
    if journal is not None and not isinstance(journal, str | PathLike):
        raise ConfigurationError("journal must be the path of a file")
