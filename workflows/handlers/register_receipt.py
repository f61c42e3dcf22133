"""A receipt: entered by finance, checked by somebody else."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import documents, fees, leads, payment_schedules, receipts, refusals, suspense
from workflows.records.money import to_decimal

RECEIVED, PRIVATE = "RECEIVED", "PRIVATE"


def register(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Enter money that came in, ask the partner for deferral, or report money on a lawyer's own account."""
    decision = values["receipt_decision"]
    if decision == PRIVATE:
        told = {key: values.get(key) or "" for key in ("private_lawyer", "private_facts")}
        return {"receipt_decision": decision, "private_fee": _tell_private(context, told, data)}
    if decision != RECEIVED:
        return {"receipt_decision": decision, "defer_reason": values["defer_reason"]}
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    amount, received_on = to_decimal(values["amount"]), date.fromisoformat(values["received_on"])
    if received_on > context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"received_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    uploads = [*(values.get("slip") or []), *(values.get("relation_file") or []), *(values.get("cash_letter") or [])]
    title = f"付款凭证（{item.milestone}）"
    slips = documents.place_uploads(context, uploads, lead_id=data["lead_id"], slot="fee_receipts", title=title)
    is_third = values["payer_kind"] == "third"
    booked = min(amount, item.amount - item.paid)
    receipt = receipts.register_receipt(
        context,
        item.id,
        amount=booked,
        received_on=received_on,
        channel=values["channel"],
        reference=values["reference"],
        payer_name=values["payer_name"],
        third_party=is_third,
        payer_relation=values.get("payer_relation") or "",
        payer_account=values.get("payer_account") or "",
        document_ids=slips,
    )
    return {
        "receipt_decision": decision,
        "receipt_id": receipt.id,
        "defer_reason": "",
        "third_party": "yes" if is_third else "no",
        "excess": f"{amount - booked:.2f}",
    }


def _tell_private(context: Context, told: dict[str, str], data: Variables) -> dict[str, Any]:
    title = f"{data.get('title', '')} · 私自收费"
    return {**told, "lead_id": data["lead_id"], "fee_item_id": data["fee_item_id"], "title": title}


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
            "payer_account": last.payer_account or "",
        }
    return first


def review_payer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Compliance says whether somebody else's money is taken; what is not taken waits in suspense to be sent back."""
    accepted = values["payer_decision"] == "ACCEPT"
    receipt = receipts.note_payer(context, data["receipt_id"], accepted=accepted, note=values["aml_note"])
    if not accepted:
        amount = receipt.amount + to_decimal(data.get("excess"))
        suspend(context, receipt, amount, suspense.PAYER, data["lead_id"])
    item = fees.get_fee_item(context.session, receipt.fee_item_id)
    return {"payer_decision": values["payer_decision"], **payment_schedules.dunning_dates(context, item)}


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Book the receipt or send it back; ``fee_result`` is PAID once the item is paid in full; what is too much waits."""
    accepted = values["check_decision"] == "ACCEPT"
    receipt = receipts.check_receipt(
        context, data["receipt_id"], accepted=accepted, comment=values.get("check_comment") or ""
    )
    excess = to_decimal(data.get("excess"))
    if accepted and excess > 0:
        suspend(context, receipt, excess, suspense.OVER, data["lead_id"])
    item = fees.get_fee_item(context.session, receipt.fee_item_id)
    paid = "PAID" if item.state == fees.PAID else "DUE"
    dates = payment_schedules.dunning_dates(context, item)
    return {"check_decision": values["check_decision"], "fee_result": paid, "excess": "0", **dates}


def suspend(context: Context, receipt: receipts.FeeReceipt, amount: Decimal, reason: str, lead_id: str) -> None:
    """Put money of a receipt into suspense."""
    suspense.suspend_money(
        context,
        lead_id=lead_id,
        amount=amount,
        received_on=receipt.received_on,
        channel=receipt.channel,
        reference=receipt.reference,
        payer_name=receipt.payer_name,
        payer_account=receipt.payer_account or "",
        reason=reason,
    )


HANDLERS = (
    Completion("fees.register_receipt", register, "登记收款"),
    Prefill("fees.read_receipt", read_receipt, "收款"),
    Completion("fees.check_receipt", check, "复核入账"),
    Completion("fees.review_payer", review_payer, "第三方付款审查"),
)
