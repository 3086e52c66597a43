"""Writing models as JSON.

A plain string is as good as the enum member, and a plain dict as good as the model: writing never
fails on a type. What is sent is checked elsewhere, where an error can name the field.
"""

import datetime
from collections.abc import Mapping
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


def written(known: Mapping[str, Any], additional: Mapping[str, Any]) -> dict[str, Any]:
    """Make the JSON object of a model out of its fields by JSON name and its additional properties.

    A field that is None is absent. What was kept because it could not be read is written as it
    came, unless its attribute has been set since.
    """
    record = {key: plain(value) for key, value in additional.items()}
    for key, value in known.items():
        if value is not None:
            record[key] = value if type(value) in _AS_THEY_ARE else plain(value)
    return record
