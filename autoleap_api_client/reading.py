"""Tolerant reading of responses.

A value that does not fit its declared type raises no error. It stays unchanged in the record's
`additional_properties` under its JSON name, and its attribute is None.
"""

import datetime
import json
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import httpx

UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, ArithmeticError)

Converter = Callable[[Any], Any]

_LONGEST_DATE = 60


def copy_fields(source: object) -> dict[str, Any]:
    """Copy a JSON object, so that its fields can be removed one by one.

    Raises TypeError for any other value: an empty list is not a record without fields.
    """
    if not isinstance(source, dict) and not isinstance(source, Mapping):
        raise TypeError(f"expected a JSON object, got {type(source).__name__}")
    return dict(source)


def parse_elements(response: httpx.Response) -> Any:
    """Parse a response that is not an object, such as a list; leave out null elements."""
    whole = json.loads(response.content)
    return [item for item in whole if item is not None] if isinstance(whole, list) else whole


def read(d: dict[str, Any], key: str, convert: Converter) -> Any:
    """Remove a field from `d` and return it converted; None if it is absent or null.

    A value that cannot be converted stays in `d`, and the result is None.
    """
    value = d.pop(key, None)
    if value is None:
        return None
    try:
        return convert(value)
    except UNREADABLE:
        d[key] = value
        return None


def read_list(d: dict[str, Any], key: str, convert: Converter | None = None) -> Any:
    """Remove a list from `d` and return it converted; None if it is absent, null or not a list.

    Null elements are left out. If an element cannot be converted, the whole list stays in `d`
    unchanged. The elements that can be converted are returned in any case.
    """
    value = d.pop(key, None)
    if value is None:
        return None
    if not isinstance(value, list):
        d[key] = value
        return None
    elements: list[Any] = []
    for element in value:
        if element is None:
            continue
        try:
            elements.append(element if convert is None else convert(element))
        except UNREADABLE:
            d[key] = value
    return elements


def read_values(d: dict[str, Any], convert: Converter) -> dict[str, Any]:
    """Convert each value of an object with free keys; a value that cannot be converted stays."""
    choices = make_union_converter(convert, keep_value)
    return {key: choices(value) for key, value in d.items()}


@cache
def make_list_converter(convert: Converter) -> Converter:
    """Return the converter of a list inside a list; it fails if one element cannot be converted."""

    def convert_list(value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError("expected a JSON array")
        return [convert(element) for element in value if element is not None]

    return convert_list


@cache
def make_union_converter(*converters: Converter) -> Converter:
    """Return the converter of a field with several types; it uses the first type that fits."""

    def convert_first(value: Any) -> Any:
        for convert in converters:
            try:
                return convert(value)
            except UNREADABLE:
                continue
        raise ValueError("none of the types fits")

    return convert_first


def keep_value(value: Any) -> Any:
    """Return a value unchanged."""
    return value


def parse_datetime(value: Any) -> datetime.datetime:
    """Parse a date and time; the result has a time zone only if the text has one.

    Other formats than ISO 8601 are allowed. A date with two meanings, such as "03/11/2025",
    raises ValueError, and so does a text that is not a date. Other types raise TypeError.
    """
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return _parse_free_format(value)


def parse_date(value: Any) -> datetime.date:
    """Parse an ISO 8601 date; raise ValueError or TypeError if it is not one."""
    return datetime.date.fromisoformat(value)


def _parse_free_format(text: str) -> datetime.datetime:
    """Parse a date in a free format that has only one meaning."""
    if len(text) > _LONGEST_DATE or text.replace(".", "").strip().isdigit():
        raise ValueError("a bare number or a long text is no date")
    # Imported here, because the parser loads slowly and few responses need it.
    from dateutil import parser

    # The parser fills a missing part from the default. Two defaults show that a part is missing.
    january, february = datetime.datetime(2001, 1, 1), datetime.datetime(2002, 2, 2)
    readings = {
        parser.parse(
            text, default=default, dayfirst=dayfirst, yearfirst=yearfirst, tzinfos=_make_timezone
        )
        for default, dayfirst, yearfirst in (
            (january, False, False),
            (february, True, False),
            (january, False, True),
            (february, True, True),
        )
    }
    if len(readings) != 1:
        raise ValueError("the date can be read in more than one way")
    return readings.pop()


def _make_timezone(name: str | None, offset: int | None) -> datetime.tzinfo | None:
    """Return the time zone of an offset; a name without an offset, such as "PST", is ambiguous."""
    if offset is None and name is not None:
        raise ValueError("the zone cannot be known from its name")
    return None if offset is None else datetime.timezone(datetime.timedelta(seconds=offset))
