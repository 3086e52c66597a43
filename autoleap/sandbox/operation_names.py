"""What the sandbox calls the operations of the contract, whatever the contract calls them.

Handlers, faults and the request log speak of operations by these names.
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


def name_operation(method: str, path: str, upstream: object) -> str:
    """The sandbox's name of an operation.

    Args:
        method: In capitals.
        path: As the contract writes it, with its placeholders.
        upstream: The operationId, if there is one. It serves for an operation that the sandbox does
            not know, unless it is the name of one that it does.
    """
    if (method, path) in _OPERATION_NAMES:
        return _OPERATION_NAMES[method, path]
    taken = upstream in _OPERATION_NAMES.values()
    return upstream if isinstance(upstream, str) and not taken else f"{method} {path}"
