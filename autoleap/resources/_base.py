"""What all resources share: their scope, their bulk calls, and reading one thing by its key."""

from __future__ import annotations

import time
from collections.abc import AsyncIterable, Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol, Self, TypeAlias, TypeVar

from attrs import define, field, frozen

from autoleap_api_client.client import Client

from ..checking import Json
from ..errors import NotFoundError
from ..paging import Pager
from ..reconcile import match
from ..telemetry import Meter, metered

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

Record: TypeAlias = T | Mapping[str, object]
Records: TypeAlias = Iterable[Record[T]] | AsyncIterable[Record[T]]
Ids: TypeAlias = Iterable[str] | AsyncIterable[str]

# The server's clock is known to the second, and its rows may be dated a little early.
CLOCK_MARGIN = timedelta(seconds=2)


@frozen
class Scope:
    """One company, and perhaps one of its locations, as a client sees it."""

    api: Client
    company_id: str
    location_id: str | None
    server_time: Callable[[], datetime]


class Content(Protocol[T_co]):
    """What every answer to a get by key has."""

    @property
    def content(self) -> Sequence[T_co] | None: ...


async def contents(path: str, call: Callable[[], Awaitable[Content[T] | None]]) -> Sequence[T]:
    """Read what stands under a key; nothing there is the same as 404 (the contract leaves it open).

    Raises:
        NotFoundError: when the answer is empty.
    """
    meter, began = Meter(), time.monotonic()
    answer = await metered(meter, call)
    rows = answer.content if answer is not None else None
    if not rows:
        error = NotFoundError(f"nothing under {path}")
        elapsed = time.monotonic() - began
        raise error.at("GET", path, status=200, attempts=meter.requests, elapsed=elapsed)
    return rows


class RequestBody(Protocol):
    """What every generated request body has."""

    @classmethod
    def from_dict(cls, src_dict: Mapping[str, Any]) -> Self: ...


B = TypeVar("B", bound=RequestBody)
B_contra = TypeVar("B_contra", contravariant=True)


class Write(Protocol[B_contra]):
    """What every generated write operation is."""

    def __call__(self, *, client: Client, body: B_contra) -> Awaitable[object]: ...


def sender(
    scope: Scope, write: Write[B], body: type[B], name: str
) -> Callable[[list[Json]], Awaitable[object]]:
    """Make the function that sends a batch of records, under the name the request gives them."""

    async def send(rows: list[Json]) -> object:
        request = body.from_dict({"companyId": scope.company_id, name: rows})
        return await write(client=scope.api, body=request)

    return send


@define
class IdFinder:
    """Finds the ids of created records among the rows that changed since they were sent.

    One is made for each bulk call: it remembers which rows it has given away.

    Args:
        changed_since: Lists the rows updated since a moment.
        id_field: The field that holds a row's id.
        look_up: Fields by which candidates are found.
    """

    changed_since: Callable[[datetime], Pager[Any]]
    id_field: str
    look_up: Sequence[str]
    _given: set[str] = field(factory=set[str], init=False)

    async def __call__(self, sent: Mapping[int, Json], since: datetime) -> dict[int, str]:
        """Ids by row of the input, for the records that are found."""
        since = since.astimezone(UTC) - CLOCK_MARGIN
        rows = [
            row.to_dict()
            async for row in self.changed_since(since)
            if not _made_before(row.created_date, since)
        ]
        fresh = [row for row in rows if row.get(self.id_field) not in self._given]
        found = match(sent, fresh, id_field=self.id_field, look_up=self.look_up)
        self._given.update(found.values())
        return found


def _made_before(created: object, since: datetime) -> bool:
    return isinstance(created, datetime) and created.tzinfo is not None and created < since
