"""Check records against the request schemas of `openapi.yaml` before they are sent."""

from __future__ import annotations

import difflib
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime
from enum import Enum
from typing import Any, Protocol, TypeAlias, cast, runtime_checkable

from attrs import frozen

from autoleap_api_client.writing import format_date

from ._request_schemas import resolve_ref
from .errors import RecordError

Json: TypeAlias = dict[str, Any]


@runtime_checkable
class Model(Protocol):
    """A generated model."""

    def to_dict(self) -> dict[str, Any]:
        """Return the model as the API's JSON."""
        ...


@frozen
class Violation:
    """A broken rule of the contract.

    Attributes:
        field: Path of the field in the API's spelling.
        reason: The rule that it breaks.
    """

    field: str
    reason: str


def validate_record(
    record: object, schema: str, *, index: int | None = None, extra: Mapping[str, str] | None = None
) -> Json:
    """Return a record as JSON if it keeps the contract.

    A dict may contain only fields of the contract, so that a misspelled field is an error. A model
    may contain other fields in `additional_properties`.

    Args:
        record: A generated model, or a mapping in the API's spelling.
        schema: Name of the request schema.
        index: Row of the input, from 0, for the error.
        extra: Default values for fields that the record lacks.

    Raises:
        RecordError: for the first field that breaks the contract.
    """
    try:
        return _validate(record, schema, index, extra)
    except RecursionError:
        message = "is nested too deeply, or contains itself"
    raise RecordError.for_field("", message, index)


def _validate(
    record: object, schema: str, index: int | None, extra: Mapping[str, str] | None
) -> Json:
    payload = to_jsonable(record)
    if not isinstance(payload, dict):
        type_name = type(record).__name__
        message = f"a record must be a model or a dict, not {type_name}"
        raise RecordError.for_field("", message, index)
    payload = {**(extra or {}), **cast("Json", payload)}
    forbid_extra = not isinstance(record, Model)
    for violation in iter_violations(payload, {"$ref": schema}, forbid_extra=forbid_extra):
        raise RecordError.for_field(violation.field, violation.reason, index)
    if not _is_serializable(payload):
        for violation in iter_unserializable(payload):
            raise RecordError.for_field(violation.field, violation.reason, index)
    return payload


def _is_serializable(value: object) -> bool:
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError):
        return False
    return True


def iter_unserializable(value: object, path: str = "") -> Iterator[Violation]:
    """Yield each part of a value that JSON cannot represent."""
    if isinstance(value, dict):
        for name, item in cast("Json", value).items():
            field = _join_path(path, name)
            if not _is_serializable(name):
                yield Violation(ascii(field), "cannot be written as JSON (the name of the field)")
            yield from iter_unserializable(item, field)
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from iter_unserializable(item, f"{path}[{number}]")
    elif not _is_serializable(value):
        yield Violation(path, f"cannot be written as JSON ({type(value).__name__})")


def to_jsonable(value: object) -> object:
    """Convert models, enums, dates and tuples to JSON types; other values stay."""
    if isinstance(value, Enum):
        return value.value
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, Mapping):
        return {k: to_jsonable(v) for k, v in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [to_jsonable(item) for item in cast("Sequence[object]", value)]
    if isinstance(value, date):
        return format_date(value)
    return cast("object", value.to_dict()) if isinstance(value, Model) else value


def iter_violations(
    value: object, schema: Mapping[str, Any], path: str = "", *, forbid_extra: bool = True
) -> Iterator[Violation]:
    """Yield each rule of a schema that a value breaks, in the order of the fields.

    Args:
        value: The value as JSON.
        schema: Its schema, or a reference to it.
        path: Path of the value in the record; empty for the record.
        forbid_extra: Whether a field that the schema does not name is a violation.
    """
    schema = resolve_ref(schema)
    for part in schema.get("allOf", ()):
        yield from iter_violations(value, part, path, forbid_extra=False)
    if not _matches_any(value, schema.get("anyOf"), path, forbid_extra):
        yield from iter_violations(value, schema["anyOf"][0], path, forbid_extra=forbid_extra)
    reason = _type_error(value, schema) or _value_error(value, schema)
    if reason:
        yield Violation(path, reason)
    elif isinstance(value, dict):
        yield from _iter_object_violations(cast("Json", value), schema, path, forbid_extra)
    elif isinstance(value, list):
        for number, item in enumerate(cast("list[object]", value)):
            yield from iter_violations(
                item, schema.get("items", {}), f"{path}[{number}]", forbid_extra=forbid_extra
            )


def _matches_any(
    value: object, options: Sequence[Mapping[str, Any]] | None, path: str, forbid_extra: bool
) -> bool:
    if not options:
        return True
    return any(
        not list(iter_violations(value, option, path, forbid_extra=forbid_extra))
        for option in options
    )


def _iter_object_violations(
    value: Json, schema: Mapping[str, Any], path: str, forbid_extra: bool
) -> Iterator[Violation]:
    known: Mapping[str, Any] = schema.get("properties", {})
    for name in schema.get("required", ()):
        if value.get(name) is None:
            yield Violation(_join_path(path, name), "is required")
    for name, item in value.items():
        field = _join_path(path, name)
        if not isinstance(cast("object", name), str):
            yield Violation(field, "is not a field of the contract: its name is not a str")
        elif name in known:
            if item is not None or name not in schema.get("required", ()):
                yield from iter_violations(item, known[name], field, forbid_extra=forbid_extra)
        elif known and forbid_extra:
            matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
            hint = f"; did you mean {matches[0]}?" if matches else ""
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
    type_name = "null" if value is None else type(value).__name__
    return f"must be {' or '.join(allowed)}, not {type_name}"


def _value_error(value: object, schema: Mapping[str, Any]) -> str | None:
    if "enum" in schema and value not in schema["enum"]:
        # A long value may be customer data, so the message does not contain it.
        quoted = f"{value!r} " if isinstance(value, str) and len(value) <= 20 else ""
        return f"{quoted}is not one of {', '.join(map(str, schema['enum']))}"
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
