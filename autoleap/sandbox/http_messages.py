"""The requests that the sandbox receives and the responses that it sends."""

import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, unquote

import attrs
from starlette.requests import Request

from autoleap.sandbox.contract import Contract, Operation
from autoleap.sandbox.examples import Example
from autoleap.sandbox.state import RefusedError

PATH_PREFIX = "/v2"

_SURROGATE = rb"\ud"

Delivery = Literal["complete", "truncated", "cut"]
"""How much of a response reaches the client: all of it, half of its body, or nothing."""


@attrs.frozen
class IncomingRequest:
    """A parsed request, matched to an operation but not validated.

    Attributes:
        method: "GET", "POST", ...
        path: The decoded path without the prefix.
        query_pairs: Names and values of the query, in their order.
        headers: Values by lower-case name.
        content: The bytes of the body.
        body: The parsed JSON. None if the body is empty or cannot be parsed.
        operation: The requested operation. None if the contract has no such operation.
        path_values: The values of the operation's path parameters.
    """

    method: str
    path: str
    query_pairs: tuple[tuple[str, str], ...]
    headers: Mapping[str, str] = attrs.field(repr=False)
    content: bytes = attrs.field(repr=False)
    body: object = attrs.field(repr=False)
    operation: Operation | None
    path_values: Mapping[str, str]

    @property
    def bearer_token(self) -> str | None:
        """The token in the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


@attrs.frozen
class OutgoingResponse:
    """A response and how much of it reaches the client.

    `date` is the value of the header `Date`. None leaves the header to the HTTP server.
    """

    status: int
    content: bytes = attrs.field(repr=False)
    media_type: str = "application/json"
    retry_after: int | None = None
    violations: tuple[str, ...] = ()
    delivery: Delivery = "complete"
    date: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the response."""
        retry_after = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        date = {} if self.date is None else {"date": self.date}
        if not self.media_type:  # a response without a body
            return {**retry_after, **date}
        length = str(len(self.content))
        return {"content-type": self.media_type, "content-length": length, **retry_after, **date}


NO_RESPONSE = OutgoingResponse(status=0, content=b"", delivery="cut")
"""A closed connection instead of a response."""


async def read_request(request: Request, spec: Contract) -> IncomingRequest:
    """Read a request and find its operation."""
    content = await request.body()
    # An id may contain an encoded slash. Therefore each segment is decoded separately.
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    segments = [unquote(part) for part in raw.decode("ascii").split("/")[1:]]
    has_prefix = f"/{segments[0]}" == PATH_PREFIX
    found = spec.find_operation(request.method, segments[1:]) if has_prefix else None
    query = request.scope["query_string"].decode("ascii", "replace")
    operation, path_values = found or (None, dict[str, str]())
    return IncomingRequest(
        method=request.method,
        path="/" + "/".join(segments[1:] if has_prefix else segments),
        query_pairs=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=dict(request.headers),
        content=content,
        body=_parse_json(content),
        operation=operation,
        path_values=path_values,
    )


def build_response(body: object) -> OutgoingResponse:
    """Return a 200 with this JSON body."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return OutgoingResponse(200, text.encode())


def build_example_response(example: Example) -> OutgoingResponse:
    """Return the success that the contract shows."""
    if example.media_type is None:
        return OutgoingResponse(example.status, b"", media_type="")
    if isinstance(example.value, bytes):
        return OutgoingResponse(example.status, example.value, example.media_type)
    return attrs.evolve(build_response(example.value), status=example.status)


def build_error_response(
    status: int, message: str, retry_after: int | None = None
) -> OutgoingResponse:
    """Return an error with the error body of the contract."""
    text = json.dumps({"success": False, "error": message})
    return OutgoingResponse(status, text.encode(), retry_after=retry_after)


def build_refusal_response(error: RefusedError) -> OutgoingResponse:
    """Return the response to a refused request."""
    violations = tuple(str(violation) for violation in error.violations)
    if isinstance(error.body, str):
        page = error.body.encode()
        return OutgoingResponse(error.status, page, "text/html", violations=violations)
    if error.body is not None:
        response = attrs.evolve(build_response(error.body), status=error.status)
    else:
        response = build_error_response(error.status, error.message, error.retry_after)
    return attrs.evolve(response, violations=violations)


def _parse_json(content: bytes) -> object:
    """Return the JSON value, or None if it cannot be parsed or written again."""
    try:
        value: object = json.loads(content, parse_constant=_reject_constant)
        if _SURROGATE in content.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
