# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.item_type import ItemType
from ..models.restock_level import RestockLevel
from ..reading import fields, moment, read
from ..writing import written

T = TypeVar("T", bound="InventoryLevel")


@_attrs_define
class InventoryLevel:
    """Stock of one item at one location.

    Attributes:
        item_id (str | None): Identifier of the item.
        item_number (str | None): Part or tire number.
        item_name (str | None): Name of the item.
        item_type (ItemType | None): Kind of catalogue item.
        location_id (str | None): Location that holds the stock.
        quantity_on_hand (float | None): Units in stock.
        min_quantity (float | None): Stock below which the item should be bought again.
        restock_level (RestockLevel | None): Whether the stock of an item stands above or below its restock level.
        updated_date (datetime.datetime | None): When the stock last changed.
    """

    item_id: str | None = None
    item_number: str | None = None
    item_name: str | None = None
    item_type: ItemType | None = None
    location_id: str | None = None
    quantity_on_hand: float | None = None
    min_quantity: float | None = None
    restock_level: RestockLevel | None = None
    updated_date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "itemId": self.item_id,
            "itemNumber": self.item_number,
            "itemName": self.item_name,
            "itemType": self.item_type,
            "locationId": self.location_id,
            "quantityOnHand": self.quantity_on_hand,
            "minQuantity": self.min_quantity,
            "restockLevel": self.restock_level,
            "updatedDate": self.updated_date,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            item_id=d.pop("itemId", None),
            item_number=d.pop("itemNumber", None),
            item_name=d.pop("itemName", None),
            item_type=read(d, "itemType", ItemType),
            location_id=d.pop("locationId", None),
            quantity_on_hand=d.pop("quantityOnHand", None),
            min_quantity=d.pop("minQuantity", None),
            restock_level=read(d, "restockLevel", RestockLevel),
            updated_date=read(d, "updatedDate", moment),
            additional_properties=d,
        )

    @property
    def additional_keys(self) -> list[str]:
        return list(self.additional_properties.keys())

    def __getitem__(self, key: str) -> Any:
        return self.additional_properties[key]

    def __setitem__(self, key: str, value: Any) -> None:
        self.additional_properties[key] = value

    def __delitem__(self, key: str) -> None:
        del self.additional_properties[key]

    def __contains__(self, key: str) -> bool:
        return key in self.additional_properties
