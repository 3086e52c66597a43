"""Items: the catalogue of parts, tires, labor, fees and discounts."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from functools import partial
from operator import attrgetter
from typing import Unpack

from attrs import frozen

from autoleap_api_client.api.items import archive_items, get_item, list_items
from autoleap_api_client.models.item import Item
from autoleap_api_client.models.item_type import ItemType
from autoleap_api_client.models.items_archive_request import ItemsArchiveRequest

from .. import _arguments
from .._arguments import DateInput
from .._bulk.options import BulkOperation, BulkOptions
from .._bulk.results import BulkReport, Outcome
from .._bulk.writer import BulkWriter
from .._paging.pager import Pager
from ._base import CompanyContext, Ids, batch_sender, fetch_by_key


@frozen
class Items:
    """The items of one company."""

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
    ) -> Pager[Item]:
        """List items (GET /items); nothing is read before the pager is used.

        Args:
            type: "part", "tire", "labor", "fee" or "discount".
            item_number: The number of a part or tire.
            updated_from, updated_to: Window of the last change; a date stands for its day in UTC.
            page_size: Rows per request, 1 to 100.
            prefetch: Pages to ask for ahead of the reader.
        """
        fetch = partial(
            list_items.asyncio,
            client=self._scope.api,
            company_id=self._scope.company_id,
            type_=_arguments.to_enum("type", type, ItemType),
            item_number=_arguments.check_str("item_number", item_number),
            updated_date_start=_arguments.to_datetime("updated_from", updated_from),
            updated_date_end=_arguments.to_datetime("updated_to", updated_to),
            size=_arguments.check_page_size(page_size),
        )
        return Pager(lambda page: fetch(page=page), attrgetter("item_id"), prefetch)

    async def get(self, item_id: str) -> Item:
        """Read one item by id (GET /items/{itemId}).

        Raises:
            NotFoundError: when there is none.
        """
        key = _arguments.check_id("item_id", item_id)
        call = partial(
            get_item.asyncio, key, client=self._scope.api, company_id=self._scope.company_id
        )
        return (await fetch_by_key(f"/items/{key}", call))[0]

    async def archive(self, ids: Ids, **options: Unpack[BulkOptions]) -> BulkReport:
        """Set items to Inactive by id, in batches (PATCH /items).

        Args:
            ids: Item ids.
            options: See `BulkOptions`.
        """
        return await self._archive(ids, options).report()

    def archive_each(
        self, ids: Ids, **options: Unpack[BulkOptions]
    ) -> AsyncGenerator[Outcome, None]:
        """The same as `archive`, but yields each id's outcome as it becomes known."""
        return self._archive(ids, options).outcomes()

    def _archive(self, ids: Ids, options: BulkOptions) -> BulkWriter:
        operation = BulkOperation(
            schema="ItemArchiveItem",
            send=batch_sender(self._scope, archive_items.asyncio, ItemsArchiveRequest, "items"),
            server_time=self._scope.server_time,
            journal_identity=self._scope.journal_identity,
            id_field="itemId",
            ids_only=True,
        )
        return BulkWriter(operation, ids, options)
