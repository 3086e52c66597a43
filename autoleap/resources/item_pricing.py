"""Item pricing: cost and price of parts, tires and labor."""

from __future__ import annotations

from functools import partial
from operator import attrgetter

from attrs import frozen

from autoleap_api_client.api.item_pricing import get_item_pricing, list_item_pricing
from autoleap_api_client.models.item_price import ItemPrice
from autoleap_api_client.models.item_type import ItemType

from .. import _arguments
from .._arguments import DateInput
from .._paging.pager import Pager
from ._base import CompanyContext, fetch_by_key


@frozen
class ItemPricing:
    """The prices of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        type: ItemType | str | None = None,
        item_number: str | None = None,
        updated_from: DateInput | None = None,
        updated_to: DateInput | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[ItemPrice]:
        """List prices (GET /itemPricing); nothing is read before the pager is used.

        Args:
            type: "part", "tire" or "labor".
            item_number: The number of a part or tire.
            updated_from, updated_to: Window of the last change.
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_item_pricing.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            type_=_arguments.to_enum("type", type, ItemType),
            item_number=_arguments.check_str("item_number", item_number),
            updated_date_start=_arguments.format_datetime("updated_from", updated_from),
            updated_date_end=_arguments.format_datetime("updated_to", updated_to),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("item_id"), prefetch)

    async def get(self, item_id: str) -> ItemPrice:
        """Read the price of one item (GET /itemPricing/{itemId}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("item_id", item_id)
        call = partial(
            get_item_pricing.asyncio, key, client=self._scope.api, company_id=self._scope.company_id
        )
        return (await fetch_by_key(f"/itemPricing/{key}", call))[0]
