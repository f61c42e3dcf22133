"""Giving fees back: application by the contract's formula, approvals, red-letter invoice, payment, the client's receipt."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, contracts, fees, invoices, links, payment_choices, receipts, refunds, refusals
from workflows.records.money import in_figures, to_decimal


def ask(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Apply for a refund of one payment."""
    item = payment_choices.choose_item(context, values, data["lead_id"])
    amount = to_decimal(values["refund_amount"])
    left = item.paid - item.refunded
    if amount > left:
        raise FormInvalid({"refund_amount": [FieldError(refusals.REFUND_ABOVE_PAID, {"open": in_figures(left)})]})
    refund = refunds.apply_refund(
        context,
        item.id,
        amount=amount,
        reason=values["refund_reason"],
        formula=values["refund_formula"],
        account=values["refund_account"],
    )
    today = context.now.astimezone(FIRM_ZONE).date()
    valid = invoices.list_valid(context.session, [item.id])
    return {
        "refund_id": refund.id,
        "fee_item_id": item.id,
        "refund_needs_director": "yes" if refunds.needs_director(amount, today) else "no",
        "red_invoice_id": valid[-1].id if valid else "",
        "red_reason": "退费",
    }


def read_ask(context: Context, data: Variables) -> dict[str, Any]:
    """The payments, the contract's formula, and the account the money came from."""
    contract = contracts.find_contract(context.session, data["lead_id"])
    accounts = [
        f"{receipt.payer_name} {receipt.payer_account or ''}".strip()
        for item in fees.list_lead_items(context.session, data["lead_id"])
        for receipt in receipts.list_receipts(context.session, item.id)
        if receipt.state == receipts.CHECKED
    ]
    return {
        "payments": payment_choices.list_rows(context, data["lead_id"]),
        "contract_formula": contract.terms.get("refund_formula") if contract else "",
        "refund_account": accounts[-1] if accounts else "",
        "refund_amount": data.get("refund_amount"),
        "refund_reason": data.get("refund_reason"),
    }


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner's or the director's word."""
    approved = values["refund_decision"] == "APPROVED"
    refund = refunds.decide_refund(context, data["refund_id"], approved=approved, opinion=values["refund_opinion"])
    return {"refund_decision": values["refund_decision"], "refund_state": refund.state}


def pay(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The cashier paid to the original account."""
    paid_on = date.fromisoformat(values["refund_paid_on"])
    if paid_on > context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"refund_paid_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    refunds.pay_refund(context, data["refund_id"], reference=values["refund_reference"], paid_on=paid_on)
    return {}


def read_refund(context: Context, data: Variables) -> dict[str, Any]:
    """What goes back to whom, and why."""
    refund = refunds.get_refund(context.session, data["refund_id"])
    said = "；".join(f"{each['name']}：{each['opinion']}" for each in refund.approvals)
    return {
        "refund_shown": f"{in_figures(refund.amount)}，退至{refund.account}",
        "refund_why": f"{refund.reason}。计算：{refund.formula}",
        "refund_said": said,
        "refund_paid_on": context.now.astimezone(FIRM_ZONE).date().isoformat(),
    }


def check(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A second person of finance books the refund or returns it."""
    refunds.check_refund(context, data["refund_id"], accepted=values["check_decision"] == "ACCEPT")
    return {"check_decision": values["check_decision"]}


def client_confirms(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client says whether the money arrived."""
    links.use_own_link(context)
    arrived = values["refund_arrived"] == "YES"
    if arrived:
        refunds.confirm_refund(context, data["refund_id"])
    else:
        shown = read_refund(context, data)["refund_shown"]
        body = f"客户答复没有收到退款：{shown}。请核对付款账户和流水。"
        client_mail.mail_role(context, role="finance", subject="客户未收到退款", body=body, lead_id=data["lead_id"])
    return {"refund_arrived": values["refund_arrived"]}


def begin_for_complaint(context: Context, *, refund_amount: str, refund_reason: str) -> Variables:
    """What a complaint's outcome says is to be given back."""
    return {"refund_amount": refund_amount, "refund_reason": refund_reason, "starter_id": ""}


HANDLERS = (
    Completion("refunds.ask", ask, "申请退费"),
    Prefill("refunds.read_ask", read_ask, "退费申请"),
    Completion("refunds.decide", decide, "审批退费"),
    Prefill("refunds.read", read_refund, "退费"),
    Completion("refunds.pay", pay, "退款"),
    Completion("refunds.check", check, "复核退款"),
    Completion("refunds.client_confirms", client_confirms, "客户签收退款"),
    Operation("refunds.begin_for_complaint", begin_for_complaint, "投诉退费"),
)
