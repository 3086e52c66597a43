"""Routes for one page of customers or for a single customer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Annotated, Any, TypeAlias

import anyio
from fastapi import APIRouter, Depends, Query, Request

from autoleap import AutoLeap, Company, OutcomeUnknownError

Json: TypeAlias = dict[str, Any]

# Seconds until a request of a user fails, including the wait for the rate limit.
DEADLINE = 30

router = APIRouter(prefix="/companies/{company_id}/customers")


def get_client(request: Request) -> AutoLeap:
    """Return the client of this worker."""
    client: AutoLeap = request.state.client
    return client


def get_company(company_id: str, request: Request) -> Company:
    """Return the company of the path; its calls overtake those of imports."""
    return get_client(request).with_options(priority="high").company(company_id)


@contextmanager
def fail_write_after(seconds: float) -> Generator[None]:
    """Limit the time of a write.

    Raises:
        OutcomeUnknownError: when the time is over; the write may have been sent.
    """
    with anyio.move_on_after(seconds) as scope:
        yield
    if scope.cancelled_caught:
        raise OutcomeUnknownError("the write took too long")


Shop: TypeAlias = Annotated[Company, Depends(get_company)]


@router.get("")
async def list_customers(
    shop: Shop,
    search: str | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(ge=1, le=100)] = 50,
) -> Json:
    """Return one page of customers; `search` is part of a name, e-mail address or phone number."""
    with anyio.fail_after(DEADLINE):
        result = await shop.customers.list(search=search, page_size=size).page(page)
    return {
        "items": [customer.to_dict() for customer in result.items],
        "page": result.number,
        "total_pages": result.total_pages,
        "total_count": result.total_count,
    }


@router.get("/{customer_id}")
async def get_customer(shop: Shop, customer_id: str) -> Json:
    """Return one customer."""
    with anyio.fail_after(DEADLINE):
        customer = await shop.customers.get(customer_id)
    return customer.to_dict()


@router.post("", status_code=201)
async def create_customer(shop: Shop, record: Json, find_id: bool = False) -> Json:
    """Create a customer.

    With `find_id`, the response contains the id, or null if it is not found. AutoLeap does not
    return ids, so the app lists the newest customers. This is slow while an import runs.
    """
    with fail_write_after(DEADLINE):
        report = await shop.customers.create([record], resolve_ids=find_id)
    report.raise_for_failures()
    return {"customerId": report.ids.get(0)}


@router.patch("/{customer_id}", status_code=204)
async def update_customer(shop: Shop, customer_id: str, record: Json) -> None:
    """Change the fields of a customer that the request contains."""
    with fail_write_after(DEADLINE):
        report = await shop.customers.update([{**record, "customerId": customer_id}])
    report.raise_for_failures()
