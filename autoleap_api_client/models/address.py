# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="Address")


@_attrs_define
class Address:
    """A postal address.

    Attributes:
        address (str | None): Street and house number.
        zip_ (str | None): Postal code.
        city (str | None): City or town.
        state (str | None): State or province.
        country (str | None): Country.
    """

    address: str | None = None
    zip_: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "address": self.address,
            "zip": self.zip_,
            "city": self.city,
            "state": self.state,
            "country": self.country,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            address=d.pop("address", None),
            zip_=d.pop("zip", None),
            city=d.pop("city", None),
            state=d.pop("state", None),
            country=d.pop("country", None),
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
