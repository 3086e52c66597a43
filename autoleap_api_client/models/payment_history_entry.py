# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, moment, read
from ..writing import written

T = TypeVar("T", bound="PaymentHistoryEntry")


@_attrs_define
class PaymentHistoryEntry:
    """One event in the life of a payment.

    Attributes:
        action (str | None): What happened.
        amount (float | None): Amount that was moved.
        date (datetime.datetime | None): When it happened.
    """

    action: str | None = None
    amount: float | None = None
    date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {"action": self.action, "amount": self.amount, "date": self.date}
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            action=d.pop("action", None),
            amount=d.pop("amount", None),
            date=read(d, "date", moment),
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
