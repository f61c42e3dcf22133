"""Fees from the signed contract to the client's fee list, and the partner's word on a payment that does not come."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, StateRefused
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import case_access, client_mail, fee_steps, fees, payment_schedules, people, refusals
from workflows.records.money import in_figures
from workflows.records.rule_packs import get_rule

COLLECTED_AT = time(9)  # of the firm's day


def plan(context: Context, *, lead_id: str, contract_id: str, fee_item_id: str = "") -> Variables:
    """Make the fee items, or call the one that is given; ``fee_result`` is DUE when there is something to collect.

    What is not due yet is collected later, by a process of its own (``fee_collection``).
    """
    planned_before = bool(fees.list_fee_items(context.session, contract_id))
    items = fees.plan_fees(context, contract_id)
    for item in [] if planned_before else items:
        if item.state == fees.PLANNED:
            payment_schedules.schedule(context, item)
    if fee_item_id:
        called = fees.call_payment(context, fee_item_id)
        first = called if called.state == fees.DUE else None
    else:
        first = fees.find_first_payment(context.session, contract_id)
    return {
        "fee_result": "DUE" if first else "NOTHING_DUE",
        "fee_item_id": first.id if first else "",
        "second_finance": len(people.list_people(context.session, "finance")) > 1,
        **payment_schedules.dunning_dates(context, first),
    }


def call(context: Context, *, fee_item_id: str) -> Variables:
    """Say that a later payment is due now (the stage is over, the result is there): finance collects it."""
    item = fees.get_fee_item(context.session, fee_item_id)
    if "finance" not in context.actor.roles:
        case_access.check_works_on(context.session, item.lead_id, context.actor)
    if item.state != fees.PLANNED:
        raise StateRefused(what=item.milestone, old=item.state, new=fees.DUE, reason="the payment is not at that point")
    context.audit("fee_item.due", f"fee_item:{fee_item_id}", milestone=item.milestone)
    context.send_message("fee.due", correlation=fee_item_id, payload={})
    return {}


def send_list(context: Context, *, lead_id: str, document_id: str) -> Variables:
    """Mail the fee list to the client."""
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject="律师服务费清单",
        body="您好：\n\n随信附上律师服务费清单。请按约定付款至本所账户，不要付至律师个人账户；到账后本所开具发票。",
        attachments=[document_id],
    )
    fee_steps.note_list(context, lead_id=lead_id, document_id=document_id)
    return {"fee_list_sent": sent}


def remind_payment(context: Context, *, lead_id: str, fee_item_id: str) -> Variables:
    """Mail the client that a payment is still open; one without an address is reminded by the desk."""
    item = fees.get_fee_item(context.session, fee_item_id)
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"付款提醒：{item.milestone}",
        body=f"您好：\n\n{item.milestone}应付{in_figures(item.amount - item.paid)}，本所尚未收到。"
        "如已付款，请将付款凭证回复本邮件；如有困难，请与承办律师联系。",
    )
    if not sent:
        what = f"{item.milestone}应付{in_figures(item.amount - item.paid)}尚未收到，请联系客户。"
        client_mail.ask_desk(context, lead_id=lead_id, what=what)
    return {"payment_reminded": sent}


def plan_notice(context: Context, *, fee_item_id: str, due_at: str) -> Variables:
    """What comes next before a payment is due: a notice, or the day itself."""
    now, due = context.now, datetime.fromisoformat(due_at)
    notices = get_rule("fees", "payment_notices", now.astimezone(FIRM_ZONE).date()).value
    coming = [due - timedelta(days=days) for days in sorted(notices, reverse=True)]
    left = [moment for moment in coming if moment > now]
    return {"next_at": (left[0] if left else due).isoformat(), "next_step": "NOTICE" if left else "DUE"}


def notify_payment(context: Context, *, lead_id: str, fee_item_id: str) -> Variables:
    """Tell the client that a payment will be due."""
    item = fees.get_fee_item(context.session, fee_item_id)
    on = f"{item.due_on.isoformat()}到期" if item.due_on else "即将到期"
    text = f"{item.milestone}应付{in_figures(item.amount - item.paid)}，{on}"
    sent = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"付款通知：{item.milestone}",
        body=f"您好：\n\n{text}。请届时付至本所对公账户，不要付至律师个人账户；到账后本所开具发票。",
    )
    if not sent:
        client_mail.ask_desk(context, lead_id=lead_id, what=f"{text}，请通知客户付款。")
    return {"payment_notified": sent}


def announce_settled(context: Context, *, lead_id: str) -> Variables:
    """Send ``fees.settled`` once nothing is left to receive, to invoice or to correct in the case."""
    settled = not fees.list_open_items(context.session, lead_id)
    if settled:
        context.send_message("fees.settled", correlation=lead_id, payload={"lead_id": lead_id})
    return {"fees_settled": "yes" if settled else "no"}


def decide_deferral(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Let the payment wait until a day, or keep asking."""
    decision = values["deferral_decision"]
    if decision != "APPROVED":
        return {"deferral_decision": decision, **payment_schedules.dunning_dates(context, None)}
    until = date.fromisoformat(values["deferred_until"])
    if until <= context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"deferred_until": [FieldError(refusals.DATE_NOT_IN_FUTURE)]})
    payment_schedules.schedule(
        context, fees.defer_payment(context, data["fee_item_id"], until=until, reason=values["deferral_reason"])
    )
    return {"deferral_decision": decision, "fee_result": "DEFERRED"}


def read_deferral(context: Context, data: Variables) -> dict[str, Any]:
    """What finance wrote when it asked."""
    return {"deferral_reason": data.get("defer_reason") or ""}


HANDLERS = (
    Operation("fees.plan", plan, "生成收费计划"),
    Operation("fees.call", call, "通知收款"),
    Operation("fees.send_list", send_list, "发送费用清单"),
    Operation("fees.remind_payment", remind_payment, "提醒客户付款"),
    Operation("fees.plan_notice", plan_notice, "确定付款通知日"),
    Operation("fees.notify_payment", notify_payment, "付款通知"),
    Operation("fees.announce_settled", announce_settled, "是否全部结清"),
    Completion("fees.decide_deferral", decide_deferral, "缓交审批"),
    Prefill("fees.read_deferral", read_deferral, "缓交申请"),
)
