# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, moment, read
from ..writing import written

T = TypeVar("T", bound="TimesheetLog")


@_attrs_define
class TimesheetLog:
    """A stretch of time a technician has clocked.

    Attributes:
        log_id (str | None): Identifier of the entry.
        technician_id (str | None): Identifier of the technician.
        technician_name (str | None): Full name of the technician.
        payroll_id (str | None): Number of the technician in payroll.
        location_id (str | None): Location the technician worked at.
        clock_in (datetime.datetime | None): When the work began.
        clock_out (datetime.datetime | None): When the work ended.
        total_hours (float | None): Length in hours.
        activity (str | None): What the time was spent on.
    """

    log_id: str | None = None
    technician_id: str | None = None
    technician_name: str | None = None
    payroll_id: str | None = None
    location_id: str | None = None
    clock_in: datetime.datetime | None = None
    clock_out: datetime.datetime | None = None
    total_hours: float | None = None
    activity: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "logId": self.log_id,
            "technicianId": self.technician_id,
            "technicianName": self.technician_name,
            "payrollId": self.payroll_id,
            "locationId": self.location_id,
            "clockIn": self.clock_in,
            "clockOut": self.clock_out,
            "totalHours": self.total_hours,
            "activity": self.activity,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        d = fields(src_dict)
        return cls(
            log_id=d.pop("logId", None),
            technician_id=d.pop("technicianId", None),
            technician_name=d.pop("technicianName", None),
            payroll_id=d.pop("payrollId", None),
            location_id=d.pop("locationId", None),
            clock_in=read(d, "clockIn", moment),
            clock_out=read(d, "clockOut", moment),
            total_hours=d.pop("totalHours", None),
            activity=d.pop("activity", None),
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
