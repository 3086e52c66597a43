# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.item_price_page import ItemPricePage
from ...models.item_type import ItemType
from ...types import Response
from ...writing import plain


def _get_kwargs(
    *,
    company_id: str,
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
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

    params["updatedDateStart"] = updated_date_start

    params["updatedDateEnd"] = updated_date_end

    params["size"] = size

    params["page"] = page

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/itemPricing",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> ItemPricePage | None:
    if response.status_code == 200:
        response_200 = ItemPricePage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[ItemPricePage]:
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
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> Response[ItemPricePage]:
    """List item prices

     Reads cost and price of parts, tires and labor page by page.

    Args:
        company_id (str):
        type_ (ItemType | None): Kind of catalogue item.
        item_number (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[ItemPricePage]
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
    company_id: str,
    type_: ItemType | None = None,
    item_number: str | None = None,
    updated_date_start: str | None = None,
    updated_date_end: str | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> ItemPricePage | None:
    """List item prices

     Reads cost and price of parts, tires and labor page by page.

    Args:
        company_id (str):
        type_ (ItemType | None): Kind of catalogue item.
        item_number (str | None):
        updated_date_start (str | None):
        updated_date_end (str | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        ItemPricePage
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
