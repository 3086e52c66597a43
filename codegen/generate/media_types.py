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
        accept: Media types of the response, None for JSON.
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
        body = resolve_ref(spec, operation.get("requestBody", {}))
        sent = _simplify(body, (JSON, MULTIPART, FORM))
        if media := body.get("content", {}).get(MULTIPART):
            _mark_files(spec, media.get("schema", {}))
        received = [_simplify(r, (JSON,)) for r in operation["responses"].values()]
        accept = ", ".join(dict.fromkeys(name for names in received for name in names))
        content = sent[0] if BINARY in body.get("content", {}) else None
        if accept or content:
            found[make_route(method, path)] = MediaTypes(accept or None, content)
    return found


def _simplify(described: Node, preferred: Iterable[str]) -> list[str]:
    """Choose the media type of a body or response, in place; return the real ones of a file."""
    content = described.get("content")
    if not content:
        described.pop("content", None)
        return []
    known = {_classify(name, media): media for name, media in reversed(content.items())}
    for name in preferred:
        if name in known:
            # Without a schema the generator writes no function; an empty one accepts everything.
            described["content"] = {name: {"schema": {}, **known[name]}}
            return []
    names = [name.partition(";")[0] for name in content]
    texts = [name for name in names if name.startswith("text/")]
    if texts and JSON in preferred and len(list(preferred)) == 1:
        described["content"] = {texts[0]: {"schema": {"type": "string"}}}
        return texts[:1]
    described["content"] = {BINARY: {"schema": dict(FILE)}}
    return names


def _classify(name: str, media: Node) -> str:
    """Return the media type that a media type is treated as."""
    name = name.partition(";")[0].strip().lower()
    binary = media.get("schema", {}).get("format") == "binary"
    if name.endswith(("+json", "/json")) or (name == "*/*" and not binary):
        return JSON
    return name


def _mark_files(spec: Node, schema: Node) -> None:
    """Give the files of a form the format that the generator reads, also in OpenAPI 3.1."""
    for field in resolve_ref(spec, schema).get("properties", {}).values():
        for described in (field, field.get("items", {})):
            if "contentMediaType" in described and "format" not in described:
                described |= FILE
