"""Vehicles of the customers."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Unpack

from attrs import frozen

from autoleap_api_client.api.vehicles import (
    archive_vehicles,
    create_vehicles,
    get_vehicle,
    list_vehicles,
    update_vehicles,
)
from autoleap_api_client.models.sort_direction import SortDirection
from autoleap_api_client.models.vehicle import Vehicle
from autoleap_api_client.models.vehicles_archive_request import VehiclesArchiveRequest
from autoleap_api_client.models.vehicles_create_request import VehiclesCreateRequest
from autoleap_api_client.models.vehicles_update_request import VehiclesUpdateRequest

from .. import _arguments
from .._arguments import DateInput
from .._bulk.options import BulkOperation, BulkOptions, CreateOptions
from .._bulk.results import BulkReport, Outcome
from .._bulk.writer import BulkWriter
from .._paging.pager import Pager
from ._base import CompanyContext, Ids, Records, batch_sender, fetch_by_key, list_changed

if TYPE_CHECKING:
    from autoleap_api_client.models.vehicle_create_item import VehicleCreateItem
    from autoleap_api_client.models.vehicle_update_item import VehicleUpdateItem


@frozen
class Vehicles:
    """The vehicles of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        customer_id: str | None = None,
        search: str | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        sort: str | None = None,
        sort_direction: SortDirection | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[Vehicle]:
        """List vehicles (GET /vehicles); nothing is read before the pager is used.

        Args:
            customer_id: Only this customer's vehicles.
            search: Free text.
            updated_from, updated_to: Window of the last change.
            sort: Field to sort by; its names are not documented.
            sort_direction: "ASC" or "DESC".
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_vehicles.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            customer_id=_arguments.check_str("customer_id", customer_id),
            search=_arguments.check_str("search", search),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            sort=_arguments.check_str("sort", sort),
            sort_direction=_arguments.to_enum("sort_direction", sort_direction, SortDirection),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("vehicle_id"), prefetch)

    async def get(self, vehicle_id: str) -> Vehicle:
        """Read one vehicle by id (GET /vehicles/{vehicleId}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("vehicle_id", vehicle_id)
        call = partial(
            get_vehicle.asyncio, key, client=self._scope.api, company_id=self._scope.company_id
        )
        return (await fetch_by_key(f"/vehicles/{key}", call))[0]

    async def create(
        self, records: Records[VehicleCreateItem], **options: Unpack[CreateOptions]
    ) -> BulkReport:
        """Create vehicles in batches (POST /vehicles).

        Args:
            records: `VehicleCreateItem` models or dicts in the API's spelling.
            options: See `CreateOptions`.
        """
        return await self._create(records, options).report()

    def create_each(
        self, records: Records[VehicleCreateItem], **options: Unpack[CreateOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `create`, but yields each record's outcome as it becomes known."""
        return self._create(records, options).outcomes()

    async def update(
        self, records: Records[VehicleUpdateItem], **options: Unpack[BulkOptions]
    ) -> BulkReport:
        """Update vehicles in batches (PUT /vehicles); only what is sent changes.

        Args:
            records: `VehicleUpdateItem` models or dicts with a `vehicleId`.
            options: See `BulkOptions`.
        """
        return await self._update(records, options).report()

    def update_each(
        self, records: Records[VehicleUpdateItem], **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `update`, but yields each record's outcome as it becomes known."""
        return self._update(records, options).outcomes()

    async def archive(self, ids: Ids, **options: Unpack[BulkOptions]) -> BulkReport:
        """Set vehicles to Inactive by id, in batches (PATCH /vehicles).

        Args:
            ids: Vehicle ids.
            options: See `BulkOptions`.
        """
        return await self._archive(ids, options).report()

    def archive_each(
        self, ids: Ids, **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `archive`, but yields each id's outcome as it becomes known."""
        return self._archive(ids, options).outcomes()

    def _create(self, records: Records[VehicleCreateItem], options: CreateOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="VehicleCreateItem",
            send=batch_sender(
                self._scope, create_vehicles.asyncio, VehiclesCreateRequest, "vehicles"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            claims=self._scope.claims.get(self._scope.company_id, type(self).__name__),
            list_changed=list_changed(
                lambda since: self.list(updated_from=since, prefetch=4), "vehicleId"
            ),
            fingerprint_key=("customerId", "vin", "licensePlate"),
        )
        return BulkWriter(operation, records, options)

    def _update(self, records: Records[VehicleUpdateItem], options: BulkOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="VehicleUpdateItem",
            send=batch_sender(
                self._scope, update_vehicles.asyncio, VehiclesUpdateRequest, "vehicles"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="vehicleId",
        )
        return BulkWriter(operation, records, options)

    def _archive(self, ids: Ids, options: BulkOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="VehicleArchiveItem",
            send=batch_sender(
                self._scope, archive_vehicles.asyncio, VehiclesArchiveRequest, "vehicles"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="vehicleId",
            ids_only=True,
        )
        return BulkWriter(operation, ids, options)
