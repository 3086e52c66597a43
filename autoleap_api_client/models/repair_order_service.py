# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, moment, read, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.technician import Technician


T = TypeVar("T", bound="RepairOrderService")


@_attrs_define
class RepairOrderService:
    """One service on a repair order.

    Attributes:
        id (int | None): Number of the service. A whole number, unlike most ids.
        title (str | None): Name of the service.
        authorized (bool | None): Whether the customer agreed to it.
        service_status (str | None): How far the work has come.
        authorized_date (datetime.datetime | None): When the customer agreed.
        technician (list[Technician] | None): Everyone who works on it. A list, in spite of its name.
        note (str | None): Free note on the service.
    """

    id: int | None = None
    title: str | None = None
    authorized: bool | None = None
    service_status: str | None = None
    authorized_date: datetime.datetime | None = None
    technician: list[Technician] | None = None
    note: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "id": self.id,
            "title": self.title,
            "authorized": self.authorized,
            "serviceStatus": self.service_status,
            "authorizedDate": self.authorized_date,
            "technician": self.technician,
            "note": self.note,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.technician import Technician

        d = fields(src_dict)
        return cls(
            id=d.pop("id", None),
            title=d.pop("title", None),
            authorized=d.pop("authorized", None),
            service_status=d.pop("serviceStatus", None),
            authorized_date=read(d, "authorizedDate", moment),
            technician=read_list(d, "technician", Technician.from_dict),
            note=d.pop("note", None),
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
