"""Single calls of the resources: requests are built and checked, responses are read."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from io import BytesIO
from typing import Any, Protocol, TypeVar, cast

from autoleap_api_client.types import File

from .._instrumentation import call_and_parse
from .._validation import validate_record
from ..errors import ConfigurationError, NotFoundError, ResponseDecodeError
from ._base import Record, RequestBody

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


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
            responds with 404 or with an empty list.
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


class FormBody(RequestBody, Protocol):
    """What every generated form has."""

    additional_properties: dict[str, Any]

    def to_dict(self) -> dict[str, Any]: ...


B = TypeVar("B", bound=RequestBody)
F = TypeVar("F", bound=FormBody)


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
