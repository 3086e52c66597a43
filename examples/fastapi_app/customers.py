"""Customers one page or one record at a time: people wait for these answers."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

import anyio
from fastapi import APIRouter, Depends, Query, Request

from autoleap import AutoLeap, Company

Json: TypeAlias = dict[str, Any]

# Seconds to wait for a page or a record, the wait for the account's limits included.
PATIENCE = 30

router = APIRouter(prefix="/companies/{company_id}/customers")


def company(company_id: str, request: Request) -> Company:
    """The company of the path, as this worker's client sees it."""
    client: AutoLeap = request.state.client
    return client.company(company_id)


Shop: TypeAlias = Annotated[Company, Depends(company)]


@router.get("")
async def list_customers(
    shop: Shop,
    search: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Json:
    """One page of the customers, or of those whose name, e-mail address or phone number fits."""
    with anyio.fail_after(PATIENCE):
        found = await shop.customers.list(search=search, page_size=size).page(page)
    return {
        "items": [customer.to_dict() for customer in found.items],
        "page": found.number,
        "total_pages": found.total_pages,
        "total_count": found.total_count,
    }


@router.get("/{customer_id}")
async def get_customer(shop: Shop, customer_id: str) -> Json:
    """One customer."""
    with anyio.fail_after(PATIENCE):
        customer = await shop.customers.get(customer_id)
    return customer.to_dict()


# Writes have no deadline here: of one that was cut short, nobody knows whether it happened.
@router.post("", status_code=201)
async def create_customer(shop: Shop, record: Json, find_id: bool = False) -> Json:
    """Create a customer; with `find_id`, answer with its id too, or null if that is in doubt.

    AutoLeap does not tell ids: to find one, what was created just now is read, and that can be
    much while an import runs.
    """
    report = await shop.customers.create([record], resolve_ids=find_id)
    report.raise_for_failures()
    return {"customerId": report.ids.get(0)}


@router.patch("/{customer_id}", status_code=204)
async def update_customer(shop: Shop, customer_id: str, record: Json) -> None:
    """Change what is sent of a customer, and nothing else."""
    report = await shop.customers.update([{**record, "customerId": customer_id}])
    report.raise_for_failures()
