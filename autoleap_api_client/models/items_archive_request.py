# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.item_archive_item import ItemArchiveItem


T = TypeVar("T", bound="ItemsArchiveRequest")


@_attrs_define
class ItemsArchiveRequest:
    """Items to archive in one company.

    Attributes:
        company_id (str | None): Company the records belong to.
        items (list[ItemArchiveItem] | None): Items to archive, at least one.
    """

    company_id: str | None = None
    items: list[ItemArchiveItem] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {"companyId": self.company_id, "items": self.items}
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.item_archive_item import ItemArchiveItem

        d = fields(src_dict)
        return cls(
            company_id=d.pop("companyId", None),
            items=read_list(d, "items", ItemArchiveItem.from_dict),
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
