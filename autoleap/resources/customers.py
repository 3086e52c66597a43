"""Customers: people and fleets that bring vehicles to a shop."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Unpack

from attrs import frozen

from autoleap_api_client.api.customers import (
    archive_customers,
    create_customers,
    get_customer,
    list_customers,
    update_customers,
)
from autoleap_api_client.models.customer import Customer
from autoleap_api_client.models.customers_archive_request import CustomersArchiveRequest
from autoleap_api_client.models.customers_create_request import CustomersCreateRequest
from autoleap_api_client.models.customers_update_request import CustomersUpdateRequest
from autoleap_api_client.models.sort_direction import SortDirection

from .. import _arguments
from .._arguments import DateInput
from .._bulk.options import BulkOperation, BulkOptions, CreateOptions
from .._bulk.results import BulkReport, Outcome
from .._bulk.writer import BulkWriter
from .._paging.pager import Pager
from ._base import CompanyContext, Ids, Records, batch_sender, fetch_by_key, list_changed

if TYPE_CHECKING:
    from autoleap_api_client.models.customer_create_item import CustomerCreateItem
    from autoleap_api_client.models.customer_update_item import CustomerUpdateItem


@frozen
class Customers:
    """The customers of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        search: str | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        sort: str | None = None,
        sort_direction: SortDirection | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[Customer]:
        """List customers (GET /customers); nothing is read before the pager is used.

        Args:
            search: A name, e-mail address or phone number.
            updated_from, updated_to: Window of the last change.
            sort: Field to sort by; its names are not documented.
            sort_direction: "ASC" or "DESC".
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_customers.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            search=_arguments.check_str("search", search),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            sort=_arguments.check_str("sort", sort),
            sort_direction=_arguments.to_enum("sort_direction", sort_direction, SortDirection),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("customer_id"), prefetch)

    async def get(self, customer_id: str) -> Customer:
        """Read one customer by id (GET /customers/{customerId}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("customer_id", customer_id)
        call = partial(
            get_customer.asyncio, key, client=self._scope.api, company_id=self._scope.company_id
        )
        return (await fetch_by_key(f"/customers/{key}", call))[0]

    async def create(
        self, records: Records[CustomerCreateItem], **options: Unpack[CreateOptions]
    ) -> BulkReport:
        """Create customers in batches (POST /customers).

        Args:
            records: `CustomerCreateItem` models or dicts in the API's spelling.
            options: See `CreateOptions`.
        """
        return await self._create(records, options).report()

    def create_each(
        self, records: Records[CustomerCreateItem], **options: Unpack[CreateOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `create`, but yields each record's outcome as it becomes known."""
        return self._create(records, options).outcomes()

    async def update(
        self, records: Records[CustomerUpdateItem], **options: Unpack[BulkOptions]
    ) -> BulkReport:
        """Update customers in batches (PUT /customers); only what is sent changes.

        Args:
            records: `CustomerUpdateItem` models or dicts with a `customerId`.
            options: See `BulkOptions`.
        """
        return await self._update(records, options).report()

    def update_each(
        self, records: Records[CustomerUpdateItem], **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `update`, but yields each record's outcome as it becomes known."""
        return self._update(records, options).outcomes()

    async def archive(self, ids: Ids, **options: Unpack[BulkOptions]) -> BulkReport:
        """Archive customers by id in batches (PATCH /customers).

        Args:
            ids: Customer ids.
            options: See `BulkOptions`.
        """
        return await self._archive(ids, options).report()

    def archive_each(
        self, ids: Ids, **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `archive`, but yields each id's outcome as it becomes known."""
        return self._archive(ids, options).outcomes()

    def _create(self, records: Records[CustomerCreateItem], options: CreateOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="CustomerCreateItem",
            send=batch_sender(
                self._scope, create_customers.asyncio, CustomersCreateRequest, "customers"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            claims=self._scope.claims.get(self._scope.company_id, type(self).__name__),
            list_changed=list_changed(
                lambda since: self.list(updated_from=since, prefetch=4), "customerId"
            ),
            fingerprint_key=("firstName", "lastName"),
        )
        return BulkWriter(operation, records, options)

    def _update(self, records: Records[CustomerUpdateItem], options: BulkOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="CustomerUpdateItem",
            send=batch_sender(
                self._scope, update_customers.asyncio, CustomersUpdateRequest, "customers"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="customerId",
        )
        return BulkWriter(operation, records, options)

    def _archive(self, ids: Ids, options: BulkOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="CustomerArchiveItem",
            send=batch_sender(
                self._scope, archive_customers.asyncio, CustomersArchiveRequest, "customers"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="customerId",
            ids_only=True,
        )
        return BulkWriter(operation, ids, options)
