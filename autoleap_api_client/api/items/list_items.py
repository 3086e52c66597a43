# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

import datetime
from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.item_page import ItemPage
from ...models.item_type import ItemType
from ...types import Response
from ...writing import plain


def _get_kwargs(
    *,
    company_id: str | None = None,
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: datetime.datetime | None = None,
    updated_date_end: datetime.datetime | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    json_type_: str | None = None
    if type_ is not None:
        json_type_ = plain(type_)

    params["type"] = json_type_

    params["itemNumber"] = item_number

    json_updated_date_start: str | None = None
    if updated_date_start is not None:
        json_updated_date_start = plain(updated_date_start)
    params["updatedDateStart"] = json_updated_date_start

    json_updated_date_end: str | None = None
    if updated_date_end is not None:
        json_updated_date_end = plain(updated_date_end)
    params["updatedDateEnd"] = json_updated_date_end

    params["size"] = size

    params["page"] = page

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/items",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ItemPage | None:
    if response.status_code == 200:
        response_200 = ItemPage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ItemPage]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


async def asyncio_detailed(
    *,
    client: AuthenticatedClient | Client,
    company_id: str | None = None,
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: datetime.datetime | None = None,
    updated_date_end: datetime.datetime | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> Response[ItemPage]:
    """List items

     Reads the catalogue page by page: parts, tires, labor, fees and discounts.

    Args:
        company_id (str | None):
        type_ (ItemType | None): Kind of catalogue item.
        item_number (str | None):
        updated_date_start (datetime.datetime | None):
        updated_date_end (datetime.datetime | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ItemPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        type_=type_,
        item_number=item_number,
        updated_date_start=updated_date_start,
        updated_date_end=updated_date_end,
        size=size,
        page=page,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    company_id: str | None = None,
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: datetime.datetime | None = None,
    updated_date_end: datetime.datetime | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> ItemPage | None:
    """List items

     Reads the catalogue page by page: parts, tires, labor, fees and discounts.

    Args:
        company_id (str | None):
        type_ (ItemType | None): Kind of catalogue item.
        item_number (str | None):
        updated_date_start (datetime.datetime | None):
        updated_date_end (datetime.datetime | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ItemPage
    """

    return (
        await asyncio_detailed(
            client=client,
            company_id=company_id,
            type_=type_,
            item_number=item_number,
            updated_date_start=updated_date_start,
            updated_date_end=updated_date_end,
            size=size,
            page=page,
        )
    ).parsed
