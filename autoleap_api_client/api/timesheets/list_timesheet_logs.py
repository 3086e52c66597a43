# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from http import HTTPStatus
from typing import Any

import httpx

from ... import errors
from ...client import AuthenticatedClient, Client
from ...models.timesheet_log_page import TimesheetLogPage
from ...types import Response


def _get_kwargs(
    *,
    company_id: str,
    start_date: str,
    end_date: str,
    location_id: str | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> dict[str, Any]:

    params: dict[str, Any] = {}

    params["companyId"] = company_id

    params["startDate"] = start_date

    params["endDate"] = end_date

    params["locationId"] = location_id

    params["size"] = size

    params["page"] = page

    params = {k: v for k, v in params.items() if v is not None}

    _kwargs: dict[str, Any] = {
        "method": "get",
        "url": "/technicians/timesheetLogs",
        "params": params,
    }

    return _kwargs


def _parse_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> TimesheetLogPage | None:
    if response.status_code == 200:
        response_200 = TimesheetLogPage.from_dict(response.json())

        return response_200

    if client.raise_on_unexpected_status:
        raise errors.UnexpectedStatus(response.status_code, response.content)
    else:
        return None


def _build_response(
    *, client: AuthenticatedClient | Client, response: httpx.Response
) -> Response[TimesheetLogPage]:
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
    start_date: str,
    end_date: str,
    location_id: str | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> Response[TimesheetLogPage]:
    """List timesheet entries

     Reads what technicians have clocked between two dates.

    Args:
        company_id (str):
        start_date (str):
        end_date (str):
        location_id (str | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        Response[TimesheetLogPage]
    """

    kwargs = _get_kwargs(
        company_id=company_id,
        start_date=start_date,
        end_date=end_date,
        location_id=location_id,
        size=size,
        page=page,
    )

    response = await client.get_async_httpx_client().request(**kwargs)

    return _build_response(client=client, response=response)


async def asyncio(
    *,
    client: AuthenticatedClient | Client,
    company_id: str,
    start_date: str,
    end_date: str,
    location_id: str | None = None,
    size: int | None = 100,
    page: int | None = 1,
) -> TimesheetLogPage | None:
    """List timesheet entries

     Reads what technicians have clocked between two dates.

    Args:
        company_id (str):
        start_date (str):
        end_date (str):
        location_id (str | None):
        size (int | None):  Default: 100.
        page (int | None):  Default: 1.

    Raises:
        errors.UnexpectedStatus: If the server returns an undocumented status code and Client.raise_on_unexpected_status is True.
        httpx.TimeoutException: If the request takes longer than Client.timeout.

    Returns:
        TimesheetLogPage
    """

    return (
        await asyncio_detailed(
            client=client,
            company_id=company_id,
            start_date=start_date,
            end_date=end_date,
            location_id=location_id,
            size=size,
            page=page,
        )
    ).parsed
