"""Compare requests and responses: bodies, status codes, headers and media types."""

from collections.abc import Iterator
from typing import Any

from attrs import evolve

from codegen.spec import Node, resolve_ref
from codegen.specdiff import policy
from codegen.specdiff.policy import Change
from codegen.specdiff.schemas import (
    SpecPair,
    compare_annotations,
    compare_nodes,
    compare_schemas,
    report_new_parameter,
    report_requirement,
)
from codegen.specdiff.shapes import get_annotations, to_canonical_json


def compare_request_bodies(specs: SpecPair, old: Node | None, new: Node | None) -> Iterator[Change]:
    """Yield the differences in the body of a request."""
    if old is None and new is not None:
        required = resolve_ref(specs.new, new).get("required", False)
        yield report_new_parameter("body", required=required)
    elif old is not None and new is None:
        yield Change(policy.PARAMETER_REMOVED, "body", "removed")
    elif old is not None and new is not None:
        before, after = resolve_ref(specs.old, old), resolve_ref(specs.new, new)
        yield from compare_annotations(get_annotations(before), get_annotations(after), "body")
        yield from compare_required(specs, before, after, "body")
        yield from compare_content(specs, before, after, "body")


def compare_responses(specs: SpecPair, old: Node, new: Node) -> Iterator[Change]:
    """Yield the differences in the status codes and their responses."""
    for code in sorted(old.keys() | new.keys()):
        success = code.startswith("2")
        if code in old and code in new:
            inside = evolve(specs, response=True, error=not success)
            yield from compare_response(inside, old[code], new[code], code)
        else:
            rule = policy.SUCCESS_CODES_CHANGED if success else policy.ERROR_CODES_CHANGED
            yield Change(rule, f"status {code}", "added" if code in new else "removed")


def compare_response(specs: SpecPair, old: Node, new: Node, code: str) -> Iterator[Change]:
    """Yield the differences between two versions of a response."""
    before, after = resolve_ref(specs.old, old), resolve_ref(specs.new, new)
    yield from compare_annotations(get_annotations(before), get_annotations(after), code)
    yield from compare_headers(specs, before.get("headers", {}), after.get("headers", {}), code)
    yield from compare_content(specs, before, after, code)
    yield from compare_unread(("headers", "content"), before, after, code)


def compare_headers(specs: SpecPair, old: Node, new: Node, code: str) -> Iterator[Change]:
    """Yield the differences in the headers of a response."""
    before = {name.lower(): resolve_ref(specs.old, header) for name, header in old.items()}
    after = {name.lower(): resolve_ref(specs.new, header) for name, header in new.items()}
    for name in sorted(before.keys() | after.keys()):
        place = f"{code} header {name}"
        if name not in after:
            yield Change(policy.RESPONSE_HEADER_REMOVED, place, "removed")
        elif name not in before:
            yield Change(policy.RESPONSE_HEADER_ADDED, place, "added")
        else:
            annotations = get_annotations(before[name]), get_annotations(after[name])
            yield from compare_annotations(*annotations, place)
            schemas = get_value_schema(before[name]), get_value_schema(after[name])
            yield from compare_schemas(specs, *schemas, place)


def compare_content(specs: SpecPair, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield the differences in the media types of a body and in their schemas."""
    before, after = get_media_types(old), get_media_types(new)
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield Change(policy.MEDIA_TYPE_REMOVED, place, f"{name} removed")
        elif name not in before:
            yield Change(policy.MEDIA_TYPE_ADDED, place, f"{name} added")
        else:
            schemas = before[name].get("schema", {}), after[name].get("schema", {})
            yield from compare_schemas(specs, *schemas, place)
            yield from compare_examples(specs, before[name], after[name], place)
            read = ("schema", "example", "examples")
            yield from compare_unread(read, before[name], after[name], place)


def get_media_types(body: Node) -> dict[str, Any]:
    """Return the content of a body by media type, without parameters such as the charset."""
    content = body.get("content", {}).items()
    return {name.partition(";")[0].strip().lower(): media for name, media in content}


def compare_examples(specs: SpecPair, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield one change if the values of the examples differ."""
    if list_examples(specs.old, old) != list_examples(specs.new, new):
        yield Change(policy.ANNOTATIONS_CHANGED, place, "examples changed")


def list_examples(spec: Node, media: Node) -> list[str]:
    """Return the values of all examples of a media type as JSON, sorted."""
    examples = [resolve_ref(spec, example) for example in media.get("examples", {}).values()]
    values = [*(example.get("value") for example in examples), media.get("example")]
    return sorted(to_canonical_json(value) for value in values if value is not None)


def compare_required(specs: SpecPair, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield one change if a parameter or a body became required or optional."""
    if old.get("required", False) != new.get("required", False):
        yield report_requirement(specs, place, required=new.get("required", False))


def get_value_schema(parameter: Node) -> Node:
    """Return the schema of the value of a parameter or header."""
    media: Node = next(iter(parameter.get("content", {}).values()), {})
    schema: Node = parameter["schema"] if "schema" in parameter else media.get("schema", {})
    return schema


def compare_unread(read: tuple[str, ...], old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield the differences in keywords that no other comparison reads."""
    before, after = (
        {k: v for k, v in node.items() if k not in read and k not in get_annotations(node)}
        for node in (old, new)
    )
    yield from compare_nodes(policy.UNKNOWN_CHANGE, place, before, after)
