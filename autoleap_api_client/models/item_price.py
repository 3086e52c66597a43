# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.item_type import ItemType
from ..reading import fields, moment, read
from ..writing import written

T = TypeVar("T", bound="ItemPrice")


@_attrs_define
class ItemPrice:
    """Cost and price of one item.

    Attributes:
        item_id (str | None): Identifier of the item.
        item_number (str | None): Part or tire number.
        item_name (str | None): Name of the item.
        item_type (ItemType | None): Kind of catalogue item.
        cost_per_unit (float | None): What one unit costs the shop, in decimal currency.
        price_per_unit (float | None): What one unit is sold for, in decimal currency.
        updated_date (datetime.datetime | None): When cost or price last changed.
    """

    item_id: str | None = None
    item_number: str | None = None
    item_name: str | None = None
    item_type: ItemType | None = None
    cost_per_unit: float | None = None
    price_per_unit: float | None = None
    updated_date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "itemId": self.item_id,
            "itemNumber": self.item_number,
            "itemName": self.item_name,
            "itemType": self.item_type,
            "costPerUnit": self.cost_per_unit,
            "pricePerUnit": self.price_per_unit,
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
            cost_per_unit=d.pop("costPerUnit", None),
            price_per_unit=d.pop("pricePerUnit", None),
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
