"""The handlers of all operations, by operationId."""

from collections.abc import Callable, Mapping

from autoleap.sandbox.reads import LIST_OPERATIONS, get_inventory_level, list_rows, make_get_handler
from autoleap.sandbox.rows import Record
from autoleap.sandbox.sessions import Session
from autoleap.sandbox.state import (
    RefusedError,
    SandboxState,
    ValidatedRequest,
    build_acknowledgement,
    build_validation_error,
)
from autoleap.sandbox.violations import Violation
from autoleap.sandbox.writes import BULK_WRITES, create_appointment_request

Handler = Callable[[SandboxState, ValidatedRequest], Record]


def login(state: SandboxState, request: ValidatedRequest) -> Record:
    """Open a session. Other sessions of the partner stay valid."""
    credentials = (request.body["partnerId"], request.body["authKey"])
    if credentials != (state.partner_id, state.auth_key):
        raise RefusedError(401, "Invalid partner credentials")
    state.counts.logins += 1
    return _build_token_response(state.sessions.open())


def refresh_tokens(state: SandboxState, request: ValidatedRequest) -> Record:
    """Exchange a refresh token for a new token pair. The old pair ends at once."""
    session = state.sessions.rotate(str(request.body["refreshToken"]))
    if session is None:
        raise RefusedError(401, "Invalid or expired refresh token")
    state.counts.refreshes += 1
    return _build_token_response(session)


def logout(state: SandboxState, request: ValidatedRequest) -> Record:
    """End the session of the bearer token. A refresh token in the body must belong to it."""
    session = request.session
    if session is None:
        raise RefusedError(401, "No token provided")
    if request.body.get("refreshToken", session.refresh_token) != session.refresh_token:
        raise build_validation_error(
            Violation(("refreshToken",), "does not belong to the access token")
        )
    state.sessions.close(session)
    state.counts.logouts += 1
    return build_acknowledgement()


def get_profile(state: SandboxState, request: ValidatedRequest) -> Record:
    """Return the partner with its companies and their locations."""
    companies = [
        {
            "companyId": company.id,
            "companyName": company.name,
            "locations": [
                {"locationId": location.id, "locationName": location.name}
                for location in company.locations
            ],
        }
        for company in state.store.own_companies
    ]
    partner = {"partnerId": state.partner_id, "partnerName": state.partner_name}
    return {"success": True, "data": {**partner, "companies": companies}}


def _build_token_response(session: Session) -> Record:
    token_pair = {"accessToken": session.access_token, "refreshToken": session.refresh_token}
    return {"success": True, "data": token_pair}


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
