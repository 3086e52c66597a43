# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.profile_company import ProfileCompany


T = TypeVar("T", bound="Profile")


@_attrs_define
class Profile:
    """The partner and the companies it may work for.

    Attributes:
        partner_id (str | None): Identifier of the partner account.
        partner_name (str | None): Display name of the partner.
        companies (list[ProfileCompany] | None): Companies the partner may work for.
    """

    partner_id: str | None = None
    partner_name: str | None = None
    companies: list[ProfileCompany] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "partnerId": self.partner_id,
            "partnerName": self.partner_name,
            "companies": self.companies,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_company import ProfileCompany

        d = fields(src_dict)
        return cls(
            partner_id=d.pop("partnerId", None),
            partner_name=d.pop("partnerName", None),
            companies=read_list(d, "companies", ProfileCompany.from_dict),
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
