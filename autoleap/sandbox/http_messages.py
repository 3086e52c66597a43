"""One request as it arrived, and one answer as it will leave."""

import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, unquote

import attrs
from starlette.requests import Request

from autoleap.sandbox.contract import Contract, Operation
from autoleap.sandbox.state import RefusedError

PATH_PREFIX = "/v2"

_SURROGATE = rb"\ud"

Delivery = Literal["whole", "truncated", "cut"]


@attrs.frozen
class IncomingRequest:
    """A request, routed and read but not judged.

    Attributes:
        method: "GET", "POST", ...
        path: decoded, without the prefix.
        pairs: the query, in order.
        headers: by lower-case name.
        content: the body's bytes.
        body: the parsed JSON; None when there is none or it cannot be read.
        operation: the operation it is for, or None.
        path_values: the values of the operation's path parameters.
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
        """The token of the Authorization header."""
        scheme, _, token = self.headers.get("authorization", "").partition(" ")
        return token.strip() if scheme.lower() == "bearer" else None


@attrs.frozen
class OutgoingResponse:
    """A status and a body, and how much of it reaches the client."""

    status: int
    content: bytes = attrs.field(repr=False)
    media_type: str = "application/json"
    retry_after: int | None = None
    violations: tuple[str, ...] = ()
    delivery: Delivery = "whole"

    @property
    def headers(self) -> dict[str, str]:
        """The headers to send."""
        retry_after = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        length = str(len(self.content))
        return {"content-type": self.media_type, "content-length": length, **retry_after}


NO_RESPONSE = OutgoingResponse(status=0, content=b"", delivery="cut")
"""No answer at all."""


async def read_request(request: Request, spec: Contract) -> IncomingRequest:
    """Read and route a request."""
    content = await request.body()
    # Segments are decoded one by one: an id may hold an encoded slash.
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    segments = [unquote(part) for part in raw.decode("ascii").split("/")[1:]]
    known = f"/{segments[0]}" == PATH_PREFIX
    found = spec.find_operation(request.method, segments[1:]) if known else None
    query = request.scope["query_string"].decode("ascii", "replace")
    operation, path_values = found or (None, dict[str, str]())
    return IncomingRequest(
        method=request.method,
        path="/" + "/".join(segments[1:] if known else segments),
        query_pairs=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=dict(request.headers),
        content=content,
        body=_parse_json(content),
        operation=operation,
        path_values=path_values,
    )


def build_response(body: object) -> OutgoingResponse:
    """A 200 with this body."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return OutgoingResponse(200, text.encode())


def build_error_response(
    status: int, message: str, retry_after: int | None = None
) -> OutgoingResponse:
    """An error with the body every error of the contract has."""
    text = json.dumps({"success": False, "error": message})
    return OutgoingResponse(status, text.encode(), retry_after=retry_after)


def build_refusal_response(error: RefusedError) -> OutgoingResponse:
    """The answer to a request that was refused."""
    answer = build_error_response(error.status, error.message, error.retry_after)
    return attrs.evolve(answer, violations=tuple(str(wrong) for wrong in error.violations))


def _parse_json(content: bytes) -> object:
    """The JSON value; None, too, where it could not be written again."""
    try:
        value: object = json.loads(content, parse_constant=_reject_constant)
        if _SURROGATE in content.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _reject_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
