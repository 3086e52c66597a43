"""What all resources share: the company of a call, and bulk operations."""

from __future__ import annotations

from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from attrs import evolve, field, frozen

from autoleap_api_client.client import Client

from .._bulk.claims import ClaimRegistry
from .._bulk.options import BulkOperation, ListChanged, ListedRow, Listing
from .._paging.pager import Pager
from .._validation import Json
from ..errors import ConfigurationError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Record: TypeAlias = T | Mapping[str, object]
Records: TypeAlias = Iterable[Record[T]] | AsyncIterable[Record[T]]
Ids: TypeAlias = Iterable[str] | AsyncIterable[str]


@frozen
class CompanyContext:
    """One company as a client sees it, and optionally one of its locations."""

    api: Client
    company_id: str
    location_id: str | None
    server_time: Callable[[], datetime | None]
    server: str = field(repr=False, default="")
    claims: ClaimRegistry = field(repr=False, factory=ClaimRegistry)

    @property
    def journal_identity(self) -> Mapping[str, str]:
        """The company and the server, by which a journal recognizes its call."""
        return {"company": self.company_id, "server": self.server}

    def require_location(self) -> str:
        """Return the location.

        Raises:
            ConfigurationError: The company was opened without a location.
        """
        if self.location_id is None:
            raise ConfigurationError(
                "this call needs a location: use client.company(company_id, location_id)"
            )
        return self.location_id

    def ids(self, *names: str) -> Mapping[str, str]:
        """Return those of `companyId` and `locationId` that are named and known."""
        known = {"companyId": self.company_id, "locationId": self.location_id}
        return {name: id_ for name in names if (id_ := known[name]) is not None}

    def bulk_operation(
        self,
        *,
        schema: str,
        send: Callable[[list[Json]], Awaitable[object]],
        id_field: str | None = None,
        ids_only: bool = False,
        location_default: bool = False,
        list_changed: ListChanged | None = None,
        fingerprint_key: Sequence[str] = (),
        update: BulkOperation | None = None,
    ) -> BulkOperation:
        """Return a bulk operation on the records of this company.

        Args:
            schema: Request schema of a record.
            send: Sends one batch of checked records.
            id_field: The field of a record that holds its id; None for creates.
            ids_only: Whether the input holds ids instead of records.
            location_default: Whether a record without a location gets that of the company.
            list_changed: Lists the rows changed since a time; None if the operation creates none.
            fingerprint_key: The fields that identify a record without an id.
            update: The operation that updates rows; None if there is none.
        """
        return BulkOperation(
            schema=schema,
            send=send,
            server_time=self.server_time,
            journal_identity=self.journal_identity,
            id_field=id_field,
            ids_only=ids_only,
            defaults=dict(self.ids("locationId")) if location_default else {},
            list_changed=list_changed,
            fingerprint_key=fingerprint_key,
            update=update,
            claims=self.claims.get(self.company_id, schema),
        )


def row_key(*attributes: str) -> Callable[[object], object]:
    """Return a function that reads the key of a row; None for a row without the first part."""
    read, first = attrgetter(*attributes), attrgetter(attributes[0])
    return lambda row: read(row) if first(row) else None


class RequestBody(Protocol):
    """What every generated request body has."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


class HasCreatedDate(Protocol):
    """What every generated model of a thing that can be created in bulk has."""

    @property
    def created_date(self) -> datetime | None:
        """When it was created."""

    def to_dict(self) -> Json:
        """Return the model in the API's JSON."""
        ...


B = TypeVar("B", bound=RequestBody)
B_contra = TypeVar("B_contra", contravariant=True)
M = TypeVar("M", bound=HasCreatedDate)


class WriteFunction(Protocol[B_contra]):
    """What every generated write operation is."""

    def __call__(self, *, client: Client, body: B_contra) -> Awaitable[object]: ...


def batch_sender(
    context: CompanyContext, write: WriteFunction[B], body: type[B], name: str
) -> Callable[[list[Json]], Awaitable[object]]:
    """Return the function that sends a batch of records.

    Args:
        context: The company of the records.
        write: The generated function.
        body: The model of the request body.
        name: The field of the body that holds the records.
    """

    async def send(rows: list[Json]) -> object:
        request = body.from_dict({"companyId": context.company_id, name: rows})
        return await write(client=context.api, body=request)

    return send


def list_changed_rows(
    changed_since: Callable[[datetime | None], Pager[M]], id_field: str
) -> ListChanged:
    """Return the function that reads the rows changed since a time, oldest first."""

    async def list_changed(since: datetime | None, max_rows: int | None) -> Listing:
        pager = changed_since(since.astimezone(UTC) if since is not None else None)
        listing = await _read_listing(pager, id_field, max_rows)
        hopeless = pager.drift.may_be_incomplete or None in listing.ids
        if listing.complete or listing.cut or hopeless:
            return listing
        # Without a total count, or if rows left the list: an equal second reading is a proof.
        again = await _read_listing(pager, id_field, max_rows)
        return evolve(again, complete=again.complete or again.ids == listing.ids)

    return list_changed


async def _read_listing(pager: Pager[M], id_field: str, max_rows: int | None) -> Listing:
    models = await pager.collect(limit=None if max_rows is None else max_rows + 1)
    rows = [_list_row(model, id_field) for model in models[:max_rows]]
    if len(models) > len(rows):
        return Listing(rows, complete=False, cut=True)
    rows.sort(key=lambda row: row.created_at or _LATEST)
    return Listing(rows, complete=pager.complete)


_LATEST = datetime.max.replace(tzinfo=UTC)


def _list_row(model: HasCreatedDate, id_field: str) -> ListedRow:
    content = model.to_dict()
    id_ = content.get(id_field)
    created = model.created_date
    if created is not None and created.tzinfo is None:
        # The dates of witnesses show by how much the server's zone differs from UTC.
        created = created.replace(tzinfo=UTC)
    return ListedRow(str(id_) if id_ is not None else None, created, content)
