"""Compares two schemas field by field."""

from collections.abc import Iterator
from typing import Any

from attrs import frozen

from codegen.spec import Node
from codegen.specdiff import policy
from codegen.specdiff.policy import Change, Rule
from codegen.specdiff.shapes import Schema, Shape, canonical, identity, shape

LOWER = ("minLength", "minItems", "minProperties", "minimum", "exclusiveMinimum")
UPPER = ("maxLength", "maxItems", "maxProperties", "maximum", "exclusiveMaximum")
# Pairs of schemas on the way from the root: one that comes again is a recursion.
Trail = frozenset[tuple[int, int]]


@frozen
class Sides:
    """The two documents, and whether what is compared is sent or comes back."""

    old: Node
    new: Node
    answer: bool = False
    error: bool = False

    def shapes(self, old: Schema, new: Schema) -> tuple[Shape, Shape]:
        """The shapes of a schema on both sides."""
        before = shape(self.old, old, answer=self.answer)
        return before, shape(self.new, new, answer=self.answer)

    def narrowed(self) -> Rule:
        """The rule for a schema that allows less than before."""
        return policy.ANSWER_NARROWED if self.answer else policy.REQUEST_NARROWED

    def widened(self) -> Rule:
        """The rule for a schema that allows more than before."""
        return policy.ANSWER_WIDENED if self.answer else policy.REQUEST_WIDENED


def schema_changes(
    sides: Sides, old: Schema, new: Schema, place: str, trail: Trail = frozenset()
) -> Iterator[Change]:
    """Every difference between two schemas and all that is below them."""
    here = (identity(sides.old, old), identity(sides.new, new))
    if here in trail:
        return
    before, after = sides.shapes(old, new)
    yield from word_changes(before.words, after.words, place)
    if described(before) != described(after):
        what = f"type: {described(before)} → {described(after)}"
        yield Change(policy.TYPE_CHANGED, place, what)
        return
    yield from value_changes(sides, before, after, place)
    yield from field_changes(sides, before, after, place, trail | {here})
    yield from nested_changes(sides, before, after, place, trail | {here})


def described(shape: Shape) -> str:
    """The type in words."""
    several = "one of several" if shape.options else "anything"
    return " or ".join(sorted(shape.types)) or several


def word_changes(old: Node, new: Node, place: str) -> Iterator[Change]:
    """One change for all that readers are told; a name that is missing on one side is none."""
    names = sorted(old.keys() | new.keys())
    differing = [name for name in names if old.get(name) != new.get(name)]
    if "deprecated" in differing:
        what = "deprecated" if new.get("deprecated") else "no longer deprecated"
        yield Change(policy.WORDS_CHANGED, place, what)
    if others := [name for name in differing if name != "deprecated"]:
        yield Change(policy.WORDS_CHANGED, place, f"{', '.join(others)} changed")


def value_changes(sides: Sides, old: Shape, new: Shape, place: str) -> Iterator[Change]:
    """Differences in what a single value may be."""
    if old.nullable != new.nullable:
        rule = sides.widened() if new.nullable else sides.narrowed()
        yield Change(rule, place, f"null is {'allowed' if new.nullable else 'no longer allowed'}")
    yield from enum_changes(sides, old.enum, new.enum, place)
    yield from limit_changes(sides, old.limits, new.limits, place)
    for what in differences(old.formats, new.formats):
        yield Change(policy.FORMAT_CHANGED, place, what)
    if old.default != new.default:
        rule = policy.WORDS_CHANGED if sides.answer else policy.DEFAULT_CHANGED
        yield Change(rule, place, f"default: {told(old.default)} → {told(new.default)}")
    for what in differences(old.rest, new.rest):
        yield Change(policy.NOT_UNDERSTOOD, place, what)


def enum_changes(
    sides: Sides, old: list[Any] | None, new: list[Any] | None, place: str
) -> Iterator[Change]:
    """Values that came and went; their order says nothing."""
    if old is None and new is not None:
        yield Change(sides.narrowed(), place, f"only these values: {told(new)}")
    elif old is not None and new is None:
        # Any value may come now: as many new ones, which the policy calls compatible.
        yield Change(policy.VALUE_ADDED, place, f"any value, not only {told(old)}")
    elif old is not None and new is not None:
        for value in [value for value in old if value not in new]:
            yield Change(policy.VALUE_REMOVED, place, f"value {told(value)} removed")
        for value in [value for value in new if value not in old]:
            yield Change(policy.VALUE_ADDED, place, f"value {told(value)} added")


def limit_changes(sides: Sides, old: Node, new: Node, place: str) -> Iterator[Change]:
    """Limits that came, went or moved."""
    for name in sorted(old.keys() | new.keys()):
        before, after = old.get(name), new.get(name)
        if before != after:
            rule = sides.narrowed() if narrower(name, before, after) else sides.widened()
            if name == "pattern" and before and after:
                rule = policy.FORMAT_CHANGED
            yield Change(rule, place, f"{name}: {told(before)} → {told(after)}")


