# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.communication_preference import CommunicationPreference
from ..models.customer_status import CustomerStatus
from ..models.customer_type import CustomerType
from ..models.tax_exempt_reason import TaxExemptReason
from ..reading import either, fields, kept, moment, read, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.address import Address
    from ..models.email import Email
    from ..models.phone import Phone
    from ..models.tag import Tag


T = TypeVar("T", bound="Customer")


@_attrs_define
class Customer:
    """A customer as it is read back: the fields of a creation, with an identifier, a status and two dates.

    Attributes:
        customer_id (str | None): Identifier of the customer.
        customer_type (CustomerType | None): Kind of customer.
        first_name (str | None): First name.
        last_name (str | None): Last name.
        display_name (str | None): Name shown in lists and on documents.
        company_name (str | None): Name of the firm the customer stands for.
        phones (list[Phone] | None): Phone numbers.
        emails (list[Email] | None): Email addresses.
        communication_preference (CommunicationPreference | None): How a customer wants to be reached.
        notes (str | None): Free notes of the shop.
        main_address (Address | None): A postal address.
        secondary_address (Address | None): A postal address.
        tax_exempt (bool | None): Whether sales to the customer are free of tax.
        reason_for_tax_exempt (str | TaxExemptReason | None): Why the customer is exempt. One of the known reasons or
            any other text.
        tags (list[Tag] | None): Labels of the customer.
        charge_account (bool | None): Whether the customer may buy on account.
        preferred_location_id (str | None): Location the customer prefers. Mind the capital ID, unlike locationId
            elsewhere.
        language_preference (str | None): Language code of the customer.
        ok_for_marketing (bool | None): Whether marketing messages are welcome.
        customer_status (CustomerStatus | None): Whether a customer is in use or archived.
        created_date (datetime.datetime | None): When the record was created.
        updated_date (datetime.datetime | None): When the record last changed.
    """

    customer_id: str | None = None
    customer_type: CustomerType | None = None
    first_name: str | None = None
    last_name: str | None = None
    display_name: str | None = None
    company_name: str | None = None
    phones: list[Phone] | None = None
    emails: list[Email] | None = None
    communication_preference: CommunicationPreference | None = None
    notes: str | None = None
    main_address: Address | None = None
    secondary_address: Address | None = None
    tax_exempt: bool | None = None
    reason_for_tax_exempt: str | TaxExemptReason | None = None
    tags: list[Tag] | None = None
    charge_account: bool | None = None
    preferred_location_id: str | None = None
    language_preference: str | None = None
    ok_for_marketing: bool | None = None
    customer_status: CustomerStatus | None = None
    created_date: datetime.datetime | None = None
    updated_date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "customerId": self.customer_id,
            "customerType": self.customer_type,
            "firstName": self.first_name,
            "lastName": self.last_name,
            "displayName": self.display_name,
            "companyName": self.company_name,
            "phones": self.phones,
            "emails": self.emails,
            "communicationPreference": self.communication_preference,
            "notes": self.notes,
            "mainAddress": self.main_address,
            "secondaryAddress": self.secondary_address,
            "taxExempt": self.tax_exempt,
            "reasonForTaxExempt": self.reason_for_tax_exempt,
            "tags": self.tags,
            "chargeAccount": self.charge_account,
            "preferredLocationID": self.preferred_location_id,
            "languagePreference": self.language_preference,
            "okForMarketing": self.ok_for_marketing,
            "customerStatus": self.customer_status,
            "createdDate": self.created_date,
            "updatedDate": self.updated_date,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.address import Address
        from ..models.email import Email
        from ..models.phone import Phone
        from ..models.tag import Tag

        d = fields(src_dict)
        return cls(
            customer_id=d.pop("customerId", None),
            customer_type=read(d, "customerType", CustomerType),
            first_name=d.pop("firstName", None),
            last_name=d.pop("lastName", None),
            display_name=d.pop("displayName", None),
            company_name=d.pop("companyName", None),
            phones=read_list(d, "phones", Phone.from_dict),
            emails=read_list(d, "emails", Email.from_dict),
            communication_preference=read(d, "communicationPreference", CommunicationPreference),
            notes=d.pop("notes", None),
            main_address=read(d, "mainAddress", Address.from_dict),
            secondary_address=read(d, "secondaryAddress", Address.from_dict),
            tax_exempt=d.pop("taxExempt", None),
            reason_for_tax_exempt=read(d, "reasonForTaxExempt", either(TaxExemptReason, kept)),
            tags=read_list(d, "tags", Tag.from_dict),
            charge_account=d.pop("chargeAccount", None),
            preferred_location_id=d.pop("preferredLocationID", None),
            language_preference=d.pop("languagePreference", None),
            ok_for_marketing=d.pop("okForMarketing", None),
            customer_status=read(d, "customerStatus", CustomerStatus),
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
