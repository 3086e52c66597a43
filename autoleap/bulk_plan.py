"""How a bulk call is described: what is done to the records, and how to go about it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias, TypedDict

from attrs import field, frozen

from .config import whole_number
from .errors import ConfigurationError
from .outcomes import BulkProgress

Json: TypeAlias = dict[str, Any]
LookUp: TypeAlias = Callable[[Mapping[int, Json], datetime], Awaitable[dict[int, str]]]


@frozen(kw_only=True)
class Operation:
    """A bulk operation of the API.

    Attributes:
        schema: Request schema that each record must keep.
        send: Sends one batch of checked records.
        server_time: The time of day at the server.
        id_field: The field of a record that holds its id; None for creates, which have none yet.
        bare: Whether the input holds ids, not records.
        fill: Fields to add where a record lacks them.
        look_up: Reads back the ids of created records, given the earliest moment of sending.
    """

    schema: str
    send: Callable[[list[Json]], Awaitable[object]]
    server_time: Callable[[], datetime]
    id_field: str | None = None
    bare: bool = False
    fill: Mapping[str, str] = field(factory=dict[str, str])
    look_up: LookUp | None = None


class BulkOptions(TypedDict, total=False):
    """How a bulk call goes about its work.

    Attributes:
        batch_size: Records in a request, at least 1; 100 by default.
        concurrency: Batches on their way at a time, at least 1; 4 by default.
        on_progress: Called after every batch with a `BulkProgress`.
    """

    batch_size: int
    concurrency: int
    on_progress: Callable[[BulkProgress], object]


class CreateOptions(BulkOptions, total=False):
    """The same for creates.

    Attributes:
        resolve_ids: Read back the ids of the created records (the API does not return them);
            False by default. It costs about one read for every batch.
    """

    resolve_ids: bool


@frozen(kw_only=True)
class Plan:
    """Bulk options, checked and complete."""

    batch_size: int = 100
    concurrency: int = 4
    on_progress: Callable[[BulkProgress], object] | None = None
    resolve_ids: bool = False

    def __attrs_post_init__(self) -> None:
        whole_number("batch_size", self.batch_size)
        whole_number("concurrency", self.concurrency)
        if self.on_progress is not None and not callable(self.on_progress):
            raise ConfigurationError("on_progress must be callable")
