"""The invoice for the first payment: entered by finance, delivered to the client with the fee list."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, documents, fee_steps, fees, invoice_requests, invoices, leads, refusals
from workflows.records.money import to_decimal
from workflows.records.rule_packs import get_rule


def issue(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter an invoice; its number must be right and new, its amount received."""
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    today = context.now.astimezone(FIRM_ZONE).date()
    number = {"code": values.get("invoice_code") or "", "number": values["invoice_no"]}
    amount, issued_on = to_decimal(values["amount"]), date.fromisoformat(values["issued_on"])
    asked = invoice_requests.find_request(context.session, data["lead_id"], item.id)
    in_advance = bool(asked and asked.fee_item_id == item.id and asked.in_advance)
    given: dict[str, Any] = {"kind": values["invoice_kind"], "amount": amount, "in_advance": in_advance, **number}
    errors = invoices.check_invoice(context.session, item, **given)
    if issued_on > today:
        errors["issued_on"] = [FieldError(refusals.DATE_IN_FUTURE)]
    if errors:
        raise FormInvalid(errors)
    title = f"发票{values['invoice_no']}"
    files = documents.place_uploads(
        context, values.get("invoice_file") or [], lead_id=data["lead_id"], slot="fee_receipts", title=title
    )
    invoice = invoices.issue_invoice(
        context,
        item.id,
        title=values["invoice_title"],
        tax_id=values.get("tax_id") or "",
        item=get_rule("fees", "invoice_item", today).value,
        amount=amount,
        tax_rate=values["tax_rate"],
        issued_on=issued_on,
        document_ids=files,
        in_advance=in_advance,
        **number,
    )
    return {"invoice_id": invoice.id}


def read_invoice(context: Context, data: Variables) -> dict[str, Any]:
    """The client as buyer, what was received, today."""
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    client = leads.get_lead(context.session, data["lead_id"]).client
    asked = invoice_requests.find_request(context.session, data["lead_id"], item.id)
    limit = item.amount if asked and asked.fee_item_id == item.id and asked.in_advance else item.paid - item.refunded
    return {
        "invoice_kind": "digital",
        "invoice_title": asked.title if asked else client.get("name") or "",
        "tax_id": asked.tax_id if asked else client.get("uscc") or "",
        "amount": str(max(limit, item.paid - item.refunded) - item.invoiced),
        "tax_rate": "6",
        "issued_on": context.now.astimezone(FIRM_ZONE).date().isoformat(),
    }


def deliver(context: Context, *, lead_id: str, fee_item_id: str, document_id: str) -> Variables:
    """Mail the invoice with its number, and the refreshed fee list, to the client."""
    numbers = [invoices.describe_invoice(each) for each in invoices.list_invoices(context.session, fee_item_id)]
    lines = "\n".join(f"发票号码 {each['number']}，金额 {each['figures']}，开票日期 {each['issued_on']}" for each in numbers)
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject="律师服务费发票与费用清单",
        body=f"您好：\n\n您支付的律师服务费已入账并开具发票：\n{lines}\n\n更新后的费用清单见附件。",
        attachments=[*(file for each in numbers for file in each["document_ids"]), document_id],
    )
    fee_steps.note_list(context, lead_id=lead_id, document_id=document_id)
    return {"invoice_delivered": sent}


HANDLERS = (
    Completion("fees.issue_invoice", issue, "开具发票"),
    Prefill("fees.read_invoice", read_invoice, "发票"),
    Operation("fees.deliver_invoice", deliver, "交付发票与清单"),
)
