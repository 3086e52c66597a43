"""Every method of the facade once, with its operation and the type of its result.

The same calls are made to the sandbox (tests/flow) and to Prism, a mock server that another
project makes out of `openapi.yaml` (tests/contract).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, date, datetime

from attrs import frozen

from autoleap import AutoLeap, BulkReport, Company, Outcome, models
from autoleap.models import (
    AppointmentRequest,
    Customer,
    CustomerCreateItem,
    InventoryLevel,
    Item,
    ItemPrice,
    Payment,
    Phone,
    Profile,
    RepairOrder,
    TimesheetLog,
    Vehicle,
)

NEW_YEAR = datetime(2020, 1, 1, tzinfo=UTC)
TODAY = datetime(2030, 1, 1, tzinfo=UTC)
APPOINTMENT = {
    "startDateTime": "2026-12-01T09:00:00Z",
    "endDateTime": "2026-12-01T10:00:00Z",
    "dropOffOption": "dropOff",
    "language": "EN",
    "customer": {"firstName": "Dana", "lastName": "Reyes", "phone": "555-0100"},
    "vehicle": {"make": "Honda", "model": "Civic", "year": 2019},
    "services": [{"serviceId": "S-1", "title": "Oil change"}],
}


@frozen
class Ids:
    """Keys that exist at the server."""

    company: str
    location: str
    customer: str
    vehicle: str
    item: str
    order: str


@frozen
class FacadeMethod:
    """A method of the facade: its operation, its name, a call of it, and the type of its result.

    Names begin with `client`, or with a resource of a company. Several may call one operation.
    """

    operation: str
    name: str
    call: Callable[[AutoLeap, Company, Ids], Awaitable[object]]
    gives: type


async def _companies(client: AutoLeap, shop: Company, ids: Ids) -> object:
    return (await client.companies())[0]


async def _levels_of_item(client: AutoLeap, shop: Company, ids: Ids) -> object:
    return (await shop.inventory_levels.get(ids.item))[0]


def _level(ids: Ids) -> dict[str, object]:
    return {"itemId": ids.item, "locationId": ids.location, "quantityOnHand": 7}


async def _only(outcomes: AsyncIterator[Outcome]) -> object:
    (outcome,) = [outcome async for outcome in outcomes]
    return outcome


VERBS = [
    FacadeMethod("login", "client.login", lambda c, s, i: c.login(), type(None)),
    FacadeMethod("getProfile", "client.profile", lambda c, s, i: c.profile(), Profile),
    FacadeMethod("getProfile", "client.companies", _companies, Company),
    FacadeMethod(
        "createCustomers",
        "customers.create",
        lambda c, s, i: s.customers.create(
            [
                CustomerCreateItem(
                    first_name="Ana",
                    last_name="Ruiz",
                    customer_type=models.CustomerType.FLEET,
                    phones=[Phone(number="555-0101", type_=models.PhoneType.MOBILE)],
                ),
                {"firstName": "Bo", "lastName": "Ng", "taxExempt": False},
            ]
        ),
        BulkReport,
    ),
    FacadeMethod(
        "listCustomers",
        "customers.list",
        lambda c, s, i: s.customers.list(
            updated_from=NEW_YEAR, updated_to=TODAY, sort_direction="DESC", page_size=5
        ).first(),
        Customer,
    ),
    FacadeMethod(
        "getCustomer", "customers.get", lambda c, s, i: s.customers.get(i.customer), Customer
    ),
    FacadeMethod(
        "updateCustomers",
        "customers.update",
        lambda c, s, i: s.customers.update([{"customerId": i.customer, "notes": "Call first"}]),
        BulkReport,
    ),
    FacadeMethod(
        "archiveCustomers",
        "customers.archive",
        lambda c, s, i: s.customers.archive([i.customer]),
        BulkReport,
    ),
    FacadeMethod(
        "createVehicles",
        "vehicles.create",
        lambda c, s, i: s.vehicles.create(
            [{"customerId": i.customer, "make": "Kia", "year": 2020, "mileage": 41000}]
        ),
        BulkReport,
    ),
    FacadeMethod(
        "listVehicles",
        "vehicles.list",
        lambda c, s, i: s.vehicles.list(updated_from=date(2020, 1, 1), page_size=5).first(),
        Vehicle,
    ),
    FacadeMethod("getVehicle", "vehicles.get", lambda c, s, i: s.vehicles.get(i.vehicle), Vehicle),
    FacadeMethod(
        "updateVehicles",
        "vehicles.update",
        lambda c, s, i: s.vehicles.update([{"vehicleId": i.vehicle, "color": "Red"}]),
        BulkReport,
    ),
    FacadeMethod(
        "archiveVehicles",
        "vehicles.archive",
        lambda c, s, i: s.vehicles.archive([i.vehicle]),
        BulkReport,
    ),
    FacadeMethod(
        "listItems",
        "items.list",
        lambda c, s, i: s.items.list(type="part", updated_from=NEW_YEAR, updated_to=TODAY).first(),
        Item,
    ),
    FacadeMethod("getItem", "items.get", lambda c, s, i: s.items.get(i.item), Item),
    FacadeMethod(
        "archiveItems", "items.archive", lambda c, s, i: s.items.archive([i.item]), BulkReport
    ),
    FacadeMethod(
        "listInventoryLevels",
        "inventory_levels.list",
        lambda c, s, i: s.inventory_levels.list(restock_level="above").first(),
        InventoryLevel,
    ),
    FacadeMethod("getInventoryLevel", "inventory_levels.get", _levels_of_item, InventoryLevel),
    FacadeMethod(
        "updateInventoryLevels",
        "inventory_levels.update",
        lambda c, s, i: s.inventory_levels.update([_level(i)]),
        BulkReport,
    ),
    FacadeMethod(
        "listItemPricing",
        "item_pricing.list",
        lambda c, s, i: s.item_pricing.list(type="part", updated_from="2020-01-01").first(),
        ItemPrice,
    ),
    FacadeMethod(
        "getItemPricing", "item_pricing.get", lambda c, s, i: s.item_pricing.get(i.item), ItemPrice
    ),
    FacadeMethod(
        "createAppointmentRequest",
        "appointment_requests.create",
        lambda c, s, i: s.appointment_requests.create(APPOINTMENT),
        type(None),
    ),
    FacadeMethod(
        "listAppointmentRequests",
        "appointment_requests.list",
        lambda c, s, i: s.appointment_requests.list(
            starts_from=NEW_YEAR, starts_to=TODAY, sort="startDate", sort_direction="ASC"
        ).first(),
        AppointmentRequest,
    ),
    FacadeMethod(
        "listRepairOrders",
        "repair_orders.list",
        lambda c, s, i: s.repair_orders.list(
            updated_from=NEW_YEAR, updated_to=TODAY, sort="createdDate"
        ).first(),
        RepairOrder,
    ),
    FacadeMethod(
        "getRepairOrder",
        "repair_orders.get",
        lambda c, s, i: s.repair_orders.get(i.order),
        RepairOrder,
    ),
    FacadeMethod(
        "listPayments",
        "payments.list",
        lambda c, s, i: s.payments.list(paid_from=NEW_YEAR, paid_to=TODAY).first(),
        Payment,
    ),
    FacadeMethod(
        "listTimesheetLogs",
        "timesheets.list",
        lambda c, s, i: s.timesheets.list(date(2020, 1, 1), date(2030, 1, 1)).first(),
        TimesheetLog,
    ),
    FacadeMethod(
        "createCustomers",
        "customers.create_each",
        lambda c, s, i: _only(s.customers.create_each([{"firstName": "Cy", "lastName": "Ode"}])),
        Outcome,
    ),
    FacadeMethod(
        "updateCustomers",
        "customers.update_each",
        lambda c, s, i: _only(s.customers.update_each([{"customerId": i.customer, "notes": "-"}])),
        Outcome,
    ),
    FacadeMethod(
        "archiveCustomers",
        "customers.archive_each",
        lambda c, s, i: _only(s.customers.archive_each([i.customer])),
        Outcome,
    ),
    FacadeMethod(
        "createVehicles",
        "vehicles.create_each",
        lambda c, s, i: _only(s.vehicles.create_each([{"make": "Fiat"}])),
        Outcome,
    ),
    FacadeMethod(
        "updateVehicles",
        "vehicles.update_each",
        lambda c, s, i: _only(s.vehicles.update_each([{"vehicleId": i.vehicle, "year": 1999}])),
        Outcome,
    ),
    FacadeMethod(
        "archiveVehicles",
        "vehicles.archive_each",
        lambda c, s, i: _only(s.vehicles.archive_each([i.vehicle])),
        Outcome,
    ),
    FacadeMethod(
        "archiveItems",
        "items.archive_each",
        lambda c, s, i: _only(s.items.archive_each([i.item])),
        Outcome,
    ),
    FacadeMethod(
        "updateInventoryLevels",
        "inventory_levels.update_each",
        lambda c, s, i: _only(s.inventory_levels.update_each([_level(i)])),
        Outcome,
    ),
    FacadeMethod("logout", "client.logout", lambda c, s, i: c.logout(), type(None)),
]
