"""One request as it arrived, and one answer as it will leave."""

import json
from collections.abc import Mapping
from typing import Literal
from urllib.parse import parse_qsl, unquote

import attrs
from starlette.requests import Request

from autoleap.sandbox.examples import Example
from autoleap.sandbox.spec import Operation, Spec
from autoleap.sandbox.world import RefusedError

PREFIX = "/v2"

_SURROGATE = rb"\ud"

Ending = Literal["whole", "truncated", "cut"]


@attrs.frozen
class Call:
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
    pairs: tuple[tuple[str, str], ...]
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
class Answer:
    """A status and a body, and how much of it reaches the client."""

    status: int
    content: bytes = attrs.field(repr=False)
    media_type: str = "application/json"
    retry_after: int | None = None
    violations: tuple[str, ...] = ()
    ending: Ending = "whole"

    @property
    def headers(self) -> dict[str, str]:
        """The headers to send."""
        retry_after = {} if self.retry_after is None else {"retry-after": str(self.retry_after)}
        if not self.media_type:  # an answer without a body
            return retry_after
        length = str(len(self.content))
        return {"content-type": self.media_type, "content-length": length, **retry_after}


CUT = Answer(status=0, content=b"", ending="cut")
"""No answer at all."""


async def read_call(request: Request, spec: Spec) -> Call:
    """Read and route a request."""
    content = await request.body()
    # Segments are decoded one by one: an id may hold an encoded slash.
    raw = request.scope.get("raw_path") or request.scope["path"].encode()
    segments = [unquote(part) for part in raw.decode("ascii").split("/")[1:]]
    known = f"/{segments[0]}" == PREFIX
    found = spec.find(request.method, segments[1:]) if known else None
    query = request.scope["query_string"].decode("ascii", "replace")
    operation, path_values = found or (None, dict[str, str]())
    return Call(
        method=request.method,
        path="/" + "/".join(segments[1:] if known else segments),
        pairs=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=dict(request.headers),
        content=content,
        body=_parsed(content),
        operation=operation,
        path_values=path_values,
    )


def answer_with(body: object) -> Answer:
    """A 200 with this body."""
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Answer(200, text.encode())


def example_answer(example: Example) -> Answer:
    """The answer that the contract shows for a success."""
    if example.media_type is None:
        return Answer(example.status, b"", media_type="")
    if isinstance(example.value, bytes):
        return Answer(example.status, example.value, example.media_type)
    return attrs.evolve(answer_with(example.value), status=example.status)


def error_answer(status: int, message: str, retry_after: int | None = None) -> Answer:
    """An error with the body every error of the contract has."""
    text = json.dumps({"success": False, "error": message})
    return Answer(status, text.encode(), retry_after=retry_after)


def refusal(error: RefusedError) -> Answer:
    """The answer to a request that was refused."""
    answer = error_answer(error.status, error.message, error.retry_after)
    return attrs.evolve(answer, violations=tuple(str(wrong) for wrong in error.violations))


def _parsed(content: bytes) -> object:
    """The JSON value; None, too, where it could not be written again."""
    try:
        value: object = json.loads(content, parse_constant=_no_constant)
        if _SURROGATE in content.lower():
            json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return None
    return value


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")
