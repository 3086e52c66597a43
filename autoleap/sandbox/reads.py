"""The read operations: lists with filters and sort orders, and reads by key."""

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
    """A list operation of the contract.

    Attributes:
        resource: The table to read.
        filters: Filters by parameter name.
        sort_keys: Sort keys by the value of the parameter `sort`.
        location_filter: The filter of the parameter `locationId`.
    """

    resource: Resource
    filters: Mapping[str, Filter] = attrs.field(factory=dict[str, Filter])
    sort_keys: Mapping[str, SortKey] = attrs.field(factory=dict[str, SortKey])
    location_filter: LocationFilter = filter_by_location


def sort_by_text(field: str) -> SortKey:
    """Sort by a text field. Case is ignored, and rows without the field come first."""
    return lambda row: str(row.data.get(field) or "").casefold()


def sort_by_number(field: str) -> SortKey:
    """Sort by a number field. A row without a number counts as 0."""

    def read_number(row: Row) -> float:
        value = row.data.get(field)
        return value if isinstance(value, int | float) else 0

    return read_number


def sort_by_time(field: str) -> SortKey:
    """Sort by a date-time field. Rows without the field come first."""
    read_time = filters.make_time_reader(field)
    return lambda row: read_time(row) or 0.0


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


def list_rows(state: SandboxState, request: ValidatedRequest) -> Record:
    """Return one page of the rows that every filter of the request selects."""
    operation = LIST_OPERATIONS[request.operation_id]
    companies = state.find_companies(request.query.get("companyId"))
    state.check_location(companies, request.query.get("locationId"))
    predicates = _build_predicates(operation, request)
    rows = [
        row
        for company in companies
        for row in _select_rows(operation, company, predicates, request)
    ]
    return build_page(
        _sort_rows(operation, rows, request),
        number=cast("int", request.query.get("page", 1)),
        size=cast("int", request.query.get("size", MAX_PAGE_SIZE)),
        is_sorted="sort" in request.query,
    )


def _build_predicates(operation: ListOperation, request: ValidatedRequest) -> list[RowPredicate]:
    predicates: list[RowPredicate] = []
    violations: list[Violation] = []
    for name in sorted(request.query.keys() - set(_NOT_FILTERS)):
        if name not in operation.filters:
            raise RefusedError(501, f"The sandbox does not support the filter {name}")
        try:
            predicates.append(operation.filters[name](request.query[name]))
        except ValueError as error:
            violations.append(Violation((name,), str(error)))
    if violations:
        raise build_validation_error(*violations)
    return predicates


def _select_rows(
    operation: ListOperation,
    company: Company,
    predicates: list[RowPredicate],
    request: ValidatedRequest,
) -> list[Row]:
    rows = company.tables[operation.resource].rows
    location_id = request.query.get("locationId")
    if location_id is not None:
        predicates = [operation.location_filter(company, str(location_id)), *predicates]
    if not predicates:
        return rows
    return [row for row in rows if all(predicate(row) for predicate in predicates)]


def _sort_rows(operation: ListOperation, rows: list[Row], request: ValidatedRequest) -> list[Row]:
    """Sort rows as the request says. Without `sort` they keep the order of creation."""
    sort = request.query.get("sort")
    descending = request.query.get("sortDirection") == "DESC"
    if sort is None:
        return rows[::-1] if descending else rows
    if sort not in operation.sort_keys:
        names = ", ".join(f'"{name}"' for name in operation.sort_keys)
        raise build_validation_error(Violation(("sort",), f'"{sort}" is not one of {names}'))
    return sorted(rows, key=operation.sort_keys[str(sort)], reverse=descending)


def make_get_handler(
    resource: Resource, parameter: str
) -> Callable[[SandboxState, ValidatedRequest], Record]:
    """Return a handler that reads one record by the key in the path."""

    def get_record(state: SandboxState, request: ValidatedRequest) -> Record:
        company = state.find_company(request.query["companyId"])
        row = company.tables[resource].by_id.get(request.path[parameter])
        if row is None:
            raise RefusedError(404, f"No {parameter} {request.path[parameter]} exists")
        return {"content": [row.data]}

    return get_record


def get_inventory_level(state: SandboxState, request: ValidatedRequest) -> Record:
    """Return the stock of an item, with one record for each location."""
    company = state.find_company(request.query["companyId"])
    location_id = request.query.get("locationId")
    state.check_location([company], location_id)
    item_id = request.path["itemId"]
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
