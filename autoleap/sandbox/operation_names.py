"""The sandbox's own names of operations, independent of the operationIds in the contract.

Handlers, faults and the request log use these names.
"""

from collections.abc import Mapping

_OPERATION_NAMES: Mapping[tuple[str, str], str] = {
    ("POST", "/partners/login"): "login",
    ("POST", "/partners/generateNewAccessToken"): "refreshTokens",
    ("POST", "/partners/logout"): "logout",
    ("GET", "/partners/profile"): "getProfile",
    ("POST", "/customers"): "createCustomers",
    ("GET", "/customers"): "listCustomers",
    ("PUT", "/customers"): "updateCustomers",
    ("PATCH", "/customers"): "archiveCustomers",
    ("GET", "/customers/{customerId}"): "getCustomer",
    ("POST", "/vehicles"): "createVehicles",
    ("GET", "/vehicles"): "listVehicles",
    ("PUT", "/vehicles"): "updateVehicles",
    ("PATCH", "/vehicles"): "archiveVehicles",
    ("GET", "/vehicles/{vehicleId}"): "getVehicle",
    ("GET", "/items"): "listItems",
    ("PATCH", "/items"): "archiveItems",
    ("GET", "/items/{itemId}"): "getItem",
    ("GET", "/inventoryLevels"): "listInventoryLevels",
    ("PUT", "/inventoryLevels"): "updateInventoryLevels",
    ("GET", "/inventoryLevels/{itemId}"): "getInventoryLevel",
    ("GET", "/itemPricing"): "listItemPricing",
    ("GET", "/itemPricing/{itemId}"): "getItemPricing",
    ("POST", "/appointmentRequests/create"): "createAppointmentRequest",
    ("GET", "/appointmentRequests"): "listAppointmentRequests",
    ("GET", "/orders"): "listRepairOrders",
    ("GET", "/orders/{roNumber}"): "getRepairOrder",
    ("GET", "/payments"): "listPayments",
    ("GET", "/technicians/timesheetLogs"): "listTimesheetLogs",
}


def name_operation(method: str, path: str, operation_id: object) -> str:
    """Return the sandbox's name of an operation.

    Args:
        method: The HTTP method in upper case.
        path: The path template of the contract.
        operation_id: The operationId of the contract, if it has one. It is the result for an
            operation that has no name here, unless the id is the name of another operation.
    """
    if (method, path) in _OPERATION_NAMES:
        return _OPERATION_NAMES[method, path]
    is_used = operation_id in _OPERATION_NAMES.values()
    return operation_id if isinstance(operation_id, str) and not is_used else f"{method} {path}"
