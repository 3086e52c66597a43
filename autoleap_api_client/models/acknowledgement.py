# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read
from ..writing import written

if TYPE_CHECKING:
    from ..models.acknowledgement_data import AcknowledgementData


T = TypeVar("T", bound="Acknowledgement")


@_attrs_define
class Acknowledgement:
    """Answer of a write.

    Attributes:
        success (bool | None): Whether the write was accepted.
        message (str | None): Confirmation in words.
        data (AcknowledgementData | None): Open object. Where it has been seen it was empty: a write gives no ids back.
    """

    success: bool | None = None
    message: str | None = None
    data: AcknowledgementData | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "success": self.success,
            "message": self.message,
            "data": self.data,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.acknowledgement_data import AcknowledgementData

        d = fields(src_dict)
        return cls(
            success=d.pop("success", None),
            message=d.pop("message", None),
            data=read(d, "data", AcknowledgementData.from_dict),
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
