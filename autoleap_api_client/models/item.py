# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.item_status import ItemStatus
from ..models.item_type import ItemType
from ..reading import fields, moment, read
from ..writing import written

if TYPE_CHECKING:
    from ..models.part_details import PartDetails
    from ..models.tire_details import TireDetails


T = TypeVar("T", bound="Item")


@_attrs_define
class Item:
    """A catalogue item. Its fields are taken from those AutoLeap documents for the creation of items.

    Attributes:
        item_id (str | None): Identifier of the item.
        item_type (ItemType | None): Kind of catalogue item.
        item_name (str | None): Name of the item.
        item_number (str | None): Part or tire number.
        category (str | None): Category of the item.
        sub_category (str | None): Category within the category.
        description (str | None): Longer description.
        status (ItemStatus | None): Whether an item is in use or archived. Inactive is documented, Active is inferred.
        taxable (bool | None): Whether tax is charged on the item.
        part_details (PartDetails | None): What is known of an item that is a part.
        tire_details (TireDetails | None): What is known of an item that is a tire.
        created_date (datetime.datetime | None): When the record was created.
        updated_date (datetime.datetime | None): When the record last changed.
    """

    item_id: str | None = None
    item_type: ItemType | None = None
    item_name: str | None = None
    item_number: str | None = None
    category: str | None = None
    sub_category: str | None = None
    description: str | None = None
    status: ItemStatus | None = None
    taxable: bool | None = None
    part_details: PartDetails | None = None
    tire_details: TireDetails | None = None
    created_date: datetime.datetime | None = None
    updated_date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "itemId": self.item_id,
            "itemType": self.item_type,
            "itemName": self.item_name,
            "itemNumber": self.item_number,
            "category": self.category,
            "subCategory": self.sub_category,
            "description": self.description,
            "status": self.status,
            "taxable": self.taxable,
            "partDetails": self.part_details,
            "tireDetails": self.tire_details,
            "createdDate": self.created_date,
            "updatedDate": self.updated_date,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.part_details import PartDetails
        from ..models.tire_details import TireDetails

        d = fields(src_dict)
        return cls(
            item_id=d.pop("itemId", None),
            item_type=read(d, "itemType", ItemType),
            item_name=d.pop("itemName", None),
            item_number=d.pop("itemNumber", None),
            category=d.pop("category", None),
            sub_category=d.pop("subCategory", None),
            description=d.pop("description", None),
            status=read(d, "status", ItemStatus),
            taxable=d.pop("taxable", None),
            part_details=read(d, "partDetails", PartDetails.from_dict),
            tire_details=read(d, "tireDetails", TireDetails.from_dict),
            created_date=read(d, "createdDate", moment),
            updated_date=read(d, "updatedDate", moment),
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
