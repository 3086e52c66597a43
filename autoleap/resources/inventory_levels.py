"""Inventory levels: stock of items by location."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Unpack

from attrs import frozen

from autoleap_api_client.api.inventory_levels import (
    get_inventory_level,
    list_inventory_levels,
    update_inventory_levels,
)
from autoleap_api_client.models.inventory_level import InventoryLevel
from autoleap_api_client.models.inventory_levels_update_request import (
    InventoryLevelsUpdateRequest,
)
from autoleap_api_client.models.restock_level import RestockLevel

from .. import _arguments
from .._bulk.options import BulkOperation, BulkOptions
from .._bulk.results import BulkReport, Outcome
from .._bulk.writer import BulkWriter
from .._paging.pager import Pager
from ._base import CompanyContext, Records, batch_sender, fetch_by_key

if TYPE_CHECKING:
    from autoleap_api_client.models.inventory_level_update_item import InventoryLevelUpdateItem


@frozen
class InventoryLevels:
    """The stock of one company."""

    _scope: CompanyContext

    def list(
        self,
        *,
        restock_level: RestockLevel | str | None = None,
        page_size: int = 100,
        prefetch: int = 0,
    ) -> Pager[InventoryLevel]:
        """List stock levels (GET /inventoryLevels); nothing is read before the pager is used.

        Args:
            restock_level: "above" or "below"; None lists both.
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_inventory_levels.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
            restock_level=_arguments.to_enum("restock_level", restock_level, RestockLevel),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), _item_at_location, prefetch)

    async def get(self, item_id: str) -> Sequence[InventoryLevel]:
        """Read the stock of one item, one row a location (GET /inventoryLevels/{itemId}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("item_id", item_id)
        call = partial(
            get_inventory_level.asyncio,
            key,
            client=self._scope.api,
            company_id=self._scope.company_id,
            location_id=self._scope.location_id,
        )
        return await fetch_by_key(f"/inventoryLevels/{key}", call)

    async def update(
        self, records: Records[InventoryLevelUpdateItem], **options: Unpack[BulkOptions]
    ) -> BulkReport:
        """Set quantities on hand, in batches (PUT /inventoryLevels); quantities are absolute.

        Args:
            records: `InventoryLevelUpdateItem` models or dicts with `itemId`, `locationId` (filled
                in from the scope where it is missing) and `quantityOnHand`.
            options: See `BulkOptions`.
        """
        return await self._update(records, options).report()

    def update_each(
        self, records: Records[InventoryLevelUpdateItem], **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `update`, but yields each record's outcome as it becomes known."""
        return self._update(records, options).outcomes()

    def _update(
        self, records: Records[InventoryLevelUpdateItem], options: BulkOptions
    ) -> BulkWriter:
        location = self._scope.location_id
        operation = BulkOperation(
            schema="InventoryLevelUpdateItem",
            send=batch_sender(
                self._scope, update_inventory_levels.asyncio, InventoryLevelsUpdateRequest, "items"
            ),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="itemId",
            defaults={"locationId": location} if location else {},
        )
        return BulkWriter(operation, records, options)


def _item_at_location(level: InventoryLevel) -> object:
    """A level has no id of its own: it is known by its item and its location."""
    return (level.item_id, level.location_id) if level.item_id else None
