"""Every operation of the contract by its operationId."""

from collections.abc import Callable, Mapping

from autoleap.sandbox.reads import LISTINGS, get_inventory_level, get_row, list_rows
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import RefusedError, Task, World, acknowledged, invalid
from autoleap.sandbox.store import Record
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import BULK_WRITES, create_appointment_request

Handler = Callable[[World, Task], Record]


def login(world: World, task: Task) -> Record:
    """Open a session; other sessions of the partner live on."""
    given = (task.body["partnerId"], task.body["authKey"])
    if given != (world.partner_id, world.auth_key):
        raise RefusedError(401, "Invalid partner credentials")
    world.counts.logins += 1
    return _tokens(world.sessions.open())


def refresh_tokens(world: World, task: Task) -> Record:
    """Exchange a refresh token for two new tokens; the old two die at once."""
    session = world.sessions.rotate(str(task.body["refreshToken"]))
    if session is None:
        raise RefusedError(401, "Invalid or expired refresh token")
    world.counts.refreshes += 1
    return _tokens(session)


def logout(world: World, task: Task) -> Record:
    """End the session of the bearer token; a refresh token in the body must be its own."""
    session = task.session
    if session is None:
        raise RefusedError(401, "No token provided")
    if task.body.get("refreshToken", session.refresh_token) != session.refresh_token:
        raise invalid(Violation(("refreshToken",), "does not belong to the access token"))
    world.sessions.close(session)
    world.counts.logouts += 1
    return acknowledged()


def get_profile(world: World, task: Task) -> Record:
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


def _tokens(session: Session) -> Record:
    pair = {"accessToken": session.access_token, "refreshToken": session.refresh_token}
    return {"success": True, "data": pair}


HANDLERS: Mapping[str, Handler] = {
    "login": login,
    "refreshTokens": refresh_tokens,
    "logout": logout,
    "getProfile": get_profile,
    **dict.fromkeys(LISTINGS, list_rows),
    "getCustomer": get_row("customers", "customerId"),
    "getVehicle": get_row("vehicles", "vehicleId"),
    "getItem": get_row("items", "itemId"),
    "getItemPricing": get_row("item_pricing", "itemId"),
    "getRepairOrder": get_row("repair_orders", "roNumber"),
    "getInventoryLevel": get_inventory_level,
    **BULK_WRITES,
    "createAppointmentRequest": create_appointment_request,
}
