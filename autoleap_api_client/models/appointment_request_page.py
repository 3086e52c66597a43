# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.appointment_request import AppointmentRequest
    from ..models.pageable import Pageable
    from ..models.sort import Sort


T = TypeVar("T", bound="AppointmentRequestPage")


@_attrs_define
class AppointmentRequestPage:
    """A page of appointment requests.

    Attributes:
        pageable (Pageable | None): The page request as the server understood it.
        total_pages (int | None): Number of pages in the whole result.
        total_count (int | None): Number of rows in the whole result.
        last (bool | None): True on the last page.
        size (int | None): Rows a page can hold.
        number (int | None): Number of this page; the first page is 1.
        first (bool | None): True on the first page.
        sort (Sort | None): Whether the rows are sorted.
        number_of_elements (int | None): Rows on this page.
        empty (bool | None): True when this page has no rows.
        content (list[AppointmentRequest] | None): The rows of this page.
    """

    pageable: Pageable | None = None
    total_pages: int | None = None
    total_count: int | None = None
    last: bool | None = None
    size: int | None = None
    number: int | None = None
    first: bool | None = None
    sort: Sort | None = None
    number_of_elements: int | None = None
    empty: bool | None = None
    content: list[AppointmentRequest] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "pageable": self.pageable,
            "totalPages": self.total_pages,
            "totalCount": self.total_count,
            "last": self.last,
            "size": self.size,
            "number": self.number,
            "first": self.first,
            "sort": self.sort,
            "numberOfElements": self.number_of_elements,
            "empty": self.empty,
            "content": self.content,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.appointment_request import AppointmentRequest
        from ..models.pageable import Pageable
        from ..models.sort import Sort

        d = fields(src_dict)
        return cls(
            pageable=read(d, "pageable", Pageable.from_dict),
            total_pages=d.pop("totalPages", None),
            total_count=d.pop("totalCount", None),
            last=d.pop("last", None),
            size=d.pop("size", None),
            number=d.pop("number", None),
            first=d.pop("first", None),
            sort=read(d, "sort", Sort.from_dict),
            number_of_elements=d.pop("numberOfElements", None),
            empty=d.pop("empty", None),
            content=read_list(d, "content", AppointmentRequest.from_dict),
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
