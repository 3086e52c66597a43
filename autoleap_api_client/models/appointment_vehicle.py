# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="AppointmentVehicle")


@_attrs_define
class AppointmentVehicle:
    """The vehicle an appointment is about.

    Attributes:
        make (str | None): Manufacturer.
        model (str | None): Model name.
        year (int | None): Model year.
    """

    make: str | None = None
    model: str | None = None
    year: int | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {"make": self.make, "model": self.model, "year": self.year}
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            make=d.pop("make", None),
            model=d.pop("model", None),
            year=d.pop("year", None),
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
