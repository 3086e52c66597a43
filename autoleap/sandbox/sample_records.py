"""Sample customers, vehicles, items, prices, stock and appointment requests.

Every record is complete according to the contract's schema.
"""

import random
from typing import cast

import attrs

from autoleap.sandbox.dates import format_timestamp
from autoleap.sandbox.rows import Record
from autoleap.sandbox.store import Company, Location, Store, compute_restock_level

_HOUR = 3600.0
_MINUTE = 60.0

_FIRST_NAMES = (
    "Ada",
    "Ben",
    "Chloé",
    "Dario",
    "Esther",
    "Farid",
    "Grace",
    "Håkon",
    "Ines",
    "Jamal",
)
_LAST_NAMES = ("Okafor", "Lindqvist", "Moreau", "Tanaka", "O'Neill", "Reyes", "Schäfer", "Novak")
_CITIES = (("Portland", "OR", "97201"), ("Boise", "ID", "83702"), ("Reno", "NV", "89501"))
_CARS = (("Toyota", "Corolla"), ("Ford", "F-150"), ("Subaru", "Outback"), ("Škoda", "Octavia"))
_COLORS = ("White", "Black", "Silver", "Red", "Blue")
# Only parts and tires can be in stock. Two thirds of the items have these types.
_ITEM_TYPES = (
    *("part", "tire", "part", "tire", "labor", "fee"),
    *("part", "tire", "part", "tire", "labor", "discount"),
)
_JOBS = ("Oil and filter change", "Front brake service", "Tire rotation", "Battery replacement")
_APPOINTMENT_STATUSES = ("requested", "confirmed", "declined")


