"""Compare two schemas field by field."""

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from codegen.spec import Node
from codegen.specdiff import policy
from codegen.specdiff.policy import Change, Rule
from codegen.specdiff.shapes import Schema, Shape, build_shape, get_identity, to_canonical_json

LOWER_LIMITS = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
UPPER_LIMITS = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
# Pairs of schemas from the root to the current place. A pair that repeats is a recursion.
Trail = frozenset[tuple[int, int]]


@frozen
class SpecPair:
    """The two specs, and the direction of the current comparison.

    Attributes:
        response: Whether the schemas are those of a response.
        error: Whether the response is an error.
    """

    old: Node
    new: Node
    response: bool = False
    error: bool = False

    def build_shapes(self, old: Schema, new: Schema) -> tuple[Shape, Shape]:
        """Return the shapes of a schema in both specs."""
        before = build_shape(self.old, old, response=self.response)
        return before, build_shape(self.new, new, response=self.response)

    @property
    def narrowed(self) -> Rule:
        """The rule for a schema that allows less than before."""
        return policy.RESPONSE_NARROWED if self.response else policy.REQUEST_NARROWED

    @property
    def widened(self) -> Rule:
        """The rule for a schema that allows more than before."""
        return policy.RESPONSE_WIDENED if self.response else policy.REQUEST_WIDENED


def compare_schemas(
    specs: SpecPair, old: Schema, new: Schema, place: str, trail: Trail = frozenset()
) -> Iterator[Change]:
    """Yield every difference between two schemas and their subschemas."""
    here = (get_identity(specs.old, old), get_identity(specs.new, new))
    if here in trail:
        return
    before, after = specs.build_shapes(old, new)
    yield from compare_annotations(before.annotations, after.annotations, place)
    if describe_type(before) != describe_type(after):
        description = f"type: {describe_type(before)} → {describe_type(after)}"
        yield Change(policy.TYPE_CHANGED, place, description)
        return
    yield from compare_values(specs, before, after, place)
    yield from compare_fields(specs, before, after, place, trail | {here})
    yield from compare_subschemas(specs, before, after, place, trail | {here})


def describe_type(shape: Shape) -> str:
    """Return the types of a shape as text."""
    untyped = "one of several" if shape.options else "anything"
    return " or ".join(sorted(shape.types)) or untyped


