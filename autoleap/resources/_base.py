"""What all resources share: the company of a call, bulk operations, and reading responses."""

from __future__ import annotations

import json
from collections.abc import (
    AsyncIterable,
    Awaitable,
    Callable,
    Iterable,
    Mapping,
    Sequence,
)
from datetime import UTC, datetime
from io import BytesIO
from operator import attrgetter
from typing import Any, Protocol, Self, TypeAlias, TypeVar, cast

from attrs import field, frozen

from autoleap_api_client.client import Client
from autoleap_api_client.types import File

from .._bulk.options import BulkOperation, FindCreated, Json
from .._instrumentation import call_and_parse
from .._paging.pager import Pager
from .._validation import validate_record
from ..errors import ConfigurationError, NotFoundError, ResponseDecodeError

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
        find_created: FindCreated | None = None,
        fingerprint_key: Sequence[str] = (),
    ) -> BulkOperation:
        """Return a bulk operation on the records of this company.

        Args:
            schema: Request schema of a record.
            send: Sends one batch of checked records.
            id_field: The field of a record that holds its id; None for creates.
            ids_only: Whether the input holds ids instead of records.
            location_default: Whether a record without a location gets that of the company.
            find_created: Lists what was created since a moment; creates need it.
            fingerprint_key: The fields that identify a record without an id.
        """
        return BulkOperation(
            schema=schema,
            send=send,
            server_time=self.server_time,
            journal_identity=self.journal_identity,
            id_field=id_field,
            ids_only=ids_only,
            defaults=dict(self.ids("locationId")) if location_default else {},
            find_created=find_created,
            fingerprint_key=fingerprint_key,
        )


def row_key(*attributes: str) -> Callable[[object], object]:
    """Return a function that reads the key of a row; None for a row without the first part."""
    read, first = attrgetter(*attributes), attrgetter(attributes[0])
    return lambda row: read(row) if first(row) else None


# Reading responses


class HasContent(Protocol[T_co]):
    """The model of a response whose rows are in `content`."""

    @property
    def content(self) -> Sequence[T_co] | None: ...


class RawResponse(Protocol):
    """What every detailed generated function returns."""

    @property
    def content(self) -> bytes: ...


async def fetch(call: Callable[[], Awaitable[T | None]]) -> T:
    """Make a call and return the model of its response.

    Raises:
        ResponseDecodeError: The response is empty.
    """
    return await call_and_parse(call, _require_body)


async def fetch_optional(call: Callable[[], Awaitable[T | None]]) -> T | None:
    """Make a call and return the model of its response; None for a response without a body."""
    return await call()


async def fetch_bytes(call: Callable[[], Awaitable[File | None]]) -> bytes:
    """Make a call and return the content of its response."""
    return (await fetch(call)).payload.read()


async def fetch_json(call: Callable[[], Awaitable[RawResponse]]) -> object:
    """Make a call and return its response, which has no schema, as parsed JSON."""
    content = (await call()).content
    return cast("object", json.loads(content)) if content else None


async def fetch_rows(call: Callable[[], Awaitable[HasContent[T] | None]]) -> Sequence[T]:
    """Make a call and return all rows under its key.

    Raises:
        NotFoundError: The response holds no row. The contract does not say whether the server
            answers with 404 or with an empty list.
    """

    def read_rows(response: HasContent[T] | None) -> Sequence[T]:
        if response is None or not response.content:
            raise NotFoundError("the response is empty: nothing has this key")
        return response.content

    return await call_and_parse(call, read_rows)


async def fetch_row(call: Callable[[], Awaitable[HasContent[T] | None]]) -> T:
    """Make a call and return the one row under its key.

    Raises:
        NotFoundError: The response holds no row.
    """
    return (await fetch_rows(call))[0]


def _require_body(response: T | None) -> T:
    if response is None:
        raise ResponseDecodeError("the response has no body")
    return response


# Building requests


class RequestBody(Protocol):
    """What every generated request body has."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


class FormBody(RequestBody, Protocol):
    """What every generated form has."""

    additional_properties: dict[str, Any]

    def to_dict(self) -> dict[str, Any]: ...


B = TypeVar("B", bound=RequestBody)
F = TypeVar("F", bound=FormBody)
B_contra = TypeVar("B_contra", contravariant=True)


def build_body(model: type[B], request: Record[B], schema: str, defaults: Mapping[str, str]) -> B:
    """Return a checked request body.

    Args:
        model: The model of the body.
        request: A model, or a dict with the field names of the API.
        schema: The request schema that the body must match.
        defaults: Fields to fill in where the request lacks them.

    Raises:
        RecordError: The request breaks the contract; the error names the field.
    """
    return model.from_dict(validate_record(request, schema, extra=defaults))


def build_list(model: type[B], requests: Iterable[Record[B]], schema: str) -> list[B]:
    """Return a request body that is a list of checked records.

    Raises:
        RecordError: A record breaks the contract; the error names its row and field.
    """
    return [
        model.from_dict(validate_record(request, schema, index=index))
        for index, request in enumerate(requests)
    ]


def build_form(model: type[F], request: Record[F], defaults: Mapping[str, str]) -> F:
    """Return a form; its files are bytes, open files or `autoleap.models.File`.

    Args:
        model: The model of the form.
        request: A model, or a dict with the field names of the API.
        defaults: Fields to fill in where the request lacks them.
    """
    if isinstance(request, model):
        fields: Mapping[str, Any] = request.to_dict()
    elif isinstance(request, Mapping):
        fields = cast("Mapping[str, Any]", request)
    else:
        kind = type(request).__name__
        raise ConfigurationError(f"request must be a {model.__name__} or a dict, not {kind}")
    return model.from_dict({**defaults, **fields})


def build_file(content: bytes) -> File:
    """Return a request body that is one file.

    Raises:
        ConfigurationError: The content is not bytes.
    """
    if not isinstance(cast("object", content), bytes | bytearray):
        raise ConfigurationError(f"request must be bytes, not {type(content).__name__}")
    return File(payload=BytesIO(content))


# Bulk operations


class HasCreatedDate(Protocol):
    """What every generated model of a thing that can be created in bulk has."""

    @property
    def created_date(self) -> datetime | None:
        """When it was created."""

    def to_dict(self) -> Json:
        """Return the model in the API's JSON."""
        ...


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


def find_created_by_listing(
    changed_since: Callable[[datetime], Pager[M]], id_field: str
) -> FindCreated:
    """Return the function that finds created rows in a list of changes: oldest first, by id."""

    async def find_created(since: datetime) -> dict[str, Json]:
        since = since.astimezone(UTC)
        rows = [(_created_at(row, since), row.to_dict()) async for row in changed_since(since)]
        rows.sort(key=lambda dated: dated[0])
        # A row without an id cannot be the one that was created: its id could not be reported.
        return {
            str(row[id_field]): row for created, row in rows if created >= since and id_field in row
        }

    return find_created


def _created_at(row: HasCreatedDate, otherwise: datetime) -> datetime:
    """Return when a row was created; a row without a date may be a new one."""
    created = row.created_date
    return created if created is not None and created.tzinfo is not None else otherwise
