# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.inventory_level_page import InventoryLevelPage
from ...models.restock_level import RestockLevel
from ...types import Response
from ...writing import plain


def _get_kwargs(
    *,
    company_id: str,
    location_id: str | None = None,
    restock_level: RestockLevel | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params["locationId"] = location_id

    json_restock_level: str | None = None
    if restock_level is not None:
        json_restock_level = plain(restock_level)

    params["restockLevel"] = json_restock_level

    params["size"] = size

    params["page"] = page

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/inventoryLevels",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InventoryLevelPage | None:
    if response.status_code == 200:
        response_200 = InventoryLevelPage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InventoryLevelPage]:
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
    restock_level: RestockLevel | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> Response[InventoryLevelPage]:
    """List stock levels

     Reads stock page by page. Only items that are kept in stock appear. AutoLeap marks this operation as
    beta.

    Args:
        company_id (str):
        location_id (str | None):
        restock_level (RestockLevel | None): Whether the stock of an item stands above or below
            its restock level.
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InventoryLevelPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        location_id=location_id,
        restock_level=restock_level,
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
    restock_level: RestockLevel | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> InventoryLevelPage | None:
    """List stock levels

     Reads stock page by page. Only items that are kept in stock appear. AutoLeap marks this operation as
    beta.

    Args:
        company_id (str):
        location_id (str | None):
        restock_level (RestockLevel | None): Whether the stock of an item stands above or below
            its restock level.
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InventoryLevelPage
    """

    return (
        await asyncio_detailed(
            client=client,
            company_id=company_id,
            location_id=location_id,
            restock_level=restock_level,
            size=size,
            page=page,
        )
    ).parsed
