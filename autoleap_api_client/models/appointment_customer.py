# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="AppointmentCustomer")


@_attrs_define
class AppointmentCustomer:
    """The person who asks for an appointment.

    Attributes:
        first_name (str | None): First name.
        last_name (str | None): Last name.
        phone (str | None): Phone number to call back.
        email (str | None): Email address to write to.
    """

    first_name: str | None = None
    last_name: str | None = None
    phone: str | None = None
    email: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "firstName": self.first_name,
            "lastName": self.last_name,
            "phone": self.phone,
            "email": self.email,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            first_name=d.pop("firstName", None),
            last_name=d.pop("lastName", None),
            phone=d.pop("phone", None),
            email=d.pop("email", None),
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
