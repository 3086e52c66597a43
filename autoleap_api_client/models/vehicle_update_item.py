# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from attrs import define as _attrs_define
from attrs import field as _attrs_field

from ..reading import fields, read_list
from ..writing import written

if TYPE_CHECKING:
    from ..models.tag import Tag


T = TypeVar("T", bound="VehicleUpdateItem")


@_attrs_define
class VehicleUpdateItem:
    """A vehicle to change, taken to work as customers do: only the fields that are sent change.

    Attributes:
        vehicle_id (str): Identifier of the vehicle to change.
        customer_id (str | None): Customer the vehicle belongs to.
        year (int | None): Model year.
        make (str | None): Manufacturer.
        model (str | None): Model name.
        vehicle_name (str | None): Name shown for the vehicle.
        engine (str | None): Engine description.
        color (str | None): Paint colour.
        license_plate (str | None): Licence plate.
        state (str | None): State that issued the plate.
        vin (str | None): Vehicle identification number.
        img_url (str | None): Address of a picture.
        notes (str | None): Free notes of the shop.
        tags (list[Tag] | None): Labels of the vehicle.
        drive_type (str | None): Driven wheels.
        transmission (str | None): Kind of gearbox.
        mileage (int | None): Odometer reading, in the unit of mileageUnit.
        mileage_unit (str | None): Unit of the odometer reading.
    """

    vehicle_id: str
    customer_id: str | None = None
    year: int | None = None
    make: str | None = None
    model: str | None = None
    vehicle_name: str | None = None
    engine: str | None = None
    color: str | None = None
    license_plate: str | None = None
    state: str | None = None
    vin: str | None = None
    img_url: str | None = None
    notes: str | None = None
    tags: list[Tag] | None = None
    drive_type: str | None = None
    transmission: str | None = None
    mileage: int | None = None
    mileage_unit: str | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "customerId": self.customer_id,
            "year": self.year,
            "make": self.make,
            "model": self.model,
            "vehicleName": self.vehicle_name,
            "engine": self.engine,
            "color": self.color,
            "licensePlate": self.license_plate,
            "state": self.state,
            "vin": self.vin,
            "imgUrl": self.img_url,
            "notes": self.notes,
            "tags": self.tags,
            "driveType": self.drive_type,
            "transmission": self.transmission,
            "mileage": self.mileage,
            "mileageUnit": self.mileage_unit,
            "vehicleId": self.vehicle_id,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.tag import Tag

        d = fields(src_dict)
        return cls(
            vehicle_id=d.pop("vehicleId", None),
            customer_id=d.pop("customerId", None),
            year=d.pop("year", None),
            make=d.pop("make", None),
            model=d.pop("model", None),
            vehicle_name=d.pop("vehicleName", None),
            engine=d.pop("engine", None),
            color=d.pop("color", None),
            license_plate=d.pop("licensePlate", None),
            state=d.pop("state", None),
            vin=d.pop("vin", None),
            img_url=d.pop("imgUrl", None),
            notes=d.pop("notes", None),
            tags=read_list(d, "tags", Tag.from_dict),
            drive_type=d.pop("driveType", None),
            transmission=d.pop("transmission", None),
            mileage=d.pop("mileage", None),
            mileage_unit=d.pop("mileageUnit", None),
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
