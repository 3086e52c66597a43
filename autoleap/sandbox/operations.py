"""Every operation of the contract by its operationId."""

from collections.abc import Callable, Mapping

from autoleap.sandbox.reads import LIST_OPERATIONS, get_inventory_level, list_rows, make_get_handler
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_acknowledgement,
    build_validation_error,
)
from autoleap.sandbox.store import Record
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import BULK_WRITES, create_appointment_request

Handler = Callable[[SandboxState, ValidatedRequest], Record]


def login(world: SandboxState, task: ValidatedRequest) -> Record:
    """Open a session; other sessions of the partner live on."""
    given = (task.body["partnerId"], task.body["authKey"])
    if given != (world.partner_id, world.auth_key):
        raise RefusedError(401, "Invalid partner credentials")
    world.counts.logins += 1
    return _build_token_response(world.sessions.open())


def refresh_tokens(world: SandboxState, task: ValidatedRequest) -> Record:
    """Exchange a refresh token for two new tokens; the old two die at once."""
    session = world.sessions.rotate(str(task.body["refreshToken"]))
    if session is None:
        raise RefusedError(401, "Invalid or expired refresh token")
    world.counts.refreshes += 1
    return _build_token_response(session)


def logout(world: SandboxState, task: ValidatedRequest) -> Record:
    """End the session of the bearer token; a refresh token in the body must be its own."""
    session = task.session
    if session is None:
        raise RefusedError(401, "No token provided")
    if task.body.get("refreshToken", session.refresh_token) != session.refresh_token:
        raise build_validation_error(
            Violation(("refreshToken",), "does not belong to the access token")
        )
    world.sessions.close(session)
    world.counts.logouts += 1
    return build_acknowledgement()


def get_profile(world: SandboxState, task: ValidatedRequest) -> Record:
    """The partner with its companies and their locations."""
    companies = [
        {
            "companyId": company.id,
            "companyName": company.name,
            "locations": [
                {"locationId": location.id, "locationName": location.name}
                for location in company.locations
            ],
        }
        for company in world.store.own_companies
    ]
    names = {"partnerId": world.partner_id, "partnerName": world.partner_name}
    return {"success": True, "data": {**names, "companies": companies}}


def _build_token_response(session: Session) -> Record:
    pair = {"accessToken": session.access_token, "refreshToken": session.refresh_token}
    return {"success": True, "data": pair}


HANDLERS: Mapping[str, Handler] = {
    "login": login,
    "refreshTokens": refresh_tokens,
    "logout": logout,
    "getProfile": get_profile,
    **dict.fromkeys(LIST_OPERATIONS, list_rows),
    "getCustomer": make_get_handler("customers", "customerId"),
    "getVehicle": make_get_handler("vehicles", "vehicleId"),
    "getItem": make_get_handler("items", "itemId"),
    "getItemPricing": make_get_handler("item_pricing", "itemId"),
    "getRepairOrder": make_get_handler("repair_orders", "roNumber"),
    "getInventoryLevel": get_inventory_level,
    **BULK_WRITES,
    "createAppointmentRequest": create_appointment_request,
}