def compare_annotations(old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield a change for `deprecated`, and one change for all other annotations."""
    names = sorted(old.keys() | new.keys())
    differing = [name for name in names if old.get(name) != new.get(name)]
    if "deprecated" in differing:
        description = "deprecated" if new.get("deprecated") else "no longer deprecated"
        yield Change(policy.ANNOTATIONS_CHANGED, place, description)
    if others := [name for name in differing if name != "deprecated"]:
        yield Change(policy.ANNOTATIONS_CHANGED, place, f"{', '.join(others)} changed")


def compare_values(specs: SpecPair, old: Shape, new: Shape, place: str) -> Iterator[Change]:
    """Yield the differences between the allowed values, without those of subschemas."""
    if old.nullable != new.nullable:
        rule = specs.widened if new.nullable else specs.narrowed
        yield Change(rule, place, f"null is {'allowed' if new.nullable else 'no longer allowed'}")
    yield from compare_enums(specs, old.enum, new.enum, place)
    yield from compare_limits(specs, old.limits, new.limits, place)
    yield from compare_nodes(policy.FORMAT_CHANGED, place, old.formats, new.formats)
    if old.default != new.default:
        rule = policy.ANNOTATIONS_CHANGED if specs.response else policy.DEFAULT_CHANGED
        change = f"default: {format_value(old.default)} → {format_value(new.default)}"
        yield Change(rule, place, change)
    yield from compare_nodes(policy.UNKNOWN_CHANGE, place, old.unknown, new.unknown)


def compare_enums(
    specs: SpecPair, old: list[Any] | None, new: list[Any] | None, place: str
) -> Iterator[Change]:
    """Yield the enum values that were removed or added; their order has no meaning."""
    if old is None and new is not None:
        yield Change(specs.narrowed, place, f"only these values: {format_value(new)}")
    elif old is not None and new is None:
        # Any value can come now. The policy calls new values compatible.
        yield Change(policy.VALUE_ADDED, place, f"any value, not only {format_value(old)}")
    elif old is not None and new is not None:
        for value in [value for value in old if value not in new]:
            yield Change(policy.VALUE_REMOVED, place, f"value {format_value(value)} removed")
        for value in [value for value in new if value not in old]:
            yield Change(policy.VALUE_ADDED, place, f"value {format_value(value)} added")


def compare_limits(specs: SpecPair, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Yield the limits that were removed, added or changed."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            rule = specs.narrowed if is_narrower(name, before, after) else specs.widened
            if name == "pattern" and before and after:
                rule = policy.FORMAT_CHANGED
            yield Change(rule, place, f"{name}: {format_value(before)} → {format_value(after)}")


def is_narrower(name: str, old: Any, new: Any) -> bool:
    """Return whether a limit allows fewer values than before."""
    if old is None or new is None:
        return old is None
    if name in LOWER_LIMITS:
        return bool(new > old)
    return bool(new < old) if name in UPPER_LIMITS else True


def compare_fields(
    specs: SpecPair, old: Shape, new: Shape, place: str, trail: Trail
) -> Iterator[Change]:
    """Yield the fields that were removed, added or changed, in the order of the new spec."""
    for name in [name for name in old.fields if name not in new.fields]:
        rule = policy.FIELD_REMOVED if specs.response else policy.PARAMETER_REMOVED
        yield Change(rule, join_place(place, name), "removed")
    for name, schema in new.fields.items():
        inside, required = join_place(place, name), name in new.required
        if name not in old.fields:
            yield report_new_field(specs, inside, required=required)
            continue
        if required != (name in old.required):
            yield report_requirement(specs, inside, required=required)
        yield from compare_schemas(specs, old.fields[name], schema, inside, trail)


def join_place(place: str, name: str) -> str:
    """Return the place of a field: "200" and "content" give "200 content"."""
    return f"{place}.{name}" if " " in place else f"{place} {name}"


def report_new_field(specs: SpecPair, place: str, *, required: bool) -> Change:
    """Return the change for a field that was added."""
    if specs.response:
        rule = policy.ERROR_FIELD_ADDED if specs.error else policy.FIELD_ADDED
        return Change(rule, place, "added")
    return report_new_parameter(place, required=required)


def report_new_parameter(place: str, *, required: bool) -> Change:
    """Return the change for a parameter, a request field or a request body that was added."""
    rule = policy.REQUIRED_PARAMETER_ADDED if required else policy.OPTIONAL_PARAMETER_ADDED
    return Change(rule, place, f"added, {'required' if required else 'optional'}")


def report_requirement(specs: SpecPair, place: str, *, required: bool) -> Change:
    """Return the change for a field or parameter that became required or optional."""
    if specs.response:
        rule = policy.FIELD_REQUIRED if required else policy.FIELD_OPTIONAL
    else:
        rule = policy.PARAMETER_REQUIRED if required else policy.PARAMETER_OPTIONAL
    return Change(rule, place, "optional → required" if required else "required → optional")


def compare_subschemas(
    specs: SpecPair, old: Shape, new: Shape, place: str, trail: Trail
) -> Iterator[Change]:
    """Yield the differences in elements, additional fields and alternatives."""
    if old.items is not None or new.items is not None:
        before, after = (shape.items if shape.items is not None else {} for shape in (old, new))
        yield from compare_schemas(specs, before, after, f"{place}[]", trail)
    inside = join_place(place, "*")
    yield from compare_additional(specs, old.additional, new.additional, inside, trail)
    yield from compare_options(specs, old.options, new.options, place, trail)


def compare_additional(
    specs: SpecPair, old: Schema, new: Schema, place: str, trail: Trail
) -> Iterator[Change]:
    """Yield the differences in the fields that the contract does not name."""
    if old is new:
        return
    if old is not False and new is not False:
        yield from compare_schemas(specs, old, new, place, trail)
    elif new is not False:
        # In a response these are new fields, which the policy calls compatible.
        rule = policy.FIELD_ADDED if specs.response else specs.widened
        yield Change(rule, place, "further fields are allowed")
    elif old is not False:
        yield Change(specs.narrowed, place, "further fields are no longer allowed")


def compare_options(
    specs: SpecPair, old: list[Node], new: list[Node], place: str, trail: Trail
) -> Iterator[Change]:
    """Yield the differences in alternatives; those without an equivalent are compared in order."""
    removed = [o for o in old if not any(are_equivalent(specs, o, n, trail) for n in new)]
    added = [n for n in new if not any(are_equivalent(specs, o, n, trail) for o in old)]
    for number, (before, after) in enumerate(zip(removed, added, strict=False), 1):
        yield from compare_schemas(specs, before, after, f"{place}(option {number})", trail)
    for option in removed[len(added) :]:
        fields = describe_option(specs.old, option)
        yield Change(specs.narrowed, place, f"alternative removed: {fields}")
    for option in added[len(removed) :]:
        fields = describe_option(specs.new, option)
        yield Change(specs.widened, place, f"alternative added: {fields}")


def are_equivalent(specs: SpecPair, old: Node, new: Node, trail: Trail) -> bool:
    """Return whether two alternatives allow the same."""
    changes = compare_schemas(specs, old, new, "", trail)
    return all(change.rule is policy.ANNOTATIONS_CHANGED for change in changes)


def describe_option(spec: Node, option: Node) -> str:
    """Return the fields or the type of an alternative as text."""
    shape = build_shape(spec, option, response=True)
    return ", ".join(shape.fields) or describe_type(shape)


def compare_nodes(rule: Rule, place: str, old: Node, new: Node) -> Iterator[Change]:
    """Yield a change under one rule for every key whose value differs."""
    for key in sorted(old.keys() | new.keys()):
        before, after = format_value(old.get(key)), format_value(new.get(key))
        if before != after:
            yield Change(rule, place, f"{key}: {before} → {after}")


def format_value(value: Any) -> str:
    """Return a value as JSON, or "none" for no value."""
    return "none" if value is None else to_canonical_json(value)
