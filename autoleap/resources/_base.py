"""What all resources share: their scope, their bulk calls, and reading one thing by its key."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from attrs import field, frozen

from autoleap_api_client.client import Client

from .._bulk.claims import ClaimRegistry
from .._bulk.options import ListChanged, ListedRow, Listing
from .._instrumentation import call_and_parse
from .._paging.pager import Pager
from .._validation import Json
from ..errors import NotFoundError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Record: TypeAlias = T | Mapping[str, object]
Records: TypeAlias = Iterable[Record[T]] | AsyncIterable[Record[T]]
Ids: TypeAlias = Iterable[str] | AsyncIterable[str]


@frozen
class CompanyContext:
    """One company, and perhaps one of its locations, as a client sees it."""

    api: Client
    company_id: str
    location_id: str | None
    server_time: Callable[[], datetime | None]
    server: str = field(repr=False, default="")
    claims: ClaimRegistry = field(repr=False, factory=ClaimRegistry)

    @property
    def journal_identity(self) -> Mapping[str, str]:
        """Whose records are written, by which a journal knows the call again."""
        return {"company": self.company_id, "server": self.server}


class HasCreatedDate(Protocol):
    """What every generated model of a thing that can be created has."""

    @property
    def created_date(self) -> datetime | None:
        """When it was created."""

    def to_dict(self) -> Json:
        """The model in the API's JSON."""
        ...


M = TypeVar("M", bound=HasCreatedDate)


class HasContent(Protocol[T_co]):
    """What every answer to a get by key has."""

    @property
    def content(self) -> Sequence[T_co] | None: ...


async def fetch_by_key(
    path: str, call: Callable[[], Awaitable[HasContent[T] | None]]
) -> Sequence[T]:
    """Read what stands under a key; nothing there is the same as 404 (the contract leaves it open).

    Raises:
        NotFoundError: when the answer is empty.
    """

    def rows(answer: HasContent[T] | None) -> Sequence[T]:
        if answer is None or not answer.content:
            raise NotFoundError(f"nothing under {path}")
        return answer.content

    return await call_and_parse(call, rows)


class RequestBody(Protocol):
    """What every generated request body has."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


B = TypeVar("B", bound=RequestBody)
B_contra = TypeVar("B_contra", contravariant=True)


class WriteFunction(Protocol[B_contra]):
    """What every generated write operation is."""

    def __call__(self, *, client: Client, body: B_contra) -> Awaitable[object]: ...


def batch_sender(
    scope: CompanyContext, write: WriteFunction[B], body: type[B], name: str
) -> Callable[[list[Json]], Awaitable[object]]:
    """Make the function that sends a batch of records, under the name the request gives them."""

    async def send(rows: list[Json]) -> object:
        request = body.from_dict({"companyId": scope.company_id, name: rows})
        return await write(client=scope.api, body=request)

    return send


def list_changed(
    changed_since: Callable[[datetime | None], Pager[M]], id_field: str
) -> ListChanged:
    """Return the function that reads the rows changed since a time, oldest first."""

    async def read(since: datetime | None, max_rows: int | None) -> Listing:
        pager = changed_since(since.astimezone(UTC) if since is not None else None)
        models: list[M] = []
        async for model in pager:
            if max_rows is not None and len(models) >= max_rows:
                return Listing([_list_row(model, id_field) for model in models], complete=False)
            models.append(model)
        rows = [_list_row(model, id_field) for model in models]
        rows.sort(key=lambda row: row.created_at or datetime.max.replace(tzinfo=UTC))
        return Listing(rows, complete=not pager.drift.may_be_incomplete)

    return read


def _list_row(model: HasCreatedDate, id_field: str) -> ListedRow:
    content = model.to_dict()
    id_ = content.get(id_field)
    created = model.created_date
    if created is not None and created.tzinfo is None:
        # Dates of witnesses show by how much the server's zone differs from UTC.
        created = created.replace(tzinfo=UTC)
    return ListedRow(str(id_) if id_ is not None else None, created, content)
