"""Tolerant reading of what the API sends.

A value that cannot be given its declared type is no error and not lost: it stays in the record's
`additional_properties` under its JSON name, just as it came, and its attribute is None.
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


def fields(source: object) -> dict[str, Any]:
    """Copy a JSON object, so that its fields can be taken out one by one.

    Raises TypeError for anything else: an empty list must not read as a record without fields.
    """
    if not isinstance(source, dict) and not isinstance(source, Mapping):
        raise TypeError(f"expected a JSON object, got {type(source).__name__}")
    return dict(source)


def elements(response: httpx.Response) -> Any:
    """The whole of an answer that is no object, such as a bare list; null elements are left out."""
    whole = json.loads(response.content)
    return [one for one in whole if one is not None] if isinstance(whole, list) else whole


def read(d: dict[str, Any], key: str, convert: Converter) -> Any:
    """Take a field out of `d` and convert it; None when it is absent or null.

    A value that cannot be converted goes back into `d`, and reads as None.
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
    """Take a list out of `d` and convert its elements; None when it is absent, null or no list.

    Null elements are left out. When an element cannot be read, the list goes back into `d` as it
    came, and the elements that could be read are returned all the same.
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
    """Convert every value of an object with free keys; what cannot be converted stays as it is."""
    choices = either(convert, kept)
    return {key: choices(value) for key, value in d.items()}


@cache
def each(convert: Converter) -> Converter:
    """Make the converter of a list inside a list; it is unreadable as soon as one element is."""

    def elements(value: Any) -> Any:
        if not isinstance(value, list):
            raise TypeError("expected a JSON array")
        return [convert(element) for element in value if element is not None]

    return elements


@cache
def either(*converters: Converter) -> Converter:
    """Make the converter of a field with several types; the first that fits is taken."""

    def first(value: Any) -> Any:
        for convert in converters:
            try:
                return convert(value)
            except UNREADABLE:
                continue
        raise ValueError("none of the types fits")

    return first


def kept(value: Any) -> Any:
    """Keep a value as it came."""
    return value


def moment(value: Any) -> datetime.datetime:
    """Read a date and time, with a zone only when one was sent.

    What is not ISO 8601 gets a second chance, but a date with two readings, such as "03/11/2025",
    raises ValueError, as does text that is no date. TypeError for anything but text.
    """
    try:
        return datetime.datetime.fromisoformat(value)
    except ValueError:
        return _guess(value)


def day(value: Any) -> datetime.date:
    """Read a date; ValueError or TypeError when it is none."""
    return datetime.date.fromisoformat(value)


def _guess(text: str) -> datetime.datetime:
    """Parse a date in a free format, if it can be understood in one way only."""
    if len(text) > _LONGEST_DATE or text.replace(".", "").strip().isdigit():
        raise ValueError("a bare number or a long text is no date")
    # Imported here: most programs never meet such a date, and the parser takes a while to load.
    from dateutil import parser

    # A part that is missing is filled from the default, so two defaults show that one is.
    january, february = datetime.datetime(2001, 1, 1), datetime.datetime(2002, 2, 2)
    readings = {
        parser.parse(text, default=default, dayfirst=dayfirst, yearfirst=yearfirst, tzinfos=_zone)
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


def _zone(name: str | None, offset: int | None) -> datetime.tzinfo | None:
    """The zone of a parsed date: an offset, UTC, or none; a name such as "PST" alone is no zone."""
    if offset is None and name is not None:
        raise ValueError("the zone cannot be known from its name")
    return None if offset is None else datetime.timezone(datetime.timedelta(seconds=offset))
