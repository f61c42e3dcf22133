"""Taking an invoice back by a red-letter invoice (红冲), and issuing it anew."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import documents, fees, invoices, refusals
from workflows.records.money import in_figures

REISSUE = "REISSUE"


def ask(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Choose the invoice and say why, and whether it is issued anew."""
    chosen = [row["invoice_id"] for row in values.get("invoices") or [] if row.get("chosen")]
    known = {each.id for each in _valid(context, data["lead_id"])}
    if len(chosen) != 1 or chosen[0] not in known:
        raise FormInvalid({"invoices": [FieldError(refusals.CHOOSE_ONE_INVOICE)]})
    invoice = invoices.get_invoice(context.session, chosen[0])
    return {
        "red_invoice_id": invoice.id,
        "red_reason": values["red_reason"],
        "red_next": values["red_next"],
        "fee_item_id": invoice.fee_item_id,
    }


def read_ask(context: Context, data: Variables) -> dict[str, Any]:
    """The invoices of the case that stand."""
    rows = [
        {
            "invoice_id": each.id,
            "invoice_shown": f"{each.issued_on} {each.code} {each.number} {each.title} {in_figures(each.amount)}",
            "chosen": False,
        }
        for each in _valid(context, data["lead_id"])
    ]
    return {"invoices": rows, "red_next": REISSUE}


def issue_red(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter the red-letter invoice with its own number."""
    today = context.now.astimezone(FIRM_ZONE).date()
    number = {"code": values.get("invoice_code") or "", "number": values["invoice_no"]}
    issued_on = date.fromisoformat(values["issued_on"])
    errors = invoices.check_number(context.session, kind=values["invoice_kind"], **number)
    if issued_on > today:
        errors["issued_on"] = [FieldError(refusals.DATE_IN_FUTURE)]
    if errors:
        raise FormInvalid(errors)
    title = f"红字发票{values['invoice_no']}"
    files = documents.place_uploads(
        context, values.get("invoice_file") or [], lead_id=data["lead_id"], slot="fee_receipts", title=title
    )
    reason = str(data.get("red_reason") or "")
    red = invoices.reverse_invoice(
        context, data["red_invoice_id"], issued_on=issued_on, reason=reason, document_ids=files, **number
    )
    return {"red_done_id": red.id}


def read_red(context: Context, data: Variables) -> dict[str, Any]:
    """Which invoice is taken back."""
    first = invoices.get_invoice(context.session, data["red_invoice_id"])
    shown = f"{first.issued_on} {first.code} {first.number} {first.title} {in_figures(first.amount)}"
    today = context.now.astimezone(FIRM_ZONE).date().isoformat()
    return {"red_of_shown": shown, "red_reason": data.get("red_reason") or "", "invoice_kind": "digital", "issued_on": today}


def _valid(context: Context, lead_id: str) -> list[invoices.Invoice]:
    return invoices.list_valid(context.session, [item.id for item in fees.list_lead_items(context.session, lead_id)])


HANDLERS = (
    Completion("invoices.ask_red", ask, "申请红冲"),
    Prefill("invoices.read_red_ask", read_ask, "可以红冲的发票"),
    Completion("invoices.issue_red", issue_red, "开具红字发票"),
    Prefill("invoices.read_red", read_red, "原发票"),
)
