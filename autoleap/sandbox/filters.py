"""Filters of the list operations.

A filter takes the value of a query parameter. It returns a predicate, which decides about one row.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from autoleap.sandbox.dates import parse_timestamp, parse_window_end
from autoleap.sandbox.rows import Row
from autoleap.sandbox.store import Company

RowPredicate = Callable[[Row], bool]
Filter = Callable[[object], RowPredicate]
"""Builds the predicate for a parameter's value. Raises ValueError if the value is invalid."""
LocationFilter = Callable[[Company, str], RowPredicate]
TimeReader = Callable[[Row], float | None]
"""Returns a time of a row in seconds since 1970, or None if the row has none."""

STATUS_IDS: Mapping[str, int] = {
    "Estimate": 1,
    "WIP": 2,
    "Complete": 3,
    "Saved": 4,
    "Posted": 5,
    "AR": 6,
    "Deleted": 7,
}
"""Ids of `repairOrderStatusId` by label. A sample order has the label in `workflowStatus`."""


def read_created(row: Row) -> float:
    """Return the time of creation in seconds since 1970."""
    return row.created


def read_updated(row: Row) -> float:
    """Return the time of the last change in seconds since 1970."""
    return row.updated


def make_time_reader(field: str) -> TimeReader:
    """Return a reader of the time in a field. A row without a valid time is in no window."""

    def read_time(row: Row) -> float | None:
        try:
            return parse_timestamp(str(row.data.get(field)))
        except ValueError:
            return None

    return read_time


def filter_by_window(start: str, end: str, read_time: TimeReader) -> dict[str, Filter]:
    """Return the two filters of an inclusive window. A bare date as the end includes its day."""

    def build_start(value: object) -> RowPredicate:
        bound = parse_timestamp(str(value))
        return lambda row: (time := read_time(row)) is not None and time >= bound

    def build_end(value: object) -> RowPredicate:
        bound = parse_window_end(str(value))
        return lambda row: (time := read_time(row)) is not None and time <= bound

    return {start: build_start, end: build_end}


def filter_by_field(field: str) -> Filter:
    """Select rows by the value of a field. A number equals its text."""

    def build_predicate(value: object) -> RowPredicate:
        expected = str(value)
        return lambda row: str(row.data.get(field)) == expected

    return build_predicate


def filter_by_location(company: Company, location_id: str) -> RowPredicate:
    """Select rows of a location."""
    return lambda row: row.data.get("locationId") == location_id


def filter_by_preferred_location(company: Company, location_id: str) -> RowPredicate:
    """Select customers of a location. A customer without one belongs to every location."""
    return lambda row: row.data.get("preferredLocationID") in (None, "", location_id)


def filter_by_owner_location(company: Company, location_id: str) -> RowPredicate:
    """Select vehicles of a location's customers. One without an owner is in every location."""
    customers = company.tables["customers"].by_id
    is_customer_of_location = filter_by_preferred_location(company, location_id)

    def has_owner_of_location(row: Row) -> bool:
        owner = customers.get(str(row.data.get("customerId")))
        return owner is None or is_customer_of_location(owner)

    return has_owner_of_location


def filter_by_status_id(value: object) -> RowPredicate:
    """Select repair orders by the id of their status."""
    return lambda row: STATUS_IDS.get(str(row.data.get("workflowStatus"))) == value


def filter_by_finalized(value: object) -> RowPredicate:
    """Select repair orders that are finalized (True), or those that are not (False)."""
    return lambda row: bool(row.data.get("finalizeDate")) is value


def filter_by_text(*fields: str) -> Filter:
    """Select rows whose fields contain a text, at any depth. Case is ignored.

    The fields are joined to one text. Therefore a search text may span first and last name. A
    search text without letters also matches the digits of phone numbers.
    """

    def build_predicate(value: object) -> RowPredicate:
        text = str(value).casefold()
        digits = _keep_digits(text) if not any(map(str.isalpha, text)) else ""

        def contains_text(row: Row) -> bool:
            if row.search_text is None:
                row.search_text = _build_search_text(row, fields)
            return text in row.search_text or bool(digits and digits in row.search_text)

        return contains_text

    return build_predicate


def _build_search_text(row: Row, fields: tuple[str, ...]) -> str:
    """Return the texts of the fields, followed by the digits of each."""
    texts = list(iter_texts([row.data.get(field) for field in fields]))
    return " ".join([*texts, *map(_keep_digits, texts)]).casefold()


def _keep_digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def iter_texts(value: object) -> Iterator[str]:
    """Yield the texts and the integers of a value, at any depth."""
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, list):
        for part in cast("list[object]", value):
            yield from iter_texts(part)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
