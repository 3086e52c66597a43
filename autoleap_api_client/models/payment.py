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
    from ..models.payment_history_entry import PaymentHistoryEntry


T = TypeVar("T", bound="Payment")


@_attrs_define
class Payment:
    """A payment on a repair order.

    Attributes:
        payment_id (str | None): Identifier of the payment.
        location_id (str | None): Location that took the payment.
        company_id (str | None): Company that took the payment.
        ro_number (str | None): Number of the repair order, as text.
        payment_date (datetime.datetime | None): When the payment was made.
        total_payment_amount (float | None): Amount received. Typed as a number so that whole and decimal values both
            fit.
        total_refunded_amount (float | None): Amount given back. Typed as a number so that whole and decimal values
            both fit.
        net_paid_amount (float | None): Amount received less what was given back. Typed as a number so that whole and
            decimal values both fit.
        payment_type (str | None): Kind of payment.
        payment_method (str | None): Means of payment.
        last_updated_at (datetime.datetime | None): When the payment last changed.
        payment_history (list[PaymentHistoryEntry] | None): What has happened to the payment.
    """

    payment_id: str | None = None
    location_id: str | None = None
    company_id: str | None = None
    ro_number: str | None = None
    payment_date: datetime.datetime | None = None
    total_payment_amount: float | None = None
    total_refunded_amount: float | None = None
    net_paid_amount: float | None = None
    payment_type: str | None = None
    payment_method: str | None = None
    last_updated_at: datetime.datetime | None = None
    payment_history: list[PaymentHistoryEntry] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "paymentId": self.payment_id,
            "locationId": self.location_id,
            "companyId": self.company_id,
            "roNumber": self.ro_number,
            "paymentDate": self.payment_date,
            "totalPaymentAmount": self.total_payment_amount,
            "totalRefundedAmount": self.total_refunded_amount,
            "netPaidAmount": self.net_paid_amount,
            "paymentType": self.payment_type,
            "paymentMethod": self.payment_method,
            "lastUpdatedAt": self.last_updated_at,
            "paymentHistory": self.payment_history,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.payment_history_entry import PaymentHistoryEntry

        d = fields(src_dict)
        return cls(
            payment_id=d.pop("paymentId", None),
            location_id=d.pop("locationId", None),
            company_id=d.pop("companyId", None),
            ro_number=d.pop("roNumber", None),
            payment_date=read(d, "paymentDate", moment),
            total_payment_amount=d.pop("totalPaymentAmount", None),
            total_refunded_amount=d.pop("totalRefundedAmount", None),
            net_paid_amount=d.pop("netPaidAmount", None),
            payment_type=d.pop("paymentType", None),
            payment_method=d.pop("paymentMethod", None),
            last_updated_at=read(d, "lastUpdatedAt", moment),
            payment_history=read_list(d, "paymentHistory", PaymentHistoryEntry.from_dict),
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
