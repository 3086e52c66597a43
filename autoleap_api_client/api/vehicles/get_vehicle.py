# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.vehicle_content import VehicleContent
from ...types import Response


def _get_kwargs(
    vehicle_id: str,
    *,
    company_id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/vehicles/{vehicle_id}".format(
            vehicle_id=quote(str(vehicle_id), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> VehicleContent | None:
    if response.status_code == 200:
        response_200 = VehicleContent.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[VehicleContent]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


async def asyncio_detailed(
    vehicle_id: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
) -> Response[VehicleContent]:
    """Read a vehicle

     Reads one vehicle by its identifier.

    Args:
        vehicle_id (str):
        company_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[VehicleContent]
    """

    kwargs = _get_kwargs(
        vehicle_id=vehicle_id,
        company_id=company_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    vehicle_id: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
) -> VehicleContent | None:
    """Read a vehicle

     Reads one vehicle by its identifier.

    Args:
        vehicle_id (str):
        company_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        VehicleContent
    """

    return (
        await asyncio_detailed(
            vehicle_id=vehicle_id,
            client=client,
            company_id=company_id,
        )
    ).parsed
