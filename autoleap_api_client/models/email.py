# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="Email")


@_attrs_define
class Email:
    """An email address of a customer.

    Attributes:
        email_address (str | None): The address.
        label (str | None): Free label of the address.
        primary (bool | None): Whether this is the address to write to first.
        active (bool | None): Whether the address is in use.
    """

    email_address: str | None = None
    label: str | None = None
    primary: bool | None = None
    active: bool | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "emailAddress": self.email_address,
            "label": self.label,
            "primary": self.primary,
            "active": self.active,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            email_address=d.pop("emailAddress", None),
            label=d.pop("label", None),
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
