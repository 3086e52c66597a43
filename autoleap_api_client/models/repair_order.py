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
    from ..models.order_level_amount import OrderLevelAmount
    from ..models.repair_order_customer import RepairOrderCustomer
    from ..models.repair_order_service import RepairOrderService
    from ..models.service_writer import ServiceWriter


T = TypeVar("T", bound="RepairOrder")


@_attrs_define
class RepairOrder:
    """A repair order. Its amounts are whole numbers in the unit AutoLeap uses; they are carried as they come and never
    converted.

        Attributes:
            repair_order_number (int | None): Number of the order. A whole number here, a string in the filter and in
                payments.
            company_id (str | None): Company the order belongs to.
            location_id (str | None): Location the order belongs to.
            repair_order_status (str | None): Status in words. Not limited to the labels of the status filter.
            workflow_status (str | None): Step of the shop's workflow.
            payment_status (str | None): Whether the order is paid, in words.
            customer (RepairOrderCustomer | None): The customer named on a repair order.
            service_writer (ServiceWriter | None): The employee who wrote the order.
            shop_notes (str | None): Notes for the shop.
            recommendations_for_customer (str | None): Advice for the customer.
            vehicle_id (str | None): Vehicle the order is about.
            miles_in (int | None): Odometer reading when the vehicle came in.
            miles_out (int | None): Odometer reading when the vehicle left.
            estimate_date (datetime.datetime | None): When the estimate was made.
            approve_date (datetime.datetime | None): When the customer approved it.
            invoice_date (datetime.datetime | None): When the order was invoiced.
            invoiced_by (str | None): Who invoiced it.
            finalize_date (datetime.datetime | None): When the order was finalized.
            finalize_type (str | None): How the order was finalized.
            finalize_by (str | None): Who finalized it.
            labor_sales (int | None): Sales of labor, a whole number.
            labor_cost (int | None): Cost of labor, a whole number.
            parts_sales (int | None): Sales of parts, a whole number.
            parts_cost (int | None): Cost of parts, a whole number.
            tires_sales (int | None): Sales of tires, a whole number.
            tires_cost (int | None): Cost of tires, a whole number.
            sublet_sales (int | None): Sales of work given to others, a whole number.
            sublet_cost (int | None): Cost of work given to others, a whole number.
            other_sales (int | None): Other sales, a whole number.
            other_cost (int | None): Other costs, a whole number.
            tire_storage_total (int | None): Sales of tire storage, a whole number.
            tire_storage_cost (int | None): Cost of tire storage, a whole number.
            service_fees_total (int | None): Fees on services, a whole number.
            service_fees_cost (int | None): Cost of fees on services, a whole number.
            service_discounts_total (int | None): Discounts on services, a whole number.
            taxes (int | None): Taxes charged, a whole number.
            taxable_amount (int | None): Part of the sales that is taxed, a whole number.
            non_taxable_amount (int | None): Part of the sales that is not taxed, a whole number.
            amount_paid (int | None): Amount paid so far, a whole number.
            total_sales (int | None): Sales in total, a whole number.
            total_cost (int | None): Costs in total, a whole number.
            passthrough_tax (int | None): Tax that is passed through, a whole number.
            tax_rate (float | None): Tax rate as a fraction of one.
            order_level_discounts (OrderLevelAmount | None): A discount or a fee on the whole order.
            order_level_fees (OrderLevelAmount | None): A discount or a fee on the whole order.
            tax_code (str | None): Code of the tax that applies.
            invoice_number (str | None): Number of the invoice.
            services (list[RepairOrderService] | None): Services on the order.
    """

    repair_order_number: int | None = None
    company_id: str | None = None
    location_id: str | None = None
    repair_order_status: str | None = None
    workflow_status: str | None = None
    payment_status: str | None = None
    customer: RepairOrderCustomer | None = None
    service_writer: ServiceWriter | None = None
    shop_notes: str | None = None
    recommendations_for_customer: str | None = None
    vehicle_id: str | None = None
    miles_in: int | None = None
    miles_out: int | None = None
    estimate_date: datetime.datetime | None = None
    approve_date: datetime.datetime | None = None
    invoice_date: datetime.datetime | None = None
    invoiced_by: str | None = None
    finalize_date: datetime.datetime | None = None
    finalize_type: str | None = None
    finalize_by: str | None = None
    labor_sales: int | None = None
    labor_cost: int | None = None
    parts_sales: int | None = None
    parts_cost: int | None = None
    tires_sales: int | None = None
    tires_cost: int | None = None
    sublet_sales: int | None = None
    sublet_cost: int | None = None
    other_sales: int | None = None
    other_cost: int | None = None
    tire_storage_total: int | None = None
    tire_storage_cost: int | None = None
    service_fees_total: int | None = None
    service_fees_cost: int | None = None
    service_discounts_total: int | None = None
    taxes: int | None = None
    taxable_amount: int | None = None
    non_taxable_amount: int | None = None
    amount_paid: int | None = None
    total_sales: int | None = None
    total_cost: int | None = None
    passthrough_tax: int | None = None
    tax_rate: float | None = None
    order_level_discounts: OrderLevelAmount | None = None
    order_level_fees: OrderLevelAmount | None = None
    tax_code: str | None = None
    invoice_number: str | None = None
    services: list[RepairOrderService] | None = None
    additional_properties: dict[str, Any] = _attrs_field(factory=dict, kw_only=True)

    def to_dict(self) -> dict[str, Any]:
        known: dict[str, Any] = {
            "repairOrderNumber": self.repair_order_number,
            "companyId": self.company_id,
            "locationId": self.location_id,
            "repairOrderStatus": self.repair_order_status,
            "workflowStatus": self.workflow_status,
            "paymentStatus": self.payment_status,
            "customer": self.customer,
            "serviceWriter": self.service_writer,
            "shopNotes": self.shop_notes,
            "recommendationsForCustomer": self.recommendations_for_customer,
            "vehicleId": self.vehicle_id,
            "milesIn": self.miles_in,
            "milesOut": self.miles_out,
            "estimateDate": self.estimate_date,
            "approveDate": self.approve_date,
            "invoiceDate": self.invoice_date,
            "invoicedBy": self.invoiced_by,
            "finalizeDate": self.finalize_date,
            "finalizeType": self.finalize_type,
            "finalizeBy": self.finalize_by,
            "laborSales": self.labor_sales,
            "laborCost": self.labor_cost,
            "partsSales": self.parts_sales,
            "partsCost": self.parts_cost,
            "tiresSales": self.tires_sales,
            "tiresCost": self.tires_cost,
            "subletSales": self.sublet_sales,
            "subletCost": self.sublet_cost,
            "otherSales": self.other_sales,
            "otherCost": self.other_cost,
            "tireStorageTotal": self.tire_storage_total,
            "tireStorageCost": self.tire_storage_cost,
            "serviceFeesTotal": self.service_fees_total,
            "serviceFeesCost": self.service_fees_cost,
            "serviceDiscountsTotal": self.service_discounts_total,
            "taxes": self.taxes,
            "taxableAmount": self.taxable_amount,
            "nonTaxableAmount": self.non_taxable_amount,
            "amountPaid": self.amount_paid,
            "totalSales": self.total_sales,
            "totalCost": self.total_cost,
            "passthroughTax": self.passthrough_tax,
            "taxRate": self.tax_rate,
            "orderLevelDiscounts": self.order_level_discounts,
            "orderLevelFees": self.order_level_fees,
            "taxCode": self.tax_code,
            "invoiceNumber": self.invoice_number,
            "services": self.services,
        }
        return written(self, known)

    @classmethod
    def from_dict(cls: type[T], src_dict: Mapping[str, Any]) -> T:
        from ..models.order_level_amount import OrderLevelAmount
        from ..models.repair_order_customer import RepairOrderCustomer
        from ..models.repair_order_service import RepairOrderService
        from ..models.service_writer import ServiceWriter

        d = fields(src_dict)
        return cls(
            repair_order_number=d.pop("repairOrderNumber", None),
            company_id=d.pop("companyId", None),
            location_id=d.pop("locationId", None),
            repair_order_status=d.pop("repairOrderStatus", None),
            workflow_status=d.pop("workflowStatus", None),
            payment_status=d.pop("paymentStatus", None),
            customer=read(d, "customer", RepairOrderCustomer.from_dict),
            service_writer=read(d, "serviceWriter", ServiceWriter.from_dict),
            shop_notes=d.pop("shopNotes", None),
            recommendations_for_customer=d.pop("recommendationsForCustomer", None),
            vehicle_id=d.pop("vehicleId", None),
            miles_in=d.pop("milesIn", None),
            miles_out=d.pop("milesOut", None),
            estimate_date=read(d, "estimateDate", moment),
            approve_date=read(d, "approveDate", moment),
            invoice_date=read(d, "invoiceDate", moment),
            invoiced_by=d.pop("invoicedBy", None),
            finalize_date=read(d, "finalizeDate", moment),
            finalize_type=d.pop("finalizeType", None),
            finalize_by=d.pop("finalizeBy", None),
            labor_sales=d.pop("laborSales", None),
            labor_cost=d.pop("laborCost", None),
            parts_sales=d.pop("partsSales", None),
            parts_cost=d.pop("partsCost", None),
            tires_sales=d.pop("tiresSales", None),
            tires_cost=d.pop("tiresCost", None),
            sublet_sales=d.pop("subletSales", None),
            sublet_cost=d.pop("subletCost", None),
            other_sales=d.pop("otherSales", None),
            other_cost=d.pop("otherCost", None),
            tire_storage_total=d.pop("tireStorageTotal", None),
            tire_storage_cost=d.pop("tireStorageCost", None),
            service_fees_total=d.pop("serviceFeesTotal", None),
            service_fees_cost=d.pop("serviceFeesCost", None),
            service_discounts_total=d.pop("serviceDiscountsTotal", None),
            taxes=d.pop("taxes", None),
            taxable_amount=d.pop("taxableAmount", None),
            non_taxable_amount=d.pop("nonTaxableAmount", None),
            amount_paid=d.pop("amountPaid", None),
            total_sales=d.pop("totalSales", None),
            total_cost=d.pop("totalCost", None),
            passthrough_tax=d.pop("passthroughTax", None),
            tax_rate=d.pop("taxRate", None),
            order_level_discounts=read(d, "orderLevelDiscounts", OrderLevelAmount.from_dict),
            order_level_fees=read(d, "orderLevelFees", OrderLevelAmount.from_dict),
            tax_code=d.pop("taxCode", None),
            invoice_number=d.pop("invoiceNumber", None),
            services=read_list(d, "services", RepairOrderService.from_dict),
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
