"""What all resources share: their scope, their bulk calls, and reading one thing by its key."""

from __future__ import annotations

from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from attrs import field, frozen

from autoleap_api_client.client import Client

from .._bulk.options import Json
from .._instrumentation import call_and_parse
from .._paging.pager import Pager
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


def find_created_by_listing(
    changed_since: Callable[[datetime], Pager[M]], id_field: str
) -> Callable[[datetime], Awaitable[dict[str, Json]]]:
    """Make the look-up of created rows out of a list of what changed: oldest first, by id."""

    async def find_created(since: datetime) -> dict[str, Json]:
        since = since.astimezone(UTC)
        rows = [(_created_at(row, since), row.to_dict()) async for row in changed_since(since)]
        rows.sort(key=lambda dated: dated[0])
        # A row without an id cannot be told as the one that was created.
        return {
            str(row[id_field]): row for created, row in rows if created >= since and id_field in row
        }

    return find_created


def _created_at(row: HasCreatedDate, otherwise: datetime) -> datetime:
    """When a row was created; what does not say so may have been just now."""
    created = row.created_date
    return created if created is not None and created.tzinfo is not None else otherwise