def narrower(name: str, old: Any, new: Any) -> bool:
    """Whether a limit lets fewer values through than before."""
    if old is None or new is None:
        return old is None
    if name in LOWER:
        return bool(new > old)
    return bool(new < old) if name in UPPER else True


def field_changes(
    sides: Sides, old: Shape, new: Shape, place: str, trail: Trail
) -> Iterator[Change]:
    """Fields that came, went or differ, in the order of the new document."""
    for name in [name for name in old.fields if name not in new.fields]:
        rule = policy.FIELD_REMOVED if sides.answer else policy.PARAMETER_REMOVED
        yield Change(rule, below(place, name), "removed")
    for name, schema in new.fields.items():
        inside, needed = below(place, name), name in new.required
        if name not in old.fields:
            yield field_added(sides, inside, needed=needed)
            continue
        if needed != (name in old.required):
            yield requirement_changed(sides, inside, needed=needed)
        yield from schema_changes(sides, old.fields[name], schema, inside, trail)


def below(place: str, name: str) -> str:
    """The place of a field: "200" and "content" give "200 content"."""
    return f"{place}.{name}" if " " in place else f"{place} {name}"


def field_added(sides: Sides, place: str, *, needed: bool) -> Change:
    """A field that was not there before."""
    if sides.answer:
        rule = policy.ERROR_FIELD_ADDED if sides.error else policy.FIELD_ADDED
        return Change(rule, place, "added")
    return Change(parameter_added(needed=needed), place, f"added, {necessity(needed=needed)}")


def requirement_changed(sides: Sides, place: str, *, needed: bool) -> Change:
    """A field that has become required, or optional."""
    if sides.answer:
        rule = policy.FIELD_ALWAYS_THERE if needed else policy.FIELD_MAY_LACK
    else:
        rule = policy.PARAMETER_REQUIRED if needed else policy.PARAMETER_OPTIONAL
    return Change(rule, place, f"{necessity(needed=not needed)} → {necessity(needed=needed)}")


def parameter_added(*, needed: bool) -> Rule:
    """The rule for a new parameter or a new field of a request."""
    return policy.REQUIRED_PARAMETER_ADDED if needed else policy.OPTIONAL_PARAMETER_ADDED


def necessity(*, needed: bool) -> str:
    """Required or optional, in words."""
    return "required" if needed else "optional"


def nested_changes(
    sides: Sides, old: Shape, new: Shape, place: str, trail: Trail
) -> Iterator[Change]:
    """Differences in elements, in further fields and in alternatives."""
    if old.items is not None or new.items is not None:
        before, after = (shape.items if shape.items is not None else {} for shape in (old, new))
        yield from schema_changes(sides, before, after, f"{place}[]", trail)
    yield from other_field_changes(sides, old.others, new.others, below(place, "*"), trail)
    yield from option_changes(sides, old.options, new.options, place, trail)


def other_field_changes(
    sides: Sides, old: Schema, new: Schema, place: str, trail: Trail
) -> Iterator[Change]:
    """Differences in the fields that have no name in the contract."""
    if old is new:
        return
    if old is not False and new is not False:
        yield from schema_changes(sides, old, new, place, trail)
    elif new is not False:
        # In an answer that is new fields, which the policy calls compatible.
        rule = policy.FIELD_ADDED if sides.answer else sides.widened()
        yield Change(rule, place, "further fields are allowed")
    elif old is not False:
        yield Change(sides.narrowed(), place, "further fields are no longer allowed")


def option_changes(
    sides: Sides, old: list[Node], new: list[Node], place: str, trail: Trail
) -> Iterator[Change]:
    """Differences in alternatives; equal ones drop out, the others are compared in their order."""
    if not old and not new:
        return
    gone = [option for option in old if not any(equal(sides, option, o, trail) for o in new)]
    fresh = [option for option in new if not any(equal(sides, o, option, trail) for o in old)]
    for number, (before, after) in enumerate(zip(gone, fresh, strict=False), 1):
        yield from schema_changes(sides, before, after, f"{place}(option {number})", trail)
    for option in gone[len(fresh) :]:
        yield Change(
            sides.narrowed(), place, f"an alternative is gone: {summary(sides.old, option)}"
        )
    for option in fresh[len(gone) :]:
        yield Change(sides.widened(), place, f"an alternative is new: {summary(sides.new, option)}")


def equal(sides: Sides, old: Node, new: Node, trail: Trail) -> bool:
    """Whether two alternatives allow the same."""
    changes = schema_changes(sides, old, new, "", trail)
    return all(change.rule is policy.WORDS_CHANGED for change in changes)


def summary(document: Node, option: Node) -> str:
    """An alternative in words."""
    found = shape(document, option, answer=True)
    return ", ".join(found.fields) or described(found)


def differences(old: Node, new: Node) -> list[str]:
    """What differs between two objects, key by key, in words."""
    keys = sorted(old.keys() | new.keys())
    changed = [key for key in keys if canonical(old.get(key)) != canonical(new.get(key))]
    return [f"{key}: {told(old.get(key))} → {told(new.get(key))}" for key in changed]


def told(value: Any) -> str:
    """A value as JSON; one that is not there as a word."""
    return "none" if value is None else canonical(value)
