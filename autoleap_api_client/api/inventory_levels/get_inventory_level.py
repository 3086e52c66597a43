# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.inventory_level_content import InventoryLevelContent
from ...types import Response


def _get_kwargs(
    item_id: str,
    *,
    company_id: str,
    location_id: str | None = None,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params["locationId"] = location_id

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/inventoryLevels/{item_id}".format(
            item_id=quote(str(item_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> InventoryLevelContent | None:
    if response.status_code == 200:
        response_200 = InventoryLevelContent.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[InventoryLevelContent]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


async def asyncio_detailed(
    item_id: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
    location_id: str | None = None,
) -> Response[InventoryLevelContent]:
    """Read the stock of an item

     Reads the stock of one item, location by location.

    Args:
        item_id (str):
        company_id (str):
        location_id (str | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[InventoryLevelContent]
    """

    kwargs = _get_kwargs(
        item_id=item_id,
        company_id=company_id,
        location_id=location_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    item_id: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
    location_id: str | None = None,
) -> InventoryLevelContent | None:
    """Read the stock of an item

     Reads the stock of one item, location by location.

    Args:
        item_id (str):
        company_id (str):
        location_id (str | None):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        InventoryLevelContent
    """

    return (
        await asyncio_detailed(
            item_id=item_id,
            client=client,
            company_id=company_id,
            location_id=location_id,
        )
    ).parsed
