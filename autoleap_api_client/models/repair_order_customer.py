# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.customer_type import CustomerType
from ..reading import either, fields, kept, read
from ..writing import written

T = TypeVar("T", bound="RepairOrderCustomer")


@_attrs_define
class RepairOrderCustomer:
    """The customer named on a repair order.

    Attributes:
        id (str | None): Identifier of the customer.
        first_name (str | None): First name.
        last_name (str | None): Last name.
        customer_type (CustomerType | str | None): Kind of customer. Spellings beyond the documented values occur, such
            as a capitalised one.
    """

    id: str | None = None
    first_name: str | None = None
    last_name: str | None = None
    customer_type: CustomerType | str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "id": self.id,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "customerType": self.customer_type,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            id=d.pop("id", None),
            first_name=d.pop("firstName", None),
            last_name=d.pop("lastName", None),
            customer_type=read(d, "customerType", either(CustomerType, kept)),
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
