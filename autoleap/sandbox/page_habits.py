"""The pages of lists as the server shows them, as the habit `PageHabits` says."""

from collections.abc import Mapping, Sequence
from typing import cast

from autoleap.sandbox.habits import PageHabits
from autoleap.sandbox.pages import MAX_PAGE_SIZE
from autoleap.sandbox.rows import Record, Row
from autoleap.sandbox.store import Resource

_ID_FIELDS: Mapping[Resource, str] = {
    "customers": "customerId",
    "vehicles": "vehicleId",
    "items": "itemId",
    "inventory_levels": "itemId",
    "item_pricing": "itemId",
    "appointment_requests": "appointmentId",
    "repair_orders": "repairOrderNumber",
    "payments": "paymentId",
    "timesheets": "logId",
}


def number_from_one(
    habit: PageHabits | None, pairs: tuple[tuple[str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return the query with the page as the contract counts it, from 1."""
    if habit is None or habit.numbers != "from-0":
        return pairs
    return tuple(
        (name, str(int(text) + 1)) if name == "page" and text.isdecimal() else (name, text)
        for name, text in pairs
    )


def clamp_size(habit: PageHabits | None, size: int) -> int:
    """Return the number of rows in a page for the size of the request."""
    return size if habit is None else min(size, habit.max_size)


def has_random_ties(habit: PageHabits | None) -> bool:
    """Return whether rows with equal sort keys have a random order."""
    return habit is not None and habit.ties == "random"


def remove_id(habit: PageHabits | None, resource: Resource, record: Record) -> Record:
    """Return the record of a list, without its id if the habit says so."""
    if habit is None or habit.ids:
        return record
    return {name: value for name, value in record.items() if name != _ID_FIELDS[resource]}


def change_page(
    habit: PageHabits | None, page: Record, *, size: int, rows: Sequence[Row], now: float
) -> Record:
    """Return the page with the envelope that the habit says.

    Args:
        habit: The habit. With None the page stays unchanged.
        page: The correct page.
        size: Rows per page, as requested.
        rows: All rows of the list.
        now: The present time in seconds since 1970.
    """
    if habit is None:
        return page
    changed = _change_numbers(habit, page, size) | _change_totals(habit, page, rows, now)
    if habit.last != "correct":
        changed["last"] = None if habit.last == "missing" else habit.last == "true"
    missing = {name for name, value in changed.items() if value is None}
    return {name: value for name, value in (page | changed).items() if name not in missing}


def _change_numbers(habit: PageHabits, page: Record, size: int) -> Record:
    """Return the number, size and offset of the page."""
    index = cast("int", page["number"]) - 1
    number = index + 1 if habit.numbers == "from-1" else index
    shown_size = cast("int", page["size"]) if habit.shows_size else min(size, MAX_PAGE_SIZE)
    pageable = cast("Record", page["pageable"])
    position = {"offset": index * shown_size, "pageSize": shown_size, "pageNumber": number}
    return {"number": number, "size": shown_size, "pageable": pageable | position}


def _change_totals(habit: PageHabits, page: Record, rows: Sequence[Row], now: float) -> Record:
    """Return the totals of the list. None means that the response does not have them."""
    match habit.totals:
        case "exact":
            return {}
        case "missing":
            return {"totalCount": None, "totalPages": None}
        case "capped":
            total = min(len(rows), habit.total_cap)
        case "stale":
            total = sum(row.created <= now - habit.stale_seconds for row in rows)
    return {"totalCount": total, "totalPages": -(-total // cast("int", page["size"]))}
