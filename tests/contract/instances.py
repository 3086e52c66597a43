"""JSON that fits the schemas of openapi.yaml, and JSON that nearly does, for hypothesis."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from hypothesis import strategies as st

from tests.contract.spec import Json

Strategy = st.SearchStrategy[Any]

TEXTS = st.text(max_size=8)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
SCALARS = st.booleans() | NUMBERS | TEXTS
ANYTHING = st.recursive(
    st.none() | SCALARS,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXTS, inner, max_size=2),
    max_leaves=4,
)
# What a field may hold instead of what it should (contract, section 3, quirk 2).
NEIGHBOURS: Strategy = st.sampled_from(
    [
        *(None, "", "12", 12, 1, 0, 12.5, True, "true", "no such value", 9999),
        *("03/11/2025", "2025-03-11", "2025-03-11 10:00"),
        *([], {}, ["x"], [{}], [None], {"a": 1}),
    ]
)


def spelled(moment: datetime) -> str:
    """A date-time as the API writes it: with milliseconds and Z."""
    return moment.replace(tzinfo=UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


SIMPLE: dict[str, Strategy] = {
    "null": st.none(),
    "string": TEXTS,
    "integer": st.integers(),
    "number": NUMBERS,
    "boolean": st.booleans(),
    "object": st.dictionaries(TEXTS, ANYTHING, max_size=2),
    "date-time": st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1)).map(spelled),
}


@st.composite
def _drawn(draw: st.DrawFn, make: Callable[[st.DrawFn], Any]) -> Any:
    return make(draw)


def good(schema: Json) -> Strategy:
    """Values that a whole schema allows, spelled as the API spells them."""
    return _drawn(partial(_good, schema=schema))


def odd(schema: Json) -> Strategy:
    """JSON objects of which any part may be missing, unknown, null, or of another type."""
    return _drawn(partial(_odd_record, schema=schema))


def _good(draw: st.DrawFn, schema: Json) -> Any:
    if "anyOf" in schema:
        return _good(draw, draw(st.sampled_from(schema["anyOf"])))
    if "enum" in schema:
        return draw(st.sampled_from(schema["enum"]))
    if "properties" in schema:
        chosen = {*schema.get("required", []), *_some(draw, schema["properties"])}
        fields = schema["properties"].items()
        return {name: _good(draw, field) for name, field in fields if name in chosen}
    if "items" in schema:
        size = draw(st.integers(schema.get("minItems", 0), 2))
        return [_good(draw, schema["items"]) for _ in range(size)]
    kind = (
        schema["type"] if isinstance(schema["type"], str) else draw(st.sampled_from(schema["type"]))
    )
    return draw(SIMPLE[schema["format"] if schema.get("format") in SIMPLE else kind])


def _odd(draw: st.DrawFn, schema: Json) -> Any:
    kind = draw(st.integers(0, 5))
    if kind == 0:
        return draw(NEIGHBOURS)
    if kind == 1:
        return draw(ANYTHING)
    if "properties" in schema:
        return _odd_record(draw, schema)
    if "items" in schema:
        return [_odd(draw, schema["items"]) for _ in range(draw(st.integers(0, 3)))]
    return _good(draw, schema)


def _odd_record(draw: st.DrawFn, schema: Json) -> Json:
    properties = schema.get("properties", {})
    record = {name: _odd(draw, properties[name]) for name in _some(draw, properties)}
    return record | {f"new-{name}": draw(ANYTHING) for name in draw(st.sets(TEXTS, max_size=1))}


def _some(draw: st.DrawFn, properties: Json) -> list[str]:
    return draw(st.lists(st.sampled_from(sorted(properties)), unique=True)) if properties else []


def same(sent: Any, written: Any) -> bool:
    """Whether JSON was written again as it was sent, but for nulls and the spelling of dates."""
    match sent, written:
        case dict(), dict():
            left, right = without_nulls(sent), without_nulls(written)
            return left.keys() == right.keys() and all(same(left[k], right[k]) for k in left)
        case list(), list():
            here, there = ([e for e in side if e is not None] for side in (sent, written))
            return len(here) == len(there) and all(map(same, here, there))
        case str(), str():
            return sent == written or moment_of(sent) == moment_of(written) is not None
    return type(sent) is type(written) and sent == written


def without_nulls(record: Json) -> Json:
    return {name: value for name, value in record.items() if value is not None}


def moment_of(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None
