# Written by codegen/regenerate.py: edit openapi.yaml or codegen/ instead.

"""All models of the API, each loaded when it is first asked for."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .acknowledgement import Acknowledgement
    from .acknowledgement_data import AcknowledgementData
    from .address import Address
    from .appointment_customer import AppointmentCustomer
    from .appointment_request import AppointmentRequest
    from .appointment_request_create import AppointmentRequestCreate
    from .appointment_request_page import AppointmentRequestPage
    from .appointment_service import AppointmentService
    from .appointment_sort import AppointmentSort
    from .appointment_status import AppointmentStatus
    from .appointment_vehicle import AppointmentVehicle
    from .communication_preference import CommunicationPreference
    from .customer import Customer
    from .customer_archive_item import CustomerArchiveItem
    from .customer_content import CustomerContent
    from .customer_create_item import CustomerCreateItem
    from .customer_page import CustomerPage
    from .customer_status import CustomerStatus
    from .customer_type import CustomerType
    from .customer_update_item import CustomerUpdateItem
    from .customers_archive_request import CustomersArchiveRequest
    from .customers_create_request import CustomersCreateRequest
    from .customers_update_request import CustomersUpdateRequest
    from .drop_off_option import DropOffOption
    from .email import Email
    from .inventory_level import InventoryLevel
    from .inventory_level_content import InventoryLevelContent
    from .inventory_level_page import InventoryLevelPage
    from .inventory_level_update_item import InventoryLevelUpdateItem
    from .inventory_levels_update_request import InventoryLevelsUpdateRequest
    from .item import Item
    from .item_archive_item import ItemArchiveItem
    from .item_content import ItemContent
    from .item_page import ItemPage
    from .item_price import ItemPrice
    from .item_price_content import ItemPriceContent
    from .item_price_page import ItemPricePage
    from .item_status import ItemStatus
    from .item_type import ItemType
    from .items_archive_request import ItemsArchiveRequest
    from .login_request import LoginRequest
    from .logout_request import LogoutRequest
    from .order_level_amount import OrderLevelAmount
    from .pageable import Pageable
    from .part_details import PartDetails
    from .payment import Payment
    from .payment_history_entry import PaymentHistoryEntry
    from .payment_page import PaymentPage
    from .payment_sort import PaymentSort
    from .phone import Phone
    from .phone_type import PhoneType
    from .profile import Profile
    from .profile_company import ProfileCompany
    from .profile_location import ProfileLocation
    from .profile_response import ProfileResponse
    from .refresh_request import RefreshRequest
    from .repair_order import RepairOrder
    from .repair_order_content import RepairOrderContent
    from .repair_order_customer import RepairOrderCustomer
    from .repair_order_page import RepairOrderPage
    from .repair_order_service import RepairOrderService
    from .repair_order_sort import RepairOrderSort
    from .repair_order_status_id import RepairOrderStatusId
    from .restock_level import RestockLevel
    from .service_writer import ServiceWriter
    from .sort import Sort
    from .sort_direction import SortDirection
    from .tag import Tag
    from .tax_exempt_reason import TaxExemptReason
    from .technician import Technician
    from .timesheet_log import TimesheetLog
    from .timesheet_log_page import TimesheetLogPage
    from .tire_details import TireDetails
    from .token_pair import TokenPair
    from .token_response import TokenResponse
    from .vehicle import Vehicle
    from .vehicle_archive_item import VehicleArchiveItem
    from .vehicle_content import VehicleContent
    from .vehicle_create_item import VehicleCreateItem
    from .vehicle_page import VehiclePage
    from .vehicle_status import VehicleStatus
    from .vehicle_update_item import VehicleUpdateItem
    from .vehicles_archive_request import VehiclesArchiveRequest
    from .vehicles_create_request import VehiclesCreateRequest
    from .vehicles_update_request import VehiclesUpdateRequest

__all__ = (
    "Acknowledgement",
    "AcknowledgementData",
    "Address",
    "AppointmentCustomer",
    "AppointmentRequest",
    "AppointmentRequestCreate",
    "AppointmentRequestPage",
    "AppointmentService",
    "AppointmentSort",
    "AppointmentStatus",
    "AppointmentVehicle",
    "CommunicationPreference",
    "Customer",
    "CustomerArchiveItem",
    "CustomerContent",
    "CustomerCreateItem",
    "CustomerPage",
    "CustomersArchiveRequest",
    "CustomersCreateRequest",
    "CustomerStatus",
    "CustomersUpdateRequest",
    "CustomerType",
    "CustomerUpdateItem",
    "DropOffOption",
    "Email",
    "InventoryLevel",
    "InventoryLevelContent",
    "InventoryLevelPage",
    "InventoryLevelsUpdateRequest",
    "InventoryLevelUpdateItem",
    "Item",
    "ItemArchiveItem",
    "ItemContent",
    "ItemPage",
    "ItemPrice",
    "ItemPriceContent",
    "ItemPricePage",
    "ItemsArchiveRequest",
    "ItemStatus",
    "ItemType",
    "LoginRequest",
    "LogoutRequest",
    "OrderLevelAmount",
    "Pageable",
    "PartDetails",
    "Payment",
    "PaymentHistoryEntry",
    "PaymentPage",
    "PaymentSort",
    "Phone",
    "PhoneType",
    "Profile",
    "ProfileCompany",
    "ProfileLocation",
    "ProfileResponse",
    "RefreshRequest",
    "RepairOrder",
    "RepairOrderContent",
    "RepairOrderCustomer",
    "RepairOrderPage",
    "RepairOrderService",
    "RepairOrderSort",
    "RepairOrderStatusId",
    "RestockLevel",
    "ServiceWriter",
    "Sort",
    "SortDirection",
    "Tag",
    "TaxExemptReason",
    "Technician",
    "TimesheetLog",
    "TimesheetLogPage",
    "TireDetails",
    "TokenPair",
    "TokenResponse",
    "Vehicle",
    "VehicleArchiveItem",
    "VehicleContent",
    "VehicleCreateItem",
    "VehiclePage",
    "VehiclesArchiveRequest",
    "VehiclesCreateRequest",
    "VehicleStatus",
    "VehiclesUpdateRequest",
    "VehicleUpdateItem",
)

_MODULES = {
    "Acknowledgement": ".acknowledgement",
    "AcknowledgementData": ".acknowledgement_data",
    "Address": ".address",
    "AppointmentCustomer": ".appointment_customer",
    "AppointmentRequest": ".appointment_request",
    "AppointmentRequestCreate": ".appointment_request_create",
    "AppointmentRequestPage": ".appointment_request_page",
    "AppointmentService": ".appointment_service",
    "AppointmentSort": ".appointment_sort",
    "AppointmentStatus": ".appointment_status",
    "AppointmentVehicle": ".appointment_vehicle",
    "CommunicationPreference": ".communication_preference",
    "Customer": ".customer",
    "CustomerArchiveItem": ".customer_archive_item",
    "CustomerContent": ".customer_content",
    "CustomerCreateItem": ".customer_create_item",
    "CustomerPage": ".customer_page",
    "CustomerStatus": ".customer_status",
    "CustomerType": ".customer_type",
    "CustomerUpdateItem": ".customer_update_item",
    "CustomersArchiveRequest": ".customers_archive_request",
    "CustomersCreateRequest": ".customers_create_request",
    "CustomersUpdateRequest": ".customers_update_request",
    "DropOffOption": ".drop_off_option",
    "Email": ".email",
    "InventoryLevel": ".inventory_level",
    "InventoryLevelContent": ".inventory_level_content",
    "InventoryLevelPage": ".inventory_level_page",
    "InventoryLevelUpdateItem": ".inventory_level_update_item",
    "InventoryLevelsUpdateRequest": ".inventory_levels_update_request",
    "Item": ".item",
    "ItemArchiveItem": ".item_archive_item",
    "ItemContent": ".item_content",
    "ItemPage": ".item_page",
    "ItemPrice": ".item_price",
    "ItemPriceContent": ".item_price_content",
    "ItemPricePage": ".item_price_page",
    "ItemStatus": ".item_status",
    "ItemType": ".item_type",
    "ItemsArchiveRequest": ".items_archive_request",
    "LoginRequest": ".login_request",
    "LogoutRequest": ".logout_request",
    "OrderLevelAmount": ".order_level_amount",
    "Pageable": ".pageable",
    "PartDetails": ".part_details",
    "Payment": ".payment",
    "PaymentHistoryEntry": ".payment_history_entry",
    "PaymentPage": ".payment_page",
    "PaymentSort": ".payment_sort",
    "Phone": ".phone",
    "PhoneType": ".phone_type",
    "Profile": ".profile",
    "ProfileCompany": ".profile_company",
    "ProfileLocation": ".profile_location",
    "ProfileResponse": ".profile_response",
    "RefreshRequest": ".refresh_request",
    "RepairOrder": ".repair_order",
    "RepairOrderContent": ".repair_order_content",
    "RepairOrderCustomer": ".repair_order_customer",
    "RepairOrderPage": ".repair_order_page",
    "RepairOrderService": ".repair_order_service",
    "RepairOrderSort": ".repair_order_sort",
    "RepairOrderStatusId": ".repair_order_status_id",
    "RestockLevel": ".restock_level",
    "ServiceWriter": ".service_writer",
    "Sort": ".sort",
    "SortDirection": ".sort_direction",
    "Tag": ".tag",
    "TaxExemptReason": ".tax_exempt_reason",
    "Technician": ".technician",
    "TimesheetLog": ".timesheet_log",
    "TimesheetLogPage": ".timesheet_log_page",
    "TireDetails": ".tire_details",
    "TokenPair": ".token_pair",
    "TokenResponse": ".token_response",
    "Vehicle": ".vehicle",
    "VehicleArchiveItem": ".vehicle_archive_item",
    "VehicleContent": ".vehicle_content",
    "VehicleCreateItem": ".vehicle_create_item",
    "VehiclePage": ".vehicle_page",
    "VehicleStatus": ".vehicle_status",
    "VehicleUpdateItem": ".vehicle_update_item",
    "VehiclesArchiveRequest": ".vehicles_archive_request",
    "VehiclesCreateRequest": ".vehicles_create_request",
    "VehiclesUpdateRequest": ".vehicles_update_request",
}

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(import_module(_MODULES[name], __name__), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
