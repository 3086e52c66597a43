"""Writing models as JSON.

A plain string is as good as the enum member, and a plain dict as good as the model: writing never
fails on a type. What is sent is checked elsewhere, where an error can name the field.
"""

import datetime
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any
from uuid import UUID

_AS_THEY_ARE = frozenset({str, int, float, bool, type(None)})


def plain(value: Any) -> Any:  # noqa: PLR0911
    """Turn a value of a model into what JSON can hold: models, enums and dates, in lists too."""
    if type(value) in _AS_THEY_ARE:
        return value
    if isinstance(value, list):
        return [plain(element) for element in value]
    if isinstance(value, Enum):
        return value.value
    if hasattr(value, "to_dict"):
        return value.to_dict()
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {key: plain(element) for key, element in value.items()}
    return str(value) if isinstance(value, UUID) else value


def written(model: Any, known: Mapping[str, Any]) -> dict[str, Any]:
    """Make the JSON object of a model out of its fields by JSON name and its additional properties.

    A field that is None is absent. What was kept because it could not be read, wholly or in part,
    is written as it came, unless its attribute has been set since.
    """
    record = {key: plain(value) for key, value in model.additional_properties.items()}
    fields = {
        key: value if type(value) in _AS_THEY_ARE else plain(value)
        for key, value in known.items()
        if value is not None
    }
    both = record.keys() & fields.keys()
    as_read = _read_again(model, both) if both else {}
    record.update((k, v) for k, v in fields.items() if k not in both or v != as_read.get(k))
    return record


def _read_again(model: Any, keys: Iterable[str]) -> dict[str, Any]:
    """What was readable in the values of a model that were kept, as JSON."""
    again = model.from_dict({key: model.additional_properties[key] for key in keys})
    again.additional_properties = {}
    readable: dict[str, Any] = again.to_dict()
    return readable
