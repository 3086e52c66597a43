"""Writing of models as JSON.

A string can replace an enum member, and a dict can replace a model, so writing never fails on a
type. The facade validates records before, because its errors can name the field.
"""

import datetime
import json
from collections.abc import Iterable, Mapping
from enum import Enum
from pathlib import PurePath
from typing import Any
from uuid import UUID

from .types import File, FileTypes

_JSON_TYPES = frozenset({str, int, float, bool, type(None)})


def to_jsonable(value: Any) -> Any:  # noqa: PLR0911
    """Convert a value of a model to JSON: models, enums and dates, also in lists."""
    if type(value) in _JSON_TYPES:
        return value
    if isinstance(value, list):
        return [to_jsonable(element) for element in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, datetime.date):
        return format_date(value)
    if isinstance(value, Mapping):
        return {key: to_jsonable(element) for key, element in value.items()}
    return str(value) if isinstance(value, UUID) else value


def format_date(value: datetime.date) -> str:
    """Return a date or a date-time in ISO 8601.

    The contract writes date-times in UTC with "Z", and a fraction as milliseconds. More digits are
    written only if the value has them. A naive date-time has no UTC time, so it stays as it is.
    """
    if not isinstance(value, datetime.datetime) or value.utcoffset() is None:
        return value.isoformat()
    try:
        in_utc = value.astimezone(datetime.UTC).replace(tzinfo=None)
    except OverflowError:  # its UTC time is outside the years 1 to 9999
        return value.isoformat()
    is_in_milliseconds = in_utc.microsecond > 0 and in_utc.microsecond % 1000 == 0
    return in_utc.isoformat(timespec="milliseconds" if is_in_milliseconds else "auto") + "Z"


def to_json_object(model: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the JSON object of a model from its fields and its additional properties.

    A field that is None is left out. A value that could not be read is written unchanged, unless
    its attribute has been set since.
    """
    record = {key: to_jsonable(value) for key, value in model.additional_properties.items()}
    fields = {
        key: value if type(value) in _JSON_TYPES else to_jsonable(value)
        for key, value in known.items()
        if value is not None
    }
    both = record.keys() & fields.keys()
    as_read = _write_readable_parts(model, both) if both else {}
    record.update((k, v) for k, v in fields.items() if k not in both or v != as_read.get(k))
    return record


def _write_readable_parts(model: Any, keys: Iterable[str]) -> dict[str, Any]:
    """Return the readable parts of the unreadable values of a model, as JSON."""
    again = model.from_dict({key: model.additional_properties[key] for key in keys})
    again.additional_properties = {}
    readable: dict[str, Any] = again.to_dict()
    return readable


def write_form(
    known: Mapping[str, Any], additional: Mapping[str, Any]
) -> list[tuple[str, FileTypes]]:
    """Return the parts of a multipart form; a list gives one part for each of its elements.

    Args:
        known: The fields of the model by JSON name; a field that is None is absent.
        additional: Fields that the contract does not name.
    """
    fields = {**additional, **{key: value for key, value in known.items() if value is not None}}
    return [
        (name, _write_part(name, element))
        for name, value in fields.items()
        for element in (value if isinstance(value, list) else [value])
    ]


def _write_part(name: str, value: Any) -> FileTypes:
    """Return one part: a file with a name, an object as JSON, or any other value as text."""
    if isinstance(value, File):
        return value.file_name or name, value.payload, value.mime_type
    if isinstance(value, bytes | bytearray):
        return name, bytes(value), "application/octet-stream"
    if hasattr(value, "read"):
        return PurePath(str(getattr(value, "name", name))).name, value, None
    content = to_jsonable(value)
    if isinstance(content, dict | list):
        return None, json.dumps(content).encode(), "application/json"
    text = str(content).lower() if isinstance(content, bool) else str(content)
    return None, text.encode(), "text/plain"
