"""openapi.yaml as one sandbox sees it: what the contract says in words, said in JSON Schema.

To a schema an id is any text, a date is a string, and an object may have more fields than it names.
Nearly all data made from that would be refused. So each request of the contract is narrowed here to
what this sandbox takes: then good data goes all the way, and all other data must be refused.
"""

from __future__ import annotations

import copy
from typing import Any

from autoleap.sandbox import Sandbox
from autoleap.sandbox.schemas import resolve_ref
from autoleap.sandbox.store import Resource
from tests.contract.spec import METHODS, SPEC, Json, whole

DATE_OR_TIME = {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}


def narrowed(sandbox: Sandbox) -> Json:
    """A copy of the contract whose requests name only what this sandbox has."""
    spec = copy.deepcopy(SPEC)
    known = choices(sandbox)
    for item in spec["paths"].values():
        for method in item.keys() & METHODS:
            listed = item[method].get("parameters", [])
            item[method]["parameters"] = [of_parameter(described, known) for described in listed]
            if "requestBody" in item[method]:
                media = item[method]["requestBody"]["content"]["application/json"]
                media["schema"] = of_body(whole(media["schema"]), known)
                del media["examples"]  # they name records that no sandbox has
    return spec


def choices(sandbox: Sandbox) -> dict[str, list[str]]:
    """The values that a field or parameter of a name may have: one company, and what it has."""

    def ids(resource: Resource, field: str) -> list[str]:
        return [str(row[field]) for row in sandbox.store.rows(resource)]

    stock = sandbox.store.rows("inventory_levels")
    here = [str(level["itemId"]) for level in stock if level["locationId"] == sandbox.location_id]
    return {
        "partnerId": [sandbox.partner_id],
        "authKey": [sandbox.auth_key],
        "companyId": [sandbox.company_id],
        "locationId": [sandbox.location_id],
        "customerId": ids("customers", "customerId"),
        "vehicleId": ids("vehicles", "vehicleId"),
        "itemId": here,
        "roNumber": ids("repair_orders", "repairOrderNumber"),
        # The contract names no sort fields of customers and vehicles; these two the sandbox has.
        "sort": ["createdDate", "updatedDate"],
    }


def of_parameter(described: Json, known: dict[str, list[str]]) -> Json:
    """A parameter whose id exists and whose date is one."""
    parameter: Json = copy.deepcopy(resolve_ref(SPEC, described))
    name, schema = parameter["name"], parameter["schema"]
    if name in known and "$ref" not in schema:
        parameter["schema"] = {"type": "string", "enum": known[name]}
    elif "date" in name.lower() and "format" not in schema:
        parameter["schema"] = DATE_OR_TIME
    return parameter


def of_body(schema: Json, known: dict[str, list[str]]) -> Json:
    """The schema of a body with ids that exist, all the way down."""
    narrow: dict[str, Any] = dict(schema)
    if "properties" in schema:
        narrow["properties"] = {
            name: {"type": "string", "enum": known[name]}
            if name in known
            else of_body(field, known)
            for name, field in schema["properties"].items()
        }
        if "itemId" in schema["properties"]:
            # The contract does not say that an item to archive needs an id; the sandbox does.
            narrow["required"] = sorted({*schema.get("required", []), "itemId"})
    if "items" in schema:
        narrow["items"] = of_body(schema["items"], known)
    return narrow
