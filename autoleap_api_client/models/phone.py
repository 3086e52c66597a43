# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.phone_type import PhoneType
from ..reading import fields, read
from ..writing import written

T = TypeVar("T", bound="Phone")


@_attrs_define
class Phone:
    """A phone number of a customer.

    Attributes:
        number (str | None): The number itself.
        label (str | None): Free label of the number.
        type_ (PhoneType | None): Kind of phone line.
        primary (bool | None): Whether this is the number to call first.
        active (bool | None): Whether the number is in use.
    """

    number: str | None = None
    label: str | None = None
    type_: PhoneType | None = None
    primary: bool | None = None
    active: bool | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "number": self.number,
            "label": self.label,
            "type": self.type_,
            "primary": self.primary,
            "active": self.active,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            number=d.pop("number", None),
            label=d.pop("label", None),
            type_=read(d, "type", PhoneType),
            primary=d.pop("primary", None),
            active=d.pop("active", None),
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
