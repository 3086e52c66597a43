# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read
from ..writing import written

if TYPE_CHECKING:
    from ..models.sort import Sort


T = TypeVar("T", bound="Pageable")


@_attrs_define
class Pageable:
    """The page request as the server understood it.

    Attributes:
        sort (Sort | None): Whether the rows are sorted.
        offset (int | None): Position of the page's first row in the whole result.
        page_size (int | None): Rows asked for a page.
        page_number (int | None): Number of the page; the first page is 1.
        paged (bool | None): True when the result is split into pages.
        unpaged (bool | None): True when the result is not split into pages.
    """

    sort: Sort | None = None
    offset: int | None = None
    page_size: int | None = None
    page_number: int | None = None
    paged: bool | None = None
    unpaged: bool | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "sort": self.sort,
            "offset": self.offset,
            "pageSize": self.page_size,
            "pageNumber": self.page_number,
            "paged": self.paged,
            "unpaged": self.unpaged,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.sort import Sort

        d = fields(src_dict)
        return cls(
            sort=read(d, "sort", Sort.from_dict),
            offset=d.pop("offset", None),
            page_size=d.pop("pageSize", None),
            page_number=d.pop("pageNumber", None),
            paged=d.pop("paged", None),
            unpaged=d.pop("unpaged", None),
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
