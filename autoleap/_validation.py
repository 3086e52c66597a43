"""Records against the contract, before they are sent: the rules are `openapi.yaml`'s own."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from attrs import frozen

from ._request_schemas import resolve_ref
from .errors import RecordError

Json: TypeAlias = dict[str, Any]


@runtime_checkable
class Model(Protocol):
    """What every generated model can do."""

    def to_dict(self) -> dict[str, Any]:
        """The model in the API's JSON."""
        ...


@frozen
class Violation:
    """One broken rule: the field's path in the API's spelling, and what is wrong with it."""

    field: str
    reason: str


def validate_record(
    record: object, schema: str, *, index: int | None = None, extra: Mapping[str, str] | None = None
) -> Json:
    """The record as JSON, once it is known to keep the contract.

    A plain dict may only hold fields that the contract names, so that a typing error is not lost
    silently; what a model carries in `additional_properties` was put there on purpose and passes.

    Args:
        record: A generated model or a mapping in the API's spelling.
        schema: Name of the request schema.
        index: Row of the input, for the error.
        extra: Fields to fill in where the record lacks them.

    Raises:
        RecordError: naming the first offending field.
    """
    plain = to_jsonable(record)
    if not isinstance(plain, dict):
        kind = type(record).__name__
        raise RecordError.for_field("", f"a record must be a model or a dict, not {kind}", index)
    whole = {**(extra or {}), **cast("Json", plain)}
    for violation in iter_violations(whole, {"$ref": schema}, closed=not isinstance(record, Model)):
        raise RecordError.for_field(violation.field, violation.reason, index)
    if not _is_serializable(whole):
        for violation in iter_unserializable(whole):
            raise RecordError.for_field(violation.field, violation.reason, index)
    return whole


def _is_serializable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return True


def iter_unserializable(value: object, path: str = "") -> Iterator[Violation]:
    """Every place of a value that JSON cannot hold; what a model carries may be anything."""
    if isinstance(value, dict):
        for name, item in cast("Json", value).items():
            yield from iter_unserializable(item, _join_path(path, name))
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from iter_unserializable(item, f"{path}[{number}]")
    elif not _is_serializable(value):
        yield Violation(path, f"cannot be written as JSON ({type(value).__name__})")


def to_jsonable(value: object) -> object:
    """Models, enums, dates and tuples in terms of JSON; anything else as it is."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {k: to_jsonable(v) for k, v in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, datetime | date):
        return value.isoformat()
    return cast("object", value.to_dict()) if isinstance(value, Model) else value


def iter_violations(
    value: object, schema: Mapping[str, Any], path: str = "", *, closed: bool = True
) -> Iterator[Violation]:
    """Every rule of a schema that a value breaks, in the order of the fields.

    Args:
        closed: Whether a field that the schema does not name is a violation.
    """
    schema = resolve_ref(schema)
    for part in schema.get("allOf", ()):
        yield from iter_violations(value, part, path, closed=False)
    if not _matches_any(value, schema.get("anyOf"), path, closed):
        yield from iter_violations(value, schema["anyOf"][0], path, closed=closed)
    reason = _type_error(value, schema) or _value_error(value, schema)
    if reason:
        yield Violation(path, reason)
    elif isinstance(value, dict):
        yield from _iter_object_violations(cast("Json", value), schema, path, closed)
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from iter_violations(
                item, schema.get("items", {}), f"{path}[{number}]", closed=closed
            )


def _matches_any(
    value: object, options: Sequence[Mapping[str, Any]] | None, path: str, closed: bool
) -> bool:
    if not options:
        return True
    return any(not list(iter_violations(value, option, path, closed=closed)) for option in options)


def _iter_object_violations(
    value: Json, schema: Mapping[str, Any], path: str, closed: bool
) -> Iterator[Violation]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if value.get(name) is None:
            yield Violation(_join_path(path, name), "is required")
    for name, item in value.items():
        field = _join_path(path, name)
        if not isinstance(cast("object", name), str):
            yield Violation(field, "is not a field of the contract: its name is no text")
        elif name in known:
            if item is not None or name not in schema.get("required", ()):
                yield from iter_violations(item, known[name], field, closed=closed)
        elif known and closed:
            near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean {near[0]}?" if near else ""
            yield Violation(field, f"is not a field of the contract{hint}")


_TYPES: Mapping[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: (
        isinstance(value, int | float)
        and not isinstance(value, bool)
        and (isinstance(value, int) or math.isfinite(value))
    ),
    "boolean": lambda value: isinstance(value, bool),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _type_error(value: object, schema: Mapping[str, Any]) -> str | None:
    declared: str | list[str] | None = schema.get("type")
    if declared is None:
        return None
    allowed = [declared] if isinstance(declared, str) else declared
    if any(name in _TYPES and _TYPES[name](value) for name in allowed):
        return None
    got = "null" if value is None else type(value).__name__
    return f"must be {' or '.join(allowed)}, not {got}"


def _value_error(value: object, schema: Mapping[str, Any]) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        # Only a short word is quoted: a message should not carry what may be somebody's data.
        said = f"{value!r} " if isinstance(value, str) and len(value) <= 20 else ""
        return f"{said}is not one of {', '.join(map(str, schema['enum']))}"
    if (
        isinstance(value, str)
        and schema.get("format") == "date-time"
        and not _is_aware_datetime(value)
    ):
        return "is not a date-time with a time zone, like 2026-01-31T09:00:00Z"
    if isinstance(value, str | list):
        noun = "character" if isinstance(value, str) else "element"
        size = len(cast("Sequence[object]", value))
        low, high = ("minLength", "maxLength") if noun == "character" else ("minItems", "maxItems")
        return _range_error(size, schema.get(low), schema.get(high), f" {noun}s")
    if isinstance(value, int | float):
        return _range_error(value, schema.get("minimum"), schema.get("maximum"), "")
    return None


def _range_error(size: float, low: float | None, high: float | None, unit: str) -> str | None:
    if low is not None and size < low:
        return f"must have at least {low}{unit}" if unit else f"must be at least {low}, not {size}"
    if high is not None and size > high:
        return f"must have at most {high}{unit}" if unit else f"must be at most {high}, not {size}"
    return None


def _is_aware_datetime(value: str) -> bool:
    try:
        return datetime.fromisoformat(value).utcoffset() is not None
    except ValueError:
        return False


def _join_path(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name
