"""How a bulk call is described: what is done to the records, and how to go about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from os import PathLike
from typing import Any, TypeAlias, TypedDict

from attrs import field, frozen

from .._config import check_int
from ..errors import ConfigurationError
from .results import BulkProgress

Json: TypeAlias = dict[str, Any]


# Lists the rows that were created since a moment, oldest first, each in the API's JSON by its id.
FindCreated: TypeAlias = Callable[[datetime], Awaitable[dict[str, Json]]]


@frozen(kw_only=True)
class BulkOperation:
    """A bulk operation of the API.

    Attributes:
        schema: Request schema that each record must keep.
        send: Sends one batch of checked records.
        server_time: The time of day at the server; None before an answer of it has told.
        about: Whose records these are, by which a journal knows the call.
        id_field: The field of a record that holds its id; None for creates, which have none yet.
        bare: Whether the input holds ids, not records.
        fill: Fields to add where a record lacks them.
        look_up: Lists what was created since a moment; creates need it.
        key: The fields by which people would know a record.
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


class BulkOptions(TypedDict, total=False):
    """How a bulk call goes about its work.

    Attributes:
        batch_size: Records in a request, at least 1; 100 by default.
        concurrency: Batches on their way at a time, at least 1; 4 by default.
        on_progress: Called after every batch with a `BulkProgress`.
        journal: A file that makes the call resumable: after a crash, or a cancellation, the same
            call with the same journal goes on where it was, and sends nothing twice.
    """

    batch_size: int
    concurrency: int
    on_progress: Callable[[BulkProgress], object]
    journal: str | PathLike[str]


class CreateOptions(BulkOptions, total=False):
    """The same for creates.

    Attributes:
        resolve_ids: Read back the ids of the created records (the API does not return them);
            False by default. It costs about one read for every batch.
    """

    resolve_ids: bool


@frozen(kw_only=True)
class ResolvedOptions:
    """Bulk options, checked and complete."""

    batch_size: int = 100
    concurrency: int = 4
    on_progress: Callable[[BulkProgress], object] | None = None
    journal: str | PathLike[str] | None = None
    resolve_ids: bool = False

    def __attrs_post_init__(self) -> None:
        check_int("batch_size", self.batch_size)
        check_int("concurrency", self.concurrency)
        if self.on_progress is not None and not callable(self.on_progress):
            raise ConfigurationError("on_progress must be callable")
        _check_path(self.journal)


def _check_path(journal: object) -> None:
    if journal is not None and not isinstance(journal, str | PathLike):
        raise ConfigurationError("journal must be the path of a file")
