# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.drop_off_option import DropOffOption
from ..reading import either, fields, kept, moment, read, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.appointment_customer import AppointmentCustomer
    from ..models.appointment_service import AppointmentService
    from ..models.appointment_vehicle import AppointmentVehicle


T = TypeVar("T", bound="AppointmentRequestCreate")


@_attrs_define
class AppointmentRequestCreate:
    """One appointment request to submit.

    Attributes:
        company_id (str): Company the request goes to.
        location_id (str | None): Location the request goes to.
        start_date_time (datetime.datetime | None): Wanted start.
        end_date_time (datetime.datetime | None): Wanted end.
        drop_off_option (DropOffOption | str | None): Whether the vehicle is left at the shop or waited for. One of the
            values seen or any other text.
        language (str | None): Language code of the customer.
        customer (AppointmentCustomer | None): The person who asks for an appointment.
        vehicle (AppointmentVehicle | None): The vehicle an appointment is about.
        services (list[AppointmentService] | None): What is wanted.
    """

    company_id: str
    location_id: str | None = None
    start_date_time: datetime.datetime | None = None
    end_date_time: datetime.datetime | None = None
    drop_off_option: DropOffOption | str | None = None
    language: str | None = None
    customer: AppointmentCustomer | None = None
    vehicle: AppointmentVehicle | None = None
    services: list[AppointmentService] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "locationId": self.location_id,
            "startDateTime": self.start_date_time,
            "endDateTime": self.end_date_time,
            "dropOffOption": self.drop_off_option,
            "language": self.language,
            "customer": self.customer,
            "vehicle": self.vehicle,
            "services": self.services,
            "companyId": self.company_id,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.appointment_customer import AppointmentCustomer
        from ..models.appointment_service import AppointmentService
        from ..models.appointment_vehicle import AppointmentVehicle

        d = fields(src_dict)
        return cls(
            company_id=d.pop("companyId", None),
            location_id=d.pop("locationId", None),
            start_date_time=read(d, "startDateTime", moment),
            end_date_time=read(d, "endDateTime", moment),
            drop_off_option=read(d, "dropOffOption", either(DropOffOption, kept)),
            language=d.pop("language", None),
            customer=read(d, "customer", AppointmentCustomer.from_dict),
            vehicle=read(d, "vehicle", AppointmentVehicle.from_dict),
            services=read_list(d, "services", AppointmentService.from_dict),
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
