"""The read operations: what each list filters and sorts by, and reading one record by its key."""

from collections.abc import Callable, Mapping
from typing import cast

import attrs

from autoleap.sandbox import filters
from autoleap.sandbox.filters import (
    Filter,
    LocationFilter,
    RowPredicate,
    filter_by_location,
    filter_by_window,
    read_created,
    read_updated,
)
from autoleap.sandbox.pages import MAX_PAGE_SIZE, build_page
from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_validation_error,
)
from autoleap.sandbox.store import Company, Record, Resource, Row, make_stock_key
from autoleap.sandbox.violations import Violation

_NOT_FILTERS = ("companyId", "locationId", "size", "page", "sort", "sortDirection")

SortKey = Callable[[Row], float | str]


@attrs.frozen
class ListOperation:
    """What a list operation reads, and which parameters and sort names it understands."""

    resource: Resource
    filters: Mapping[str, Filter] = attrs.field(factory=dict[str, Filter])
    sort_keys: Mapping[str, SortKey] = attrs.field(factory=dict[str, SortKey])
    location_filter: LocationFilter = filter_by_location


def sort_by_text(field: str) -> SortKey:
    """Order by a text field, whatever its case; rows without it come first."""
    return lambda row: str(row.data.get(field) or "").casefold()


def sort_by_number(field: str) -> SortKey:
    """Order by a number field; rows without a number come first."""

    def key(row: Row) -> float:
        value = row.data.get(field)
        return value if isinstance(value, int | float) else 0

    return key


def sort_by_time(field: str) -> SortKey:
    """Order by a date-time field; rows without it come first."""
    when = filters.make_time_reader(field)
    return lambda row: when(row) or 0.0


_DATE_SORT_KEYS: dict[str, SortKey] = {"createdDate": read_created, "updatedDate": read_updated}
_UPDATED_FILTERS = filter_by_window("updatedDateStart", "updatedDateEnd", read_updated)
_ITEM_FILTERS = {
    "type": filters.filter_by_field("itemType"),
    "itemNumber": filters.filter_by_field("itemNumber"),
    **_UPDATED_FILTERS,
}

LIST_OPERATIONS: Mapping[str, ListOperation] = {
    "listCustomers": ListOperation(
        "customers",
        {
            "search": filters.filter_by_text(
                "firstName", "lastName", "displayName", "companyName", "emails", "phones"
            ),
            **_UPDATED_FILTERS,
        },
        _DATE_SORT_KEYS
        | {name: sort_by_text(name) for name in ("firstName", "lastName", "companyName")},
        filters.filter_by_preferred_location,
    ),
    "listVehicles": ListOperation(
        "vehicles",
        {
            "customerId": filters.filter_by_field("customerId"),
            "search": filters.filter_by_text(
                "year", "make", "model", "vehicleName", "licensePlate", "vin"
            ),
            **_UPDATED_FILTERS,
        },
        _DATE_SORT_KEYS
        | {"year": sort_by_number("year")}
        | {name: sort_by_text(name) for name in ("make", "model", "licensePlate", "vin")},
        filters.filter_by_owner_location,
    ),
    "listItems": ListOperation("items", _ITEM_FILTERS),
    "listInventoryLevels": ListOperation(
        "inventory_levels", {"restockLevel": filters.filter_by_field("restockLevel")}
    ),
    "listItemPricing": ListOperation("item_pricing", _ITEM_FILTERS),
    "listAppointmentRequests": ListOperation(
        "appointment_requests",
        {
            "status": filters.filter_by_field("status"),
            **filter_by_window(
                "appointmentStartDate",
                "appointmentEndDate",
                filters.make_time_reader("startDateTime"),
            ),
            **filter_by_window("createdDateStart", "createdDateEnd", read_created),
            **_UPDATED_FILTERS,
        },
        {"startDate": sort_by_time("startDateTime"), "endDate": sort_by_time("endDateTime")},
    ),
    "listRepairOrders": ListOperation(
        "repair_orders",
        {
            "search": filters.filter_by_text("repairOrderNumber", "invoiceNumber", "customer"),
            **filter_by_window(
                "invoiceStartDate", "invoiceEndDate", filters.make_time_reader("invoiceDate")
            ),
            **filter_by_window(
                "finalizeStartDate", "finalizeEndDate", filters.make_time_reader("finalizeDate")
            ),
            "repairOrderNumber": filters.filter_by_field("repairOrderNumber"),
            "repairOrderStatusId": filters.filter_by_status_id,
            "isFinalized": filters.filter_by_finalized,
            **_UPDATED_FILTERS,
        },
        {"createdDate": read_created, "repairOrderNumber": sort_by_number("repairOrderNumber")},
    ),
    "listPayments": ListOperation(
        "payments",
        {
            **filter_by_window(
                "paymentDateStart", "paymentDateEnd", filters.make_time_reader("paymentDate")
            ),
            **_UPDATED_FILTERS,
        },
        {"createdDate": read_created},
    ),
    "listTimesheetLogs": ListOperation(
        "timesheets", filter_by_window("startDate", "endDate", filters.make_time_reader("clockIn"))
    ),
}


