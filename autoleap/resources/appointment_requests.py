"""Appointment requests: what customers ask a shop for."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from attrs import frozen

from autoleap_api_client.api.appointment_requests import (
    create_appointment_request,
    list_appointment_requests,
)
from autoleap_api_client.models.appointment_request import AppointmentRequest
from autoleap_api_client.models.appointment_request_create import AppointmentRequestCreate
from autoleap_api_client.models.appointment_sort import AppointmentSort
from autoleap_api_client.models.appointment_status import AppointmentStatus
from autoleap_api_client.models.sort_direction import SortDirection

from .. import _arguments
from .._arguments import DateInput
from .._paging.pager import Pager
from .._validation import validate_record
from ._base import CompanyContext, Record


@frozen
class AppointmentRequests:
    """The appointment requests of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        status: AppointmentStatus | str | None = None,
        starts_from: DateInput | None = None,
        starts_to: DateInput | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        created_from: DateInput | None = None,
        created_to: DateInput | None = None,
        sort: AppointmentSort | str | None = None,
        sort_direction: SortDirection | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[AppointmentRequest]:
        """List appointment requests (GET /appointmentRequests); the pager reads when it is used.

        Args:
            status: "requested", "confirmed" or "declined".
            starts_from, starts_to: Window of the appointment, both ends included.
            updated_from, updated_to: Window of the last change.
            created_from, created_to: Window of creation.
            sort: "startDate" or "endDate".
            sort_direction: "ASC" or "DESC".
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_appointment_requests.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            status=_arguments.to_enum("status", status, AppointmentStatus),
            appointment_start_date=_arguments.format_datetime("starts_from", starts_from),
            appointment_end_date=_arguments.format_datetime("starts_to", starts_to),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            created_date_start=_arguments.format_datetime("created_from", created_from),
            created_date_end=_arguments.format_datetime("created_to", created_to),
            sort=_arguments.to_enum("sort", sort, AppointmentSort),
            sort_direction=_arguments.to_enum("sort_direction", sort_direction, SortDirection),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("appointment_id"), prefetch)

    async def create(self, request: Record[AppointmentRequestCreate]) -> None:
        """Ask for one appointment (POST /appointmentRequests/create); no id comes back.

        Args:
            request: An `AppointmentRequestCreate` or a dict in the API's spelling; `companyId` and
                `locationId` are filled in from the scope where they are missing.

        Raises:
            RecordError: when the request breaks the contract; nothing was sent.
            OutcomeUnknownError: when the answer was lost; it may have been created.
        """
        extra = {"companyId": self._scope.company_id}
        if self._scope.location_id is not None:
            extra["locationId"] = self._scope.location_id
        body = AppointmentRequestCreate.from_dict(
            validate_record(request, "AppointmentRequestCreate", extra=extra)
        )
        await create_appointment_request.asyncio(client=self._scope.api, body=body)
