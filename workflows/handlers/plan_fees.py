"""Fees from the signed contract to the client's fee list, and the partner's word on a payment that does not come."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, fees, people, refusals
from workflows.records.money import in_figures


def plan(context: Context, *, lead_id: str, contract_id: str) -> Variables:
    """Make the fee items; ``fee_result`` is DUE when money is due on signing, else NOTHING_DUE."""
    fees.plan_fees(context, contract_id)
    first = fees.find_first_payment(context.session, contract_id)
    return {
        "fee_result": "DUE" if first else "NOTHING_DUE",
        "fee_item_id": first.id if first else "",
        "second_finance": len(people.list_people(context.session, "finance")) > 1,
    }


def send_list(context: Context, *, lead_id: str, document_id: str) -> Variables:
    """Mail the fee list to the client."""
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject="律师服务费清单",
        body="您好：\n\n随信附上律师服务费清单。请按约定付款至本所账户，不要付至律师个人账户；到账后本所开具发票。",
        attachments=[document_id],
    )
    return {"fee_list_sent": sent}


def remind_payment(context: Context, *, lead_id: str, fee_item_id: str) -> Variables:
    """Mail the client that the first payment is still open."""
    item = fees.get_fee_item(context.session, fee_item_id)
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"付款提醒：{item.milestone}",
        body=f"您好：\n\n{item.milestone}应付{in_figures(item.amount - item.paid)}，本所尚未收到。"
        "如已付款，请将付款凭证回复本邮件；如有困难，请与承办律师联系。",
    )
    return {"payment_reminded": sent}


def decide_deferral(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Let the payment wait until a day, or keep asking."""
    decision = values["deferral_decision"]
    if decision != "APPROVED":
        return {"deferral_decision": decision}
    until = date.fromisoformat(values["deferred_until"])
    if until <= context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"deferred_until": [FieldError(refusals.DATE_NOT_IN_FUTURE)]})
    fees.defer_payment(context, data["fee_item_id"], until=until, reason=values["deferral_reason"])
    return {"deferral_decision": decision, "fee_result": "DEFERRED"}


def read_deferral(context: Context, data: Variables) -> dict[str, Any]:
    """What finance wrote when it asked."""
    return {"deferral_reason": data.get("defer_reason") or ""}


HANDLERS = (
    Operation("fees.plan", plan, "生成收费计划"),
    Operation("fees.send_list", send_list, "发送费用清单"),
    Operation("fees.remind_payment", remind_payment, "提醒客户付款"),
    Completion("fees.decide_deferral", decide_deferral, "缓交审批"),
    Prefill("fees.read_deferral", read_deferral, "缓交申请"),
)
