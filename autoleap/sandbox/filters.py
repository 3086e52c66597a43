"""Filters of the lists: a parameter's value in, a question about one row out."""

from collections.abc import Callable, Iterator, Mapping
from typing import cast

from autoleap.sandbox.dates import parse_timestamp, parse_window_end
from autoleap.sandbox.store import Company, Row

RowPredicate = Callable[[Row], bool]
Filter = Callable[[object], RowPredicate]
"""Raises ValueError, with the reason, for a value that makes no sense."""
LocationFilter = Callable[[Company, str], RowPredicate]
TimeReader = Callable[[Row], float | None]

STATUS_IDS: Mapping[str, int] = {
    "Estimate": 1,
    "WIP": 2,
    "Complete": 3,
    "Saved": 4,
    "Posted": 5,
    "AR": 6,
    "Deleted": 7,
}
"""The labels of `repairOrderStatusId`; the sandbox's orders carry them as `workflowStatus`."""


def read_created(row: Row) -> float:
    """When the row was created."""
    return row.created


def read_updated(row: Row) -> float:
    """When the row was last changed."""
    return row.updated


def make_time_reader(field: str) -> TimeReader:
    """The time that stands in a field; rows in which none can be read are in no window."""

    def when(row: Row) -> float | None:
        try:
            return parse_timestamp(str(row.data.get(field)))
        except ValueError:
            return None

    return when


def filter_by_window(start: str, end: str, when: TimeReader) -> dict[str, Filter]:
    """The two parameters of an inclusive window; a bare date as its end takes in that day."""

    def not_before(value: object) -> RowPredicate:
        bound = parse_timestamp(str(value))
        return lambda row: (moment := when(row)) is not None and moment >= bound

    def not_after(value: object) -> RowPredicate:
        bound = parse_window_end(str(value))
        return lambda row: (moment := when(row)) is not None and moment <= bound

    return {start: not_before, end: not_after}


def filter_by_field(field: str) -> Filter:
    """Rows whose field has the value; numbers and their texts are the same."""

    def ask(value: object) -> RowPredicate:
        wanted = str(value)
        return lambda row: str(row.data.get(field)) == wanted

    return ask


def filter_by_location(company: Company, location_id: str) -> RowPredicate:
    """Rows that name the location."""
    return lambda row: row.data.get("locationId") == location_id


def filter_by_preferred_location(company: Company, location_id: str) -> RowPredicate:
    """Customers of the location; one without a preferred location belongs to every location."""
    return lambda row: row.data.get("preferredLocationID") in (None, "", location_id)


def filter_by_owner_location(company: Company, location_id: str) -> RowPredicate:
    """Vehicles of the location's customers; one without a customer belongs to every location."""
    customers = company.tables["customers"].by_id
    is_theirs = filter_by_preferred_location(company, location_id)

    def ask(row: Row) -> bool:
        owner = customers.get(str(row.data.get("customerId")))
        return owner is None or is_theirs(owner)

    return ask


def filter_by_status_id(value: object) -> RowPredicate:
    """Repair orders with one of the seven numbered statuses."""
    return lambda row: STATUS_IDS.get(str(row.data.get("workflowStatus"))) == value


def filter_by_finalized(value: object) -> RowPredicate:
    """Repair orders that are closed, or those that are not."""
    return lambda row: bool(row.data.get("finalizeDate")) is value


def filter_by_text(*fields: str) -> Filter:
    """Rows in which the fields, or what is nested in them, hold the text; case is ignored.

    The fields are read as one line, so that a text may span first and last name. Digits are also
    found in phone numbers that are written with other punctuation.
    """

    def ask(value: object) -> RowPredicate:
        needle = str(value).casefold()
        digits = _keep_digits(needle) if not any(map(str.isalpha, needle)) else ""

        def found(row: Row) -> bool:
            if row.search_text is None:
                row.search_text = _build_search_text(row, fields)
            return needle in row.search_text or bool(digits and digits in row.search_text)

        return found

    return ask


def _build_search_text(row: Row, fields: tuple[str, ...]) -> str:
    """What a search looks through: the texts of the fields, and the digits in each."""
    texts = list(_iter_texts([row.data.get(field) for field in fields]))
    return " ".join([*texts, *map(_keep_digits, texts)]).casefold()


def _keep_digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))


def _iter_texts(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        value = list(cast("dict[str, object]", value).values())
    if isinstance(value, list):
        for part in cast("list[object]", value):
            yield from _iter_texts(part)
    elif isinstance(value, str | int) and not isinstance(value, bool):
        yield str(value)