def list_rows(world: SandboxState, task: ValidatedRequest) -> Record:
    """One page of the rows that pass every filter of the request."""
    listing = LIST_OPERATIONS[task.operation_id]
    companies = world.find_companies(task.query.get("companyId"))
    world.check_location(companies, task.query.get("locationId"))
    questions = _build_predicates(listing, task)
    rows = [row for company in companies for row in _select_rows(listing, company, questions, task)]
    return build_page(
        _sort_rows(listing, rows, task),
        number=cast("int", task.query.get("page", 1)),
        size=cast("int", task.query.get("size", MAX_PAGE_SIZE)),
        is_sorted="sort" in task.query,
    )


def _build_predicates(listing: ListOperation, task: ValidatedRequest) -> list[RowPredicate]:
    questions: list[RowPredicate] = []
    wrong: list[Violation] = []
    for name in sorted(task.query.keys() - set(_NOT_FILTERS)):
        if name not in listing.filters:
            raise RefusedError(501, f"The sandbox does not know the filter {name}")
        try:
            questions.append(listing.filters[name](task.query[name]))
        except ValueError as error:
            wrong.append(Violation((name,), str(error)))
    if wrong:
        raise build_validation_error(*wrong)
    return questions


def _select_rows(
    listing: ListOperation, company: Company, questions: list[RowPredicate], task: ValidatedRequest
) -> list[Row]:
    rows = company.tables[listing.resource].rows
    location_id = task.query.get("locationId")
    if location_id is not None:
        questions = [listing.location_filter(company, str(location_id)), *questions]
    if not questions:
        return rows
    return [row for row in rows if all(question(row) for question in questions)]


def _sort_rows(listing: ListOperation, rows: list[Row], task: ValidatedRequest) -> list[Row]:
    """Creation order, unless the request asks for another one."""
    sort = task.query.get("sort")
    descending = task.query.get("sortDirection") == "DESC"
    if sort is None:
        return rows[::-1] if descending else rows
    if sort not in listing.sort_keys:
        names = ", ".join(f'"{name}"' for name in listing.sort_keys)
        raise build_validation_error(Violation(("sort",), f'"{sort}" is not one of {names}'))
    return sorted(rows, key=listing.sort_keys[str(sort)], reverse=descending)


def make_get_handler(
    resource: Resource, parameter: str
) -> Callable[[SandboxState, ValidatedRequest], Record]:
    """The operation that reads the one record whose key is in the path."""

    def handler(world: SandboxState, task: ValidatedRequest) -> Record:
        company = world.find_company(task.query["companyId"])
        row = company.tables[resource].by_id.get(task.path[parameter])
        if row is None:
            raise RefusedError(404, f"No {parameter} {task.path[parameter]} exists")
        return {"content": [row.data]}

    return handler


def get_inventory_level(world: SandboxState, task: ValidatedRequest) -> Record:
    """The stock of one item, one record a location."""
    company = world.find_company(task.query["companyId"])
    location_id = task.query.get("locationId")
    world.check_location([company], location_id)
    item_id = task.path["itemId"]
    levels = company.tables["inventory_levels"].by_id
    keys = [
        make_stock_key(item_id, location.id)
        for location in company.locations
        if location_id in (None, location.id)
    ]
    content = [levels[key].data for key in keys if key in levels]
    if not content:
        raise RefusedError(404, f"No stock of item {item_id} exists")
    return {"content": content}
