"""The read operations: what each list filters and sorts by, and reading one record by its key."""

from collections.abc import Callable, Mapping
from typing import cast

import attrs

from autoleap.sandbox import filters
from autoleap.sandbox.filters import (
    Filter,
    LocationFilter,
    Question,
    at_location,
    created,
    updated,
    window,
)
from autoleap.sandbox.pages import LARGEST, page_of
from autoleap.sandbox.state import RefusedError, Task, World, invalid
from autoleap.sandbox.store import Company, Record, Resource, Row, stock_key
from autoleap.sandbox.violations import Violation

_NOT_FILTERS = ("companyId", "locationId", "size", "page", "sort", "sortDirection")

SortKey = Callable[[Row], float | str]


@attrs.frozen
class Listing:
    """What a list operation reads, and which parameters and sort names it understands."""

    resource: Resource
    filters: Mapping[str, Filter] = attrs.field(factory=dict[str, Filter])
    sorts: Mapping[str, SortKey] = attrs.field(factory=dict[str, SortKey])
    location: LocationFilter = at_location


def text_of(field: str) -> SortKey:
    """Order by a text field, whatever its case; rows without it come first."""
    return lambda row: str(row.data.get(field) or "").casefold()


def number_of(field: str) -> SortKey:
    """Order by a number field; rows without a number come first."""

    def key(row: Row) -> float:
        value = row.data.get(field)
        return value if isinstance(value, int | float) else 0

    return key


def time_of(field: str) -> SortKey:
    """Order by a date-time field; rows without it come first."""
    when = filters.time_in(field)
    return lambda row: when(row) or 0.0


_DATES: dict[str, SortKey] = {"createdDate": created, "updatedDate": updated}
_UPDATED = window("updatedDateStart", "updatedDateEnd", updated)
_ITEM_FILTERS = {
    "type": filters.equal_to("itemType"),
    "itemNumber": filters.equal_to("itemNumber"),
    **_UPDATED,
}

LISTINGS: Mapping[str, Listing] = {
    "listCustomers": Listing(
        "customers",
        {
            "search": filters.containing(
                "firstName", "lastName", "displayName", "companyName", "emails", "phones"
            ),
            **_UPDATED,
        },
        _DATES | {name: text_of(name) for name in ("firstName", "lastName", "companyName")},
        filters.preferring,
    ),
    "listVehicles": Listing(
        "vehicles",
        {
            "customerId": filters.equal_to("customerId"),
            "search": filters.containing(
                "year", "make", "model", "vehicleName", "licensePlate", "vin"
            ),
            **_UPDATED,
        },
        _DATES
        | {"year": number_of("year")}
        | {name: text_of(name) for name in ("make", "model", "licensePlate", "vin")},
        filters.owner_preferring,
    ),
    "listItems": Listing("items", _ITEM_FILTERS),
    "listInventoryLevels": Listing(
        "inventory_levels", {"restockLevel": filters.equal_to("restockLevel")}
    ),
    "listItemPricing": Listing("item_pricing", _ITEM_FILTERS),
    "listAppointmentRequests": Listing(
        "appointment_requests",
        {
            "status": filters.equal_to("status"),
            **window(
                "appointmentStartDate", "appointmentEndDate", filters.time_in("startDateTime")
            ),
            **window("createdDateStart", "createdDateEnd", created),
            **_UPDATED,
        },
        {"startDate": time_of("startDateTime"), "endDate": time_of("endDateTime")},
    ),
    "listRepairOrders": Listing(
        "repair_orders",
        {
            "search": filters.containing("repairOrderNumber", "invoiceNumber", "customer"),
            **window("invoiceStartDate", "invoiceEndDate", filters.time_in("invoiceDate")),
            **window("finalizeStartDate", "finalizeEndDate", filters.time_in("finalizeDate")),
            "repairOrderNumber": filters.equal_to("repairOrderNumber"),
            "repairOrderStatusId": filters.status_id,
            "isFinalized": filters.finalized,
            **_UPDATED,
        },
        {"createdDate": created, "repairOrderNumber": number_of("repairOrderNumber")},
    ),
    "listPayments": Listing(
        "payments",
        {
            **window("paymentDateStart", "paymentDateEnd", filters.time_in("paymentDate")),
            **_UPDATED,
        },
        {"createdDate": created},
    ),
    "listTimesheetLogs": Listing(
        "timesheets", window("startDate", "endDate", filters.time_in("clockIn"))
    ),
}


def list_rows(world: World, task: Task) -> Record:
    """One page of the rows that pass every filter of the request."""
    listing = LISTINGS[task.operation_id]
    companies = world.companies(task.query.get("companyId"))
    world.check_location(companies, task.query.get("locationId"))
    questions = _questions(listing, task)
    rows = [row for company in companies for row in _rows(listing, company, questions, task)]
    return page_of(
        _in_order(listing, rows, task),
        number=cast("int", task.query.get("page", 1)),
        size=cast("int", task.query.get("size", LARGEST)),
        is_sorted="sort" in task.query,
    )


def _questions(listing: Listing, task: Task) -> list[Question]:
    questions: list[Question] = []
    wrong: list[Violation] = []
    for name in sorted(task.query.keys() - set(_NOT_FILTERS)):
        if name not in listing.filters:
            raise RefusedError(501, f"The sandbox does not know the filter {name}")
        try:
            questions.append(listing.filters[name](task.query[name]))
        except ValueError as error:
            wrong.append(Violation((name,), str(error)))
    if wrong:
        raise invalid(*wrong)
    return questions


def _rows(listing: Listing, company: Company, questions: list[Question], task: Task) -> list[Row]:
    rows = company.tables[listing.resource].rows
    location_id = task.query.get("locationId")
    if location_id is not None:
        questions = [listing.location(company, str(location_id)), *questions]
    if not questions:
        return rows
    return [row for row in rows if all(question(row) for question in questions)]


def _in_order(listing: Listing, rows: list[Row], task: Task) -> list[Row]:
    """Creation order, unless the request asks for another one."""
    sort = task.query.get("sort")
    descending = task.query.get("sortDirection") == "DESC"
    if sort is None:
        return rows[::-1] if descending else rows
    if sort not in listing.sorts:
        names = ", ".join(f'"{name}"' for name in listing.sorts)
        raise invalid(Violation(("sort",), f'"{sort}" is not one of {names}'))
    return sorted(rows, key=listing.sorts[str(sort)], reverse=descending)


def get_row(resource: Resource, parameter: str) -> Callable[[World, Task], Record]:
    """The operation that reads the one record whose key is in the path."""

    def handler(world: World, task: Task) -> Record:
        company = world.company(task.query["companyId"])
        row = company.tables[resource].by_id.get(task.path[parameter])
        if row is None:
            raise RefusedError(404, f"No {parameter} {task.path[parameter]} exists")
        return {"content": [row.data]}

    return handler


def get_inventory_level(world: World, task: Task) -> Record:
    """The stock of one item, one record a location."""
    company = world.company(task.query["companyId"])
    location_id = task.query.get("locationId")
    world.check_location([company], location_id)
    item_id = task.path["itemId"]
    levels = company.tables["inventory_levels"].by_id
    keys = [
        stock_key(item_id, location.id)
        for location in company.locations
        if location_id in (None, location.id)
    ]
    content = [levels[key].data for key in keys if key in levels]
    if not content:
        raise RefusedError(404, f"No stock of item {item_id} exists")
    return {"content": content}
