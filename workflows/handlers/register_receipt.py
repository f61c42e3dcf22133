"""A receipt: entered by finance, checked by somebody else."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import documents, fees, leads, receipts, refusals
from workflows.records.money import in_figures, to_decimal


def register(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter money that came in, or ask the partner for deferral."""
    decision = values["receipt_decision"]
    if decision != "RECEIVED":
        return {"receipt_decision": decision, "defer_reason": values["defer_reason"]}
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    amount, received_on = to_decimal(values["amount"]), date.fromisoformat(values["received_on"])
    errors: dict[str, list[FieldError]] = {}
    if amount > item.amount - item.paid:
        errors["amount"] = [FieldError(refusals.RECEIPT_ABOVE_OPEN, {"open": in_figures(item.amount - item.paid)})]
    if received_on > context.now.astimezone(FIRM_ZONE).date():
        errors["received_on"] = [FieldError(refusals.DATE_IN_FUTURE)]
    if errors:
        raise FormInvalid(errors)
    slips = documents.place_uploads(
        context, values.get("slip") or [], lead_id=data["lead_id"], slot="fee_receipts", title=f"付款凭证（{item.milestone}）"
    )
    receipt = receipts.register_receipt(
        context,
        item.id,
        amount=amount,
        received_on=received_on,
        channel=values["channel"],
        reference=values["reference"],
        payer_name=values["payer_name"],
        third_party=values["payer_kind"] == "third",
        payer_relation=values.get("payer_relation") or "",
        document_ids=slips,
    )
    return {"receipt_decision": decision, "receipt_id": receipt.id, "defer_reason": ""}


def read_receipt(context: Context, data: Variables) -> dict[str, Any]:
    """What is open, from the client, today; a returned receipt comes back as it was entered."""
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    returned = [each for each in receipts.list_receipts(context.session, item.id) if each.state == receipts.RETURNED]
    first = {
        "receipt_decision": "RECEIVED",
        "received_on": context.now.astimezone(FIRM_ZONE).date().isoformat(),
        "amount": str(item.amount - item.paid),
        "channel": "bank",
        "payer_name": leads.get_lead(context.session, data["lead_id"]).client_name,
        "payer_kind": "client",
    }
    if returned:
        last = returned[-1]
        first |= {
            "received_on": last.received_on.isoformat(),
            "amount": str(last.amount),
            "channel": last.channel,
            "reference": last.reference,
            "payer_name": last.payer_name,
            "payer_kind": "third" if last.third_party else "client",
            "payer_relation": last.payer_relation,
        }
    return first


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Book the receipt or send it back; ``fee_result`` is PAID once the item is paid in full."""
    accepted = values["check_decision"] == "ACCEPT"
    receipt = receipts.check_receipt(context, data["receipt_id"], accepted=accepted, comment=values.get("check_comment") or "")
    item = fees.get_fee_item(context.session, receipt.fee_item_id)
    return {"check_decision": values["check_decision"], "fee_result": "PAID" if item.state == fees.PAID else "DUE"}


HANDLERS = (
    Completion("fees.register_receipt", register, "登记收款"),
    Prefill("fees.read_receipt", read_receipt, "收款"),
    Completion("fees.check_receipt", check, "复核入账"),
)
