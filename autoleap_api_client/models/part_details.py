# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="PartDetails")


@_attrs_define
class PartDetails:
    """What is known of an item that is a part.

    Attributes:
        default_quantity (float | None): Quantity put on an order unless another is given.
        cost_per_unit (float | None): What one unit costs the shop, in decimal currency.
        price_per_unit (float | None): What one unit is sold for, in decimal currency.
        is_stock_item (bool | None): Whether the part is kept in stock.
        supplier (str | None): Who supplies the part.
        brand (str | None): Brand of the part.
        has_core (bool | None): Whether a core deposit applies.
        core_cost (float | None): Core deposit for one unit, in decimal currency.
        total_cost (float | None): Full cost of the part, in decimal currency.
    """

    default_quantity: float | None = None
    cost_per_unit: float | None = None
    price_per_unit: float | None = None
    is_stock_item: bool | None = None
    supplier: str | None = None
    brand: str | None = None
    has_core: bool | None = None
    core_cost: float | None = None
    total_cost: float | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "defaultQuantity": self.default_quantity,
            "costPerUnit": self.cost_per_unit,
            "pricePerUnit": self.price_per_unit,
            "isStockItem": self.is_stock_item,
            "supplier": self.supplier,
            "brand": self.brand,
            "hasCore": self.has_core,
            "coreCost": self.core_cost,
            "totalCost": self.total_cost,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            default_quantity=d.pop("defaultQuantity", None),
            cost_per_unit=d.pop("costPerUnit", None),
            price_per_unit=d.pop("pricePerUnit", None),
            is_stock_item=d.pop("isStockItem", None),
            supplier=d.pop("supplier", None),
            brand=d.pop("brand", None),
            has_core=d.pop("hasCore", None),
            core_cost=d.pop("coreCost", None),
            total_cost=d.pop("totalCost", None),
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
