# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.payment_page import PaymentPage
from ...models.payment_sort import PaymentSort
from ...models.sort_direction import SortDirection
from ...types import Response
from ...writing import plain


def _get_kwargs(
    *,
    company_id: str,
    location_id: str | None = None,
    payment_date_start: str | None = None,
    payment_date_end: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    sort: PaymentSort | None = None,
    sort_direction: SortDirection | None = SortDirection.ASC,
    size: int | None = 10,
    page: int | None = 1,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params["locationId"] = location_id

    params["paymentDateStart"] = payment_date_start

    params["paymentDateEnd"] = payment_date_end

    params["updatedDateStart"] = updated_date_start

    params["updatedDateEnd"] = updated_date_end

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
        "url": "/payments",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> PaymentPage | None:
    if response.status_code == 200:
        response_200 = PaymentPage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[PaymentPage]:
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
    payment_date_start: str | None = None,
    payment_date_end: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    sort: PaymentSort | None = None,
    sort_direction: SortDirection | None = SortDirection.ASC,
    size: int | None = 10,
    page: int | None = 1,
) -> Response[PaymentPage]:
    """List payments

     Reads payments page by page. Pages hold ten rows unless more are asked for.

    Args:
        company_id (str):
        location_id (str | None):
        payment_date_start (str | None):
        payment_date_end (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        sort (PaymentSort | None): Field a payment list can be sorted by.
        sort_direction (SortDirection | None): Direction of a sorted list, ascending or
            descending. Default: SortDirection.ASC.
        size (int | None):  Default: 10.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[PaymentPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        location_id=location_id,
        payment_date_start=payment_date_start,
        payment_date_end=payment_date_end,
        updated_date_start=updated_date_start,
        updated_date_end=updated_date_end,
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
    payment_date_start: str | None = None,
    payment_date_end: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    sort: PaymentSort | None = None,
    sort_direction: SortDirection | None = SortDirection.ASC,
    size: int | None = 10,
    page: int | None = 1,
) -> PaymentPage | None:
    """List payments

     Reads payments page by page. Pages hold ten rows unless more are asked for.

    Args:
        company_id (str):
        location_id (str | None):
        payment_date_start (str | None):
        payment_date_end (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        sort (PaymentSort | None): Field a payment list can be sorted by.
        sort_direction (SortDirection | None): Direction of a sorted list, ascending or
            descending. Default: SortDirection.ASC.
        size (int | None):  Default: 10.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        PaymentPage
    """

    return (
        await asyncio_detailed(
            client=client,
            company_id=company_id,
            location_id=location_id,
            payment_date_start=payment_date_start,
            payment_date_end=payment_date_end,
            updated_date_start=updated_date_start,
            updated_date_end=updated_date_end,
            sort=sort,
            sort_direction=sort_direction,
            size=size,
            page=page,
        )
    ).parsed
