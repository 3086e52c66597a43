"""Reduce the media types of a spec to those that openapi-python-client reads and writes.

The generator knows JSON, forms, text in responses, and `application/octet-stream`. It drops every
other media type with a warning. Therefore one media type is chosen for each body and response, and
an unknown one becomes `application/octet-stream`. The real one goes into the headers of a request.
"""

from collections.abc import Iterable

from attrs import frozen

from codegen.generate.routes import Route, make_route
from codegen.spec import Node, iter_operations, resolve_ref

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
MULTIPART, BINARY = "multipart/form-data", "application/octet-stream"
FILE = {"type": "string", "format": "binary"}


@frozen
class MediaTypes:
    """The headers of an operation that the generated code cannot know.

    Attributes:
        accept: Media types of the response: None for JSON, anything if no body is declared.
        content: Media type of a request body that is one file, None for another body.
    """

    accept: str | None
    content: str | None


def simplify_media_types(spec: Node) -> dict[Route, MediaTypes]:
    """Choose one media type for every body and response, in place.

    Returns:
        The headers of the operations that need some, by route.
    """
    found: dict[Route, MediaTypes] = {}
    for method, path, operation in iter_operations(spec):
        content = _simplify_body(spec, resolve_ref(spec, operation.get("requestBody", {})))
        accept = _simplify_responses(list(operation["responses"].values()))
        if accept or content:
            found[make_route(method, path)] = MediaTypes(accept, content)
    return found


def _simplify_body(spec: Node, body: Node) -> str | None:
    """Choose the media type of a request body; return the real one if the body is a file."""
    content = body.get("content", {})
    if not content or _keep_one(body, (JSON, MULTIPART, FORM)):
        _mark_files(spec, body.get("content", {}).get(MULTIPART, {}).get("schema", {}))
        return None
    body["content"] = {BINARY: {"schema": dict(FILE)}}
    return str(next(iter(content)))


def _simplify_responses(responses: list[Node]) -> str | None:
    """Choose the media type of each response; return what the request has to accept."""
    accepted = ["*/*"]
    for response in [response for response in responses if response.get("content")]:
        names = list(response["content"])
        texts = [name for name in names if name.startswith("text/")]
        if _keep_one(response, (JSON,)):
            return None
        schema = {"type": "string"} if texts else dict(FILE)
        response["content"] = {texts[0] if texts else BINARY: {"schema": schema}}
        accepted = texts[:1] or names
    return ", ".join(accepted)


def _keep_one(described: Node, preferred: Iterable[str]) -> bool:
    """Keep only the first of the preferred media types, in place; return whether there is one."""
    content = described["content"]
    known = {_classify(name, media): media for name, media in reversed(content.items())}
    for name in preferred:
        if name in known:
            # The generator writes no function for a body without a schema.
            described["content"] = {name: {"schema": {}, **known[name]}}
            return True
    return False


def _classify(name: str, media: Node) -> str:
    """Return the media type that a media type is treated as."""
    name = name.partition(";")[0].strip().lower()
    binary = media.get("schema", {}).get("format") == "binary"
    if name.endswith(("+json", "/json")) or (name == "*/*" and not binary):
        return JSON
    return name


def _mark_files(spec: Node, schema: Node) -> None:
    """Give the files of a form the format that the generator reads, also in OpenAPI 3.1."""
    fields = resolve_ref(spec, schema).get("properties", {}).values()
    for described in [part for field in fields for part in (field, field.get("items", {}))]:
        if "contentMediaType" in described and "format" not in described:
            described.update(FILE)
