# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.repair_order_content import RepairOrderContent
from ...types import Response


def _get_kwargs(
    ro_number: str,
    *,
    company_id: str,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/orders/{ro_number}".format(
            ro_number=quote(str(ro_number), safe=""),
        ),
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> RepairOrderContent | None:
    if response.status_code == 200:
        response_200 = RepairOrderContent.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[RepairOrderContent]:
    return Response(
        status_code=HTTPStatus(response.status_code),
        content=response.content,
        headers=response.headers,
        parsed=_parse_response(client=client, response=response),
    )


async def asyncio_detailed(
    ro_number: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
) -> Response[RepairOrderContent]:
    """Read a repair order

     Reads one repair order by its number. The answer is a list.

    Args:
        ro_number (str):
        company_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[RepairOrderContent]
    """

    kwargs = _get_kwargs(
        ro_number=ro_number,
        company_id=company_id,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    ro_number: str,
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
) -> RepairOrderContent | None:
    """Read a repair order

     Reads one repair order by its number. The answer is a list.

    Args:
        ro_number (str):
        company_id (str):

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        RepairOrderContent
    """

    return (
        await asyncio_detailed(
            ro_number=ro_number,
            client=client,
            company_id=company_id,
        )
    ).parsed
