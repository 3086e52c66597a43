"""Compares what is sent and what comes back: bodies, status codes, headers, media types."""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from codegen.spec import Node, resolve_ref
from codegen.specdiff import policy
from codegen.specdiff.policy import Change
from codegen.specdiff.schemas import (
    Sides,
    differences,
    necessity,
    parameter_added,
    schema_changes,
    word_changes,
)
from codegen.specdiff.shapes import canonical, words


def body_changes(sides: Sides, old: Node | None, new: Node | None) -> Iterator[Change]:
    """Differences in the body of a request."""
    if old is None and new is not None:
        needed = resolve_ref(sides.new, new).get("required", False)
        yield Change(parameter_added(needed=needed), "body", f"added, {necessity(needed=needed)}")
    elif old is not None and new is None:
        yield Change(policy.PARAMETER_REMOVED, "body", "removed")
    elif old is not None and new is not None:
        before, after = resolve_ref(sides.old, old), resolve_ref(sides.new, new)
        yield from word_changes(words(before), words(after), "body")
        yield from required_changes(before, after, "body")
        yield from content_changes(sides, before, after, "body")


def response_changes(sides: Sides, old: Node, new: Node) -> Iterator[Change]:
    """Differences in the status codes and in the answers that come with them."""
    for code in sorted(old.keys() | new.keys()):
        if code in old and code in new:
            inside = evolve(sides, answer=True, error=not code.startswith("2"))
            yield from answer_changes(inside, old[code], new[code], code)
        else:
            success = code.startswith("2")
            rule = policy.SUCCESS_CODES_CHANGED if success else policy.ERROR_CODES_CHANGED
            yield Change(rule, f"status {code}", "added" if code in new else "removed")


def answer_changes(sides: Sides, old: Node, new: Node, code: str) -> Iterator[Change]:
    """Differences between two versions of an answer."""
    before, after = resolve_ref(sides.old, old), resolve_ref(sides.new, new)
    yield from word_changes(words(before), words(after), code)
    yield from header_changes(sides, before.get("headers", {}), after.get("headers", {}), code)
    yield from content_changes(sides, before, after, code)
    for what in differences(*(rest(answer, ("headers", "content")) for answer in (before, after))):
        yield Change(policy.NOT_UNDERSTOOD, code, what)


def header_changes(sides: Sides, old: Node, new: Node, code: str) -> Iterator[Change]:
    """Differences in the headers of an answer."""
    before = {name.lower(): resolve_ref(sides.old, header) for name, header in old.items()}
    after = {name.lower(): resolve_ref(sides.new, header) for name, header in new.items()}
    for name in sorted(before.keys() | after.keys()):
        place = f"{code} header {name}"
        if name not in after:
            yield Change(policy.RESPONSE_HEADER_REMOVED, place, "removed")
        elif name not in before:
            yield Change(policy.RESPONSE_HEADER_ADDED, place, "added")
        else:
            yield from word_changes(words(before[name]), words(after[name]), place)
            schemas = schema_of(before[name]), schema_of(after[name])
            yield from schema_changes(sides, *schemas, place)


def content_changes(sides: Sides, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Differences in the media types of a body and in their schemas."""
    before, after = media_types(old), media_types(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(policy.MEDIA_TYPE_REMOVED, place, f"{name} removed")
        elif name not in before:
            yield Change(policy.MEDIA_TYPE_ADDED, place, f"{name} added")
        else:
            schemas = before[name].get("schema", {}), after[name].get("schema", {})
            yield from schema_changes(sides, *schemas, place)
            yield from example_changes(sides, before[name], after[name], place)
            read = ("schema", "example", "examples")
            for what in differences(*(rest(types[name], read) for types in (before, after))):
                yield Change(policy.NOT_UNDERSTOOD, place, what)


def media_types(body: Node) -> dict[str, Any]:
    """The content of a body by media type, without what is said of its character set."""
    content = body.get("content", {}).items()
    return {name.partition(";")[0].strip().lower(): media for name, media in content}


def example_changes(sides: Sides, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Differences in examples; what they are called and where they stand is none."""
    if examples(sides.old, old) != examples(sides.new, new):
        yield Change(policy.WORDS_CHANGED, place, "examples changed")


def examples(document: Node, media: Node) -> list[str]:
    """The values of all examples of a media type."""
    listed = [resolve_ref(document, example) for example in media.get("examples", {}).values()]
    values = [example.get("value") for example in listed]
    return sorted(
        canonical(value) for value in [*values, media.get("example")] if value is not None
    )


def required_changes(old: Node, new: Node, place: str) -> Iterator[Change]:
    """Whether a parameter or a body has become required, or optional."""
    before, after = old.get("required", False), new.get("required", False)
    if before != after:
        rule = policy.PARAMETER_REQUIRED if after else policy.PARAMETER_OPTIONAL
        what = f"{necessity(needed=before)} → {necessity(needed=after)}"
        yield Change(rule, place, what)


def schema_of(parameter: Node) -> Node:
    """The schema of a parameter's or a header's value."""
    media: Node = next(iter(parameter.get("content", {}).values()), {})
    schema: Node = parameter["schema"] if "schema" in parameter else media.get("schema", {})
    return schema


def rest(node: Node, known: tuple[str, ...]) -> Node:
    """What is neither compared elsewhere nor meant for readers."""
    return {
        key: value for key, value in node.items() if key not in known and key not in words(node)
    }
