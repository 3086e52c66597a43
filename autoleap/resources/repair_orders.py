"""Repair orders: work that a shop estimates, does and invoices."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from attrs import frozen

from autoleap_api_client.api.repair_orders import get_repair_order, list_repair_orders
from autoleap_api_client.models.repair_order import RepairOrder
from autoleap_api_client.models.repair_order_sort import RepairOrderSort
from autoleap_api_client.models.repair_order_status_id import RepairOrderStatusId
from autoleap_api_client.models.sort_direction import SortDirection

from .. import _arguments
from .._arguments import DateInput
from .._paging.pager import Pager
from ._base import CompanyContext, fetch_by_key


@frozen
class RepairOrders:
    """The repair orders of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        search: str | None = None,
        number: str | None = None,
        status: RepairOrderStatusId | int | None = None,
        finalized: bool | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        invoiced_from: DateInput | None = None,
        invoiced_to: DateInput | None = None,
        finalized_from: DateInput | None = None,
        finalized_to: DateInput | None = None,
        sort: RepairOrderSort | str | None = None,
        sort_direction: SortDirection | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[RepairOrder]:
        """List repair orders (GET /orders); nothing is read before the pager is used.

        Args:
            search: Free text.
            number: Repair order number, as a string.
            status: 1 Estimate, 2 WIP, 3 Complete, 4 Saved, 5 Posted, 6 AR, 7 Deleted.
            finalized: Only orders that are finalized, or only those that are not.
            updated_from, updated_to: Window of the last change.
            invoiced_from, invoiced_to: Window of the invoice.
            finalized_from, finalized_to: Window of finalization.
            sort: "createdDate" or "repairOrderNumber".
            sort_direction: "ASC" or "DESC".
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_repair_orders.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            search=_arguments.check_str("search", search),
            repair_order_number=_arguments.check_str("number", number),
            repair_order_status_id=_arguments.to_enum("status", status, RepairOrderStatusId),
            is_finalized=_arguments.check_bool("finalized", finalized),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            invoice_start_date=_arguments.format_datetime("invoiced_from", invoiced_from),
            invoice_end_date=_arguments.format_datetime("invoiced_to", invoiced_to),
            finalize_start_date=_arguments.format_datetime("finalized_from", finalized_from),
            finalize_end_date=_arguments.format_datetime("finalized_to", finalized_to),
            sort=_arguments.to_enum("sort", sort, RepairOrderSort),
            sort_direction=_arguments.to_enum("sort_direction", sort_direction, SortDirection),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("repair_order_number"), prefetch)

    async def get(self, number: str) -> RepairOrder:
        """Read one repair order by its number (GET /orders/{roNumber}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("number", number)
        call = partial(
            get_repair_order.asyncio, key, client=self._scope.api, company_id=self._scope.company_id
        )
        return (await fetch_by_key(f"/orders/{key}", call))[0]
