# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..models.appointment_status import AppointmentStatus
from ..models.drop_off_option import DropOffOption
from ..reading import either, fields, kept, moment, read, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.appointment_customer import AppointmentCustomer
    from ..models.appointment_service import AppointmentService
    from ..models.appointment_vehicle import AppointmentVehicle


T = TypeVar("T", bound="AppointmentRequest")


@_attrs_define
class AppointmentRequest:
    """An appointment request as it is read back.

    Attributes:
        appointment_id (str | None): Identifier of the request.
        company_id (str | None): Company the request belongs to.
        location_id (str | None): Location the request belongs to.
        code (str | None): Running number for people, as text.
        status (AppointmentStatus | None): Where an appointment request stands.
        type_ (str | None): Origin of the request.
        description (str | None): What the request says in words.
        decline_reason (str | None): Why the request was declined; an empty string when it was not.
        drop_off_option (DropOffOption | str | None): Whether the vehicle is left at the shop or waited for.
        is_vehicle_drop_off (bool | None): Whether the vehicle is left at the shop.
        start_date_time (datetime.datetime | None): Wanted start.
        end_date_time (datetime.datetime | None): Wanted end.
        customer (AppointmentCustomer | None): The person who asks for an appointment.
        vehicle (AppointmentVehicle | None): The vehicle an appointment is about.
        services (list[AppointmentService] | None): What is wanted.
        created_date (datetime.datetime | None): When the record was created.
        updated_date (datetime.datetime | None): When the record last changed.
    """

    appointment_id: str | None = None
    company_id: str | None = None
    location_id: str | None = None
    code: str | None = None
    status: AppointmentStatus | None = None
    type_: str | None = None
    description: str | None = None
    decline_reason: str | None = None
    drop_off_option: DropOffOption | str | None = None
    is_vehicle_drop_off: bool | None = None
    start_date_time: datetime.datetime | None = None
    end_date_time: datetime.datetime | None = None
    customer: AppointmentCustomer | None = None
    vehicle: AppointmentVehicle | None = None
    services: list[AppointmentService] | None = None
    created_date: datetime.datetime | None = None
    updated_date: datetime.datetime | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "appointmentId": self.appointment_id,
            "companyId": self.company_id,
            "locationId": self.location_id,
            "code": self.code,
            "status": self.status,
            "type": self.type_,
            "description": self.description,
            "declineReason": self.decline_reason,
            "dropOffOption": self.drop_off_option,
            "isVehicleDropOff": self.is_vehicle_drop_off,
            "startDateTime": self.start_date_time,
            "endDateTime": self.end_date_time,
            "customer": self.customer,
            "vehicle": self.vehicle,
            "services": self.services,
            "createdDate": self.created_date,
            "updatedDate": self.updated_date,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.appointment_customer import AppointmentCustomer
        from ..models.appointment_service import AppointmentService
        from ..models.appointment_vehicle import AppointmentVehicle

        d = fields(src_dict)
        return cls(
            appointment_id=d.pop("appointmentId", None),
            company_id=d.pop("companyId", None),
            location_id=d.pop("locationId", None),
            code=d.pop("code", None),
            status=read(d, "status", AppointmentStatus),
            type_=d.pop("type", None),
            description=d.pop("description", None),
            decline_reason=d.pop("declineReason", None),
            drop_off_option=read(d, "dropOffOption", either(DropOffOption, kept)),
            is_vehicle_drop_off=d.pop("isVehicleDropOff", None),
            start_date_time=read(d, "startDateTime", moment),
            end_date_time=read(d, "endDateTime", moment),
            customer=read(d, "customer", AppointmentCustomer.from_dict),
            vehicle=read(d, "vehicle", AppointmentVehicle.from_dict),
            services=read_list(d, "services", AppointmentService.from_dict),
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
