# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="TireDetails")


@_attrs_define
class TireDetails:
    """What is known of an item that is a tire.

    Attributes:
        tire_display_name (str | None): Name shown for the tire.
        model (str | None): Model of the tire.
        brand (str | None): Brand of the tire.
        tire_width (int | None): Section width in millimetres.
        tire_profile (int | None): Aspect ratio in per cent.
        tire_size (str | None): Rim size. Text, unlike width and profile.
        default_quantity (float | None): Quantity put on an order unless another is given.
        cost_per_unit (float | None): What one unit costs the shop, in decimal currency.
        price_per_unit (float | None): What one unit is sold for, in decimal currency.
        seasonality (int | None): Number of the season the tire is made for.
    """

    tire_display_name: str | None = None
    model: str | None = None
    brand: str | None = None
    tire_width: int | None = None
    tire_profile: int | None = None
    tire_size: str | None = None
    default_quantity: float | None = None
    cost_per_unit: float | None = None
    price_per_unit: float | None = None
    seasonality: int | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "tireDisplayName": self.tire_display_name,
            "model": self.model,
            "brand": self.brand,
            "tireWidth": self.tire_width,
            "tireProfile": self.tire_profile,
            "tireSize": self.tire_size,
            "defaultQuantity": self.default_quantity,
            "costPerUnit": self.cost_per_unit,
            "pricePerUnit": self.price_per_unit,
            "seasonality": self.seasonality,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            tire_display_name=d.pop("tireDisplayName", None),
            model=d.pop("model", None),
            brand=d.pop("brand", None),
            tire_width=d.pop("tireWidth", None),
            tire_profile=d.pop("tireProfile", None),
            tire_size=d.pop("tireSize", None),
            default_quantity=d.pop("defaultQuantity", None),
            cost_per_unit=d.pop("costPerUnit", None),
            price_per_unit=d.pop("pricePerUnit", None),
            seasonality=d.pop("seasonality", None),
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
