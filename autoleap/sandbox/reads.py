"""The read operations: lists with filters and sort orders, and reads by key."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
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
from autoleap.sandbox.habits import DateHabits, Habits
from autoleap.sandbox.page_habits import change_page, clamp_size, has_random_ties, remove_id
from autoleap.sandbox.pages import MAX_PAGE_SIZE, build_page
from autoleap.sandbox.rows import Record, Row
from autoleap.sandbox.shown_dates import move_bound, read_sort_time, show_dates
from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_validation_error,
)
from autoleap.sandbox.store import Company, Resource, Store, make_stock_key
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
    habits = state.store.habits
    companies = state.find_companies(request.query.get("companyId"))
    state.check_location(companies, request.query.get("locationId"))
    predicates = _build_predicates(operation, request, habits.dates)
    rows = [
        row
        for company in companies
        for row in _select_rows(operation, company, predicates, request, state.store)
    ]
    size = cast("int", request.query.get("size", MAX_PAGE_SIZE))
    page = build_page(
        _sort_rows(operation, rows, request, state.store),
        number=cast("int", request.query.get("page", 1)),
        size=clamp_size(habits.pages, size),
        is_sorted="sort" in request.query,
        show=partial(_show_row, habits, operation.resource),
    )
    return change_page(habits.pages, page, size=size, rows=rows, now=state.store.now())


def _show_row(habits: Habits, resource: Resource, row: Row) -> Record:
    return remove_id(habits.pages, resource, show_dates(habits.dates, row.data))


def _build_predicates(
    operation: ListOperation, request: ValidatedRequest, dates: DateHabits | None
) -> list[RowPredicate]:
    predicates: list[RowPredicate] = []
    violations: list[Violation] = []
    for name in sorted(request.query.keys() - set(_NOT_FILTERS)):
        if name not in operation.filters:
            raise RefusedError(501, f"The sandbox does not support the filter {name}")
        try:
            value = move_bound(dates, name, request.query[name])
            predicates.append(operation.filters[name](value))
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
    store: Store,
) -> Sequence[Row]:
    rows = store.index.read(company.tables[operation.resource].rows, store.now())
    location_id = request.query.get("locationId")
    if location_id is not None:
        predicates = [operation.location_filter(company, str(location_id)), *predicates]
    if not predicates:
        return rows
    return [row for row in rows if all(predicate(row) for predicate in predicates)]


def _sort_rows(
    operation: ListOperation, rows: list[Row], request: ValidatedRequest, store: Store
) -> list[Row]:
    """Sort rows as the request says. Without `sort` they keep the order of creation."""
    sort = request.query.get("sort")
    descending = request.query.get("sortDirection") == "DESC"
    if sort is not None and sort not in operation.sort_keys:
        names = ", ".join(f'"{name}"' for name in operation.sort_keys)
        raise build_validation_error(Violation(("sort",), f'"{sort}" is not one of {names}'))
    if has_random_ties(store.habits.pages):
        rows = store.habit_rng.sample(rows, len(rows))
    elif sort is None:
        return rows[::-1] if descending else rows
    key = read_created if sort is None else operation.sort_keys[str(sort)]
    return sorted(rows, key=_coarsen_sort_key(key, store.habits.dates), reverse=descending)


def _coarsen_sort_key(key: SortKey, dates: DateHabits | None) -> SortKey:
    """Return the sort key as the server has it, if its dates have no time of day."""
    if dates is None or key not in (read_created, read_updated):
        return key
    return lambda row: read_sort_time(dates, float(key(row)))


def make_get_handler(
    resource: Resource, parameter: str
) -> Callable[[SandboxState, ValidatedRequest], Record]:
    """Return a handler that reads one record by the key in the path."""

    def get_record(state: SandboxState, request: ValidatedRequest) -> Record:
        company = state.find_company(request.query["companyId"])
        content = _read_keys(state.store, company, resource, [request.path[parameter]])
        if not content:
            raise RefusedError(404, f"No {parameter} {request.path[parameter]} exists")
        return {"content": content}

    return get_record


def get_inventory_level(state: SandboxState, request: ValidatedRequest) -> Record:
    """Return the stock of an item, with one record for each location."""
    company = state.find_company(request.query["companyId"])
    location_id = request.query.get("locationId")
    state.check_location([company], location_id)
    item_id = request.path["itemId"]
    keys = [
        make_stock_key(item_id, location.id)
        for location in company.locations
        if location_id in (None, location.id)
    ]
    content = _read_keys(state.store, company, "inventory_levels", keys)
    if not content:
        raise RefusedError(404, f"No stock of item {item_id} exists")
    return {"content": content}


def _read_keys(
    store: Store, company: Company, resource: Resource, keys: Sequence[str]
) -> list[Record]:
    """Return the records with these keys. Keys that do not exist are left out."""
    by_id = company.tables[resource].by_id
    rows = [store.index.read_by_key(by_id.get(key), store.now()) for key in keys]
    return [show_dates(store.habits.dates, row.data) for row in rows if row is not None]