@attrs.frozen
class SampleRecords:
    """A maker of one company's sample records. `index` counts the records from 0."""

    rng: random.Random
    store: Store
    company: Company

    def make_customer(self, index: int, created: float) -> Record:
        """Return a customer. Every tenth is inactive; some have no preferred location."""
        first, last = self.rng.choice(_FIRST_NAMES), self.rng.choice(_LAST_NAMES)
        fleet = index % 6 == 5
        location_ids = [*(location.id for location in self.company.locations), None]
        location_id = location_ids[index % len(location_ids)]
        return {
            "customerType": "fleet" if fleet else "regular",
            "firstName": first,
            "lastName": last,
            "displayName": f"{first} {last}",
            **({"companyName": f"{last} Deliveries"} if fleet else {}),
            "phones": [self._make_phone()],
            "emails": [self._make_email(index)],
            "communicationPreference": self.rng.choice(("mobile", "email")),
            "notes": "",
            "mainAddress": self._make_address(),
            "taxExempt": fleet,
            **({"reasonForTaxExempt": "Direct pay permit"} if fleet else {}),
            "tags": [{"name": "Loyal", "color": "FFFF00"}] if index % 4 == 0 else [],
            "chargeAccount": fleet,
            **({"preferredLocationID": location_id} if location_id else {}),
            "languagePreference": "EN",
            "okForMarketing": self.rng.random() < 0.5,
            "customerStatus": _choose_status(index),
        }

    def make_vehicle(self, index: int, created: float) -> Record:
        """Return a vehicle of a random customer. Every tenth is inactive."""
        make, model = self.rng.choice(_CARS)
        year = self.rng.randrange(1998, 2025)
        customers = list(self.company.tables["customers"].by_id)
        return {
            **({"customerId": self.rng.choice(customers)} if customers else {}),
            "year": year,
            "make": make,
            "model": model,
            "vehicleName": f"{year} {make} {model}",
            "engine": "2.0L I4",
            "color": self.rng.choice(_COLORS),
            "licensePlate": f"{self.rng.randrange(100, 1000)} {self._draw_letters(3)}",
            "state": self.rng.choice(_CITIES)[1],
            "vin": self._draw_letters(9) + str(self.rng.randrange(10**7, 10**8)),
            "imgUrl": "",
            "notes": "",
            "tags": [],
            "driveType": self.rng.choice(("FWD", "AWD", "RWD")),
            "transmission": "Automatic",
            "mileage": self.rng.randrange(1_000, 250_000),
            "mileageUnit": "Miles",
            "vehicleStatus": _choose_status(index),
        }

    def make_item(self, index: int, created: float) -> Record:
        """Return an item with the details of its type."""
        item_type = _ITEM_TYPES[index % len(_ITEM_TYPES)]
        record: Record = {
            "itemType": item_type,
            "itemName": f"Sample {item_type} {index + 1}",
            "itemNumber": f"{item_type[:2].upper()}-{1000 + index}",
            "category": item_type.capitalize(),
            "subCategory": "General",
            "description": "",
            "status": _choose_status(index),
            "taxable": item_type != "labor",
        }
        cost = self.rng.randrange(100, 20_000) / 100
        prices = {"costPerUnit": cost, "pricePerUnit": round(cost * 1.6, 2)}
        if item_type == "part":
            record["partDetails"] = self._make_part_details(prices)
        elif item_type == "tire":
            record["tireDetails"] = self._make_tire_details(prices)
        return record

    def make_price(self, item: Record) -> Record:
        """Return the price of an item."""
        hourly = {"costPerUnit": 60, "pricePerUnit": 120}
        details = item.get("partDetails") or item.get("tireDetails") or hourly
        source = cast("Record", details)
        identity = {name: item[name] for name in ("itemId", "itemNumber", "itemName", "itemType")}
        return {**identity, **{name: source[name] for name in ("costPerUnit", "pricePerUnit")}}

    def make_inventory_level(self, item: Record, location: Location) -> Record:
        """Return the stock of an item at a location. Some quantities are below the minimum."""
        quantity, minimum = self.rng.randrange(0, 20), self.rng.randrange(2, 16)
        return {
            **{name: item[name] for name in ("itemId", "itemNumber", "itemName", "itemType")},
            "locationId": location.id,
            "quantityOnHand": quantity,
            "minQuantity": minimum,
            "restockLevel": compute_restock_level(quantity, minimum),
        }

    def make_appointment_request(self, index: int, created: float) -> Record:
        """Return a request for an appointment two days after its creation."""
        start = created + 48 * _HOUR
        drops_off = index % 2 == 0
        status = _APPOINTMENT_STATUSES[index % 3]
        make, model = self.rng.choice(_CARS)
        return {
            "companyId": self.company.id,
            "locationId": self.company.locations[index % len(self.company.locations)].id,
            "code": str(10_120 + index),
            "status": status,
            "type": "customer",
            "description": "",
            "declineReason": "Fully booked" if status == "declined" else "",
            "dropOffOption": "dropOff" if drops_off else "waitForIt",
            "isVehicleDropOff": drops_off,
            "startDateTime": format_timestamp(start),
            "endDateTime": format_timestamp(start + _HOUR),
            "customer": {
                "firstName": self.rng.choice(_FIRST_NAMES),
                "lastName": self.rng.choice(_LAST_NAMES),
                "phone": self._make_phone()["number"],
                "email": self._make_email(index)["emailAddress"],
            },
            "vehicle": {"make": make, "model": model, "year": self.rng.randrange(1998, 2025)},
            "services": [{"serviceId": self.store.make_id(), "title": self.rng.choice(_JOBS)}],
        }

    def _make_phone(self) -> dict[str, object]:
        number = f"(503) 555-{self.rng.randrange(100, 10_000):04d}"
        item_type = self.rng.choice(("mobile", "landline"))
        return {
            "number": number,
            "label": "Main",
            "type": item_type,
            "primary": True,
            "active": True,
        }

    def _make_email(self, index: int) -> dict[str, object]:
        address = f"person{index + 1}@example.com"
        return {"emailAddress": address, "label": "Main", "primary": True, "active": True}

    def _make_address(self) -> Record:
        city, state, code = self.rng.choice(_CITIES)
        street = f"{self.rng.randrange(1, 900)} Mill Lane"
        return {"address": street, "zip": code, "city": city, "state": state, "country": "USA"}

    def _draw_letters(self, count: int) -> str:
        return "".join(self.rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ", k=count))

    def _make_part_details(self, prices: dict[str, float]) -> Record:
        return {
            "defaultQuantity": 1,
            **prices,
            "isStockItem": True,
            "supplier": "Example Supply",
            "brand": "Example",
            "hasCore": False,
            "coreCost": 0,
            "totalCost": prices["costPerUnit"],
        }

    def _make_tire_details(self, prices: dict[str, float]) -> Record:
        width, profile = self.rng.choice(((205, 55), (225, 45), (195, 65)))
        return {
            "tireDisplayName": f"Example Grip {width}/{profile} R16",
            "model": "Grip",
            "brand": "Example",
            "tireWidth": width,
            "tireProfile": profile,
            "tireSize": "16",
            "defaultQuantity": 4,
            **prices,
            "seasonality": self.rng.randrange(3),
        }


def _choose_status(index: int) -> str:
    return "Inactive" if index % 10 == 9 else "Active"
