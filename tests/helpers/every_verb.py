"""Every verb of the facade once, each with the operation it stands for and the type it answers.

The same walk is done against the sandbox (tests/flow) and against Prism, a mock server that others
make out of `openapi.yaml` (tests/contract).
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
class Verb:
    """One verb: the operation it stands for, its name, how to call it, and what type it gives.

    Names begin with `client`, or with a resource of a company. Several may stand for one operation.
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
    Verb("login", "client.login", lambda c, s, i: c.login(), type(None)),
    Verb("getProfile", "client.profile", lambda c, s, i: c.profile(), Profile),
    Verb("getProfile", "client.companies", _companies, Company),
    Verb(
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
    Verb(
        "listCustomers",
        "customers.list",
        lambda c, s, i: s.customers.list(
            updated_from=NEW_YEAR, updated_to=TODAY, sort_direction="DESC", page_size=5
        ).first(),
        Customer,
    ),
    Verb("getCustomer", "customers.get", lambda c, s, i: s.customers.get(i.customer), Customer),
    Verb(
        "updateCustomers",
        "customers.update",
        lambda c, s, i: s.customers.update([{"customerId": i.customer, "notes": "Call first"}]),
        BulkReport,
    ),
    Verb(
        "archiveCustomers",
        "customers.archive",
        lambda c, s, i: s.customers.archive([i.customer]),
        BulkReport,
    ),
    Verb(
        "createVehicles",
        "vehicles.create",
        lambda c, s, i: s.vehicles.create(
            [{"customerId": i.customer, "make": "Kia", "year": 2020, "mileage": 41000}]
        ),
        BulkReport,
    ),
    Verb(
        "listVehicles",
        "vehicles.list",
        lambda c, s, i: s.vehicles.list(updated_from=date(2020, 1, 1), page_size=5).first(),
        Vehicle,
    ),
    Verb("getVehicle", "vehicles.get", lambda c, s, i: s.vehicles.get(i.vehicle), Vehicle),
    Verb(
        "updateVehicles",
        "vehicles.update",
        lambda c, s, i: s.vehicles.update([{"vehicleId": i.vehicle, "color": "Red"}]),
        BulkReport,
    ),
    Verb(
        "archiveVehicles",
        "vehicles.archive",
        lambda c, s, i: s.vehicles.archive([i.vehicle]),
        BulkReport,
    ),
    Verb(
        "listItems",
        "items.list",
        lambda c, s, i: s.items.list(type="part", updated_from=NEW_YEAR, updated_to=TODAY).first(),
        Item,
    ),
    Verb("getItem", "items.get", lambda c, s, i: s.items.get(i.item), Item),
    Verb("archiveItems", "items.archive", lambda c, s, i: s.items.archive([i.item]), BulkReport),
    Verb(
        "listInventoryLevels",
        "inventory_levels.list",
        lambda c, s, i: s.inventory_levels.list(restock_level="above").first(),
        InventoryLevel,
    ),
    Verb("getInventoryLevel", "inventory_levels.get", _levels_of_item, InventoryLevel),
    Verb(
        "updateInventoryLevels",
        "inventory_levels.update",
        lambda c, s, i: s.inventory_levels.update([_level(i)]),
        BulkReport,
    ),
    Verb(
        "listItemPricing",
        "item_pricing.list",
        lambda c, s, i: s.item_pricing.list(type="part", updated_from="2020-01-01").first(),
        ItemPrice,
    ),
    Verb(
        "getItemPricing", "item_pricing.get", lambda c, s, i: s.item_pricing.get(i.item), ItemPrice
    ),
    Verb(
        "createAppointmentRequest",
        "appointment_requests.create",
        lambda c, s, i: s.appointment_requests.create(APPOINTMENT),
        type(None),
    ),
    Verb(
        "listAppointmentRequests",
        "appointment_requests.list",
        lambda c, s, i: s.appointment_requests.list(
            starts_from=NEW_YEAR, starts_to=TODAY, sort="startDate", sort_direction="ASC"
        ).first(),
        AppointmentRequest,
    ),
    Verb(
        "listRepairOrders",
        "repair_orders.list",
        lambda c, s, i: s.repair_orders.list(
            updated_from=NEW_YEAR, updated_to=TODAY, sort="createdDate"
        ).first(),
        RepairOrder,
    ),
    Verb(
        "getRepairOrder",
        "repair_orders.get",
        lambda c, s, i: s.repair_orders.get(i.order),
        RepairOrder,
    ),
    Verb(
        "listPayments",
        "payments.list",
        lambda c, s, i: s.payments.list(paid_from=NEW_YEAR, paid_to=TODAY).first(),
        Payment,
    ),
    Verb(
        "listTimesheetLogs",
        "timesheets.list",
        lambda c, s, i: s.timesheets.list(date(2020, 1, 1), date(2030, 1, 1)).first(),
        TimesheetLog,
    ),
    Verb(
        "createCustomers",
        "customers.create_each",
        lambda c, s, i: _only(s.customers.create_each([{"firstName": "Cy", "lastName": "Ode"}])),
        Outcome,
    ),
    Verb(
        "updateCustomers",
        "customers.update_each",
        lambda c, s, i: _only(s.customers.update_each([{"customerId": i.customer, "notes": "-"}])),
        Outcome,
    ),
    Verb(
        "archiveCustomers",
        "customers.archive_each",
        lambda c, s, i: _only(s.customers.archive_each([i.customer])),
        Outcome,
    ),
    Verb(
        "createVehicles",
        "vehicles.create_each",
        lambda c, s, i: _only(s.vehicles.create_each([{"make": "Fiat"}])),
        Outcome,
    ),
    Verb(
        "updateVehicles",
        "vehicles.update_each",
        lambda c, s, i: _only(s.vehicles.update_each([{"vehicleId": i.vehicle, "year": 1999}])),
        Outcome,
    ),
    Verb(
        "archiveVehicles",
        "vehicles.archive_each",
        lambda c, s, i: _only(s.vehicles.archive_each([i.vehicle])),
        Outcome,
    ),
    Verb(
        "archiveItems",
        "items.archive_each",
        lambda c, s, i: _only(s.items.archive_each([i.item])),
        Outcome,
    ),
    Verb(
        "updateInventoryLevels",
        "inventory_levels.update_each",
        lambda c, s, i: _only(s.inventory_levels.update_each([_level(i)])),
        Outcome,
    ),
    Verb("logout", "client.logout", lambda c, s, i: c.logout(), type(None)),
]
