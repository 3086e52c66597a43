# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.profile_location import ProfileLocation


T = TypeVar("T", bound="ProfileCompany")


@_attrs_define
class ProfileCompany:
    """A company that has given the partner access, with its locations.

    Attributes:
        company_id (str | None): Identifier of the company, as other operations ask for it.
        company_name (str | None): Display name of the company.
        locations (list[ProfileLocation] | None): Locations of the company.
    """

    company_id: str | None = None
    company_name: str | None = None
    locations: list[ProfileLocation] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "companyId": self.company_id,
            "companyName": self.company_name,
            "locations": self.locations,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.profile_location import ProfileLocation

        d = fields(src_dict)
        return cls(
            company_id=d.pop("companyId", None),
            company_name=d.pop("companyName", None),
            locations=read_list(d, "locations", ProfileLocation.from_dict),
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
