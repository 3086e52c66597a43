# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields
from ..writing import written

T = TypeVar("T", bound="Technician")


@_attrs_define
class Technician:
    """An employee who works on a service.

    Attributes:
        id (str | None): Identifier of the employee.
        name (str | None): Full name.
        is_primary_tech (bool | None): Whether this technician leads the work.
        payroll_id (str | None): Number of the employee in payroll.
    """

    id: str | None = None
    name: str | None = None
    is_primary_tech: bool | None = None
    payroll_id: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "isPrimaryTech": self.is_primary_tech,
            "payrollId": self.payroll_id,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            id=d.pop("id", None),
            name=d.pop("name", None),
            is_primary_tech=d.pop("isPrimaryTech", None),
            payroll_id=d.pop("payrollId", None),
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
