# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.repair_order_page import RepairOrderPage
from ...models.repair_order_sort import RepairOrderSort
from ...models.repair_order_status_id import RepairOrderStatusId
from ...models.sort_direction import SortDirection
from ...types import Response
from ...writing import plain


def _get_kwargs(
    *,
    company_id: str,
    location_id: str | None = None,
    search: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    invoice_start_date: str | None = None,
    invoice_end_date: str | None = None,
    finalize_start_date: str | None = None,
    finalize_end_date: str | None = None,
    repair_order_number: str | None = None,
    repair_order_status_id: RepairOrderStatusId | None = None,
    is_finalized: bool | None = None,
    sort: RepairOrderSort | None = None,
    sort_direction: SortDirection | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params["locationId"] = location_id

    params["search"] = search

    params["updatedDateStart"] = updated_date_start

    params["updatedDateEnd"] = updated_date_end

    params["invoiceStartDate"] = invoice_start_date

    params["invoiceEndDate"] = invoice_end_date

    params["finalizeStartDate"] = finalize_start_date

    params["finalizeEndDate"] = finalize_end_date

    params["repairOrderNumber"] = repair_order_number

    json_repair_order_status_id: int | None = None
    if repair_order_status_id is not None:
        json_repair_order_status_id = plain(repair_order_status_id)

    params["repairOrderStatusId"] = json_repair_order_status_id

    params["isFinalized"] = is_finalized

    json_sort: str | None = None
    if sort is not None:
        json_sort = plain(sort)

    params["sort"] = json_sort

    json_sort_direction: str | None = None
    if sort_direction is not None:
        json_sort_direction = plain(sort_direction)

    params["sortDirection"] = json_sort_direction

    params["size"] = size

    params["page"] = page

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/orders",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RepairOrderPage | None:
    if response.status_code == 200:
        response_200 = RepairOrderPage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[RepairOrderPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
    location_id: str | None = None,
    search: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    invoice_start_date: str | None = None,
    invoice_end_date: str | None = None,
    finalize_start_date: str | None = None,
    finalize_end_date: str | None = None,
    repair_order_number: str | None = None,
    repair_order_status_id: RepairOrderStatusId | None = None,
    is_finalized: bool | None = None,
    sort: RepairOrderSort | None = None,
    sort_direction: SortDirection | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> Response[RepairOrderPage]:
    """List repair orders

     Reads repair orders page by page.

    Args:
        company_id (str):
        location_id (str | None):
        search (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        invoice_start_date (str | None):
        invoice_end_date (str | None):
        finalize_start_date (str | None):
        finalize_end_date (str | None):
        repair_order_number (str | None):
        repair_order_status_id (RepairOrderStatusId | None): Status filter of repair orders: 1
            Estimate, 2 WIP, 3 Complete, 4 Saved, 5 Posted, 6 AR, 7 Deleted.
        is_finalized (bool | None):
        sort (RepairOrderSort | None): Field a repair order list can be sorted by.
        sort_direction (SortDirection | None): Direction of a sorted list, ascending or
            descending.
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RepairOrderPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        location_id=location_id,
        search=search,
        updated_date_start=updated_date_start,
        updated_date_end=updated_date_end,
        invoice_start_date=invoice_start_date,
        invoice_end_date=invoice_end_date,
        finalize_start_date=finalize_start_date,
        finalize_end_date=finalize_end_date,
        repair_order_number=repair_order_number,
        repair_order_status_id=repair_order_status_id,
        is_finalized=is_finalized,
        sort=sort,
        sort_direction=sort_direction,
        size=size,
        page=page,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
    location_id: str | None = None,
    search: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    invoice_start_date: str | None = None,
    invoice_end_date: str | None = None,
    finalize_start_date: str | None = None,
    finalize_end_date: str | None = None,
    repair_order_number: str | None = None,
    repair_order_status_id: RepairOrderStatusId | None = None,
    is_finalized: bool | None = None,
    sort: RepairOrderSort | None = None,
    sort_direction: SortDirection | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> RepairOrderPage | None:
    """List repair orders

     Reads repair orders page by page.

    Args:
        company_id (str):
        location_id (str | None):
        search (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        invoice_start_date (str | None):
        invoice_end_date (str | None):
        finalize_start_date (str | None):
        finalize_end_date (str | None):
        repair_order_number (str | None):
        repair_order_status_id (RepairOrderStatusId | None): Status filter of repair orders: 1
            Estimate, 2 WIP, 3 Complete, 4 Saved, 5 Posted, 6 AR, 7 Deleted.
        is_finalized (bool | None):
        sort (RepairOrderSort | None): Field a repair order list can be sorted by.
        sort_direction (SortDirection | None): Direction of a sorted list, ascending or
            descending.
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RepairOrderPage
    """

    return (
        await asyncio_detailed(
            client=client,
            company_id=company_id,
            location_id=location_id,
            search=search,
            updated_date_start=updated_date_start,
            updated_date_end=updated_date_end,
            invoice_start_date=invoice_start_date,
            invoice_end_date=invoice_end_date,
            finalize_start_date=finalize_start_date,
            finalize_end_date=finalize_end_date,
            repair_order_number=repair_order_number,
            repair_order_status_id=repair_order_status_id,
            is_finalized=is_finalized,
            sort=sort,
            sort_direction=sort_direction,
            size=size,
            page=page,
        )
    ).parsed
