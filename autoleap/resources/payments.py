"""Payments: money taken for repair orders."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from attrs import frozen

from autoleap_api_client.api.payments import list_payments
from autoleap_api_client.models.payment import Payment
from autoleap_api_client.models.payment_sort import PaymentSort
from autoleap_api_client.models.sort_direction import SortDirection

from .. import _arguments
from .._arguments import DateInput
from .._paging.pager import Pager
from ._base import CompanyContext


@frozen
class Payments:
    """The payments of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        paid_from: DateInput | None = None,
        paid_to: DateInput | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        sort: PaymentSort | str | None = None,
        sort_direction: SortDirection | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[Payment]:
        """List payments (GET /payments); nothing is read before the pager is used.

        Args:
            paid_from, paid_to: Window of the payment's creation.
            updated_from, updated_to: Window of the last change.
            sort: "createdDate".
            sort_direction: "ASC" (the server's default) or "DESC".
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_payments.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            payment_date_start=_arguments.format_datetime("paid_from", paid_from),
            payment_date_end=_arguments.format_datetime("paid_to", paid_to),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            sort=_arguments.to_enum("sort", sort, PaymentSort),
            sort_direction=_arguments.to_enum("sort_direction", sort_direction, SortDirection),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("payment_id"), prefetch)
