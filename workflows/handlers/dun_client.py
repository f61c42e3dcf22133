"""A payment that does not come: lawyer and partner decide what the firm does about it."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, fee_steps, fees, payment_schedules, refusals
from workflows.records.money import in_figures


def propose(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer's proposal."""
    _check_until(context, values)
    keys = ("measure", "measure_until", "measure_reason")
    return {"proposal": {key: values.get(key) for key in keys}, "proposed_by": context.actor.id}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner's decision, carried out: the payment waits, or the client is told; collecting goes on."""
    _check_until(context, values)
    measure, until = values["measure"], values.get("measure_until")
    item = fees.get_fee_item(context.session, data["fee_item_id"])
    fee_steps.decide_measure(
        context,
        lead_id=data["lead_id"],
        fee_item_id=item.id,
        measure=measure,
        until=date.fromisoformat(until) if until else None,
        reason=values["measure_reason"],
        proposed_by=str(data.get("proposed_by") or ""),
    )
    if measure == fee_steps.EXTEND and until:
        deferred = fees.defer_payment(context, item.id, until=date.fromisoformat(until), reason=values["measure_reason"])
        payment_schedules.schedule(context, deferred)
        return {"measure": measure, "fee_result": "DEFERRED"}
    _tell_client(context, data["lead_id"], measure, item)
    payload = {"lead_id": data["lead_id"], "fee_item_id": item.id, "measure": measure, "reason": values["measure_reason"]}
    context.send_message("fee.measure_decided", correlation=data["lead_id"], payload=payload)
    return {"measure": measure, "fee_result": "DUE", **payment_schedules.dunning_dates(context, None)}


def read_proposal(context: Context, data: Variables) -> dict[str, Any]:
    """What the lawyer proposed."""
    return dict(data.get("proposal") or {})


def _tell_client(context: Context, lead_id: str, measure: str, item: fees.FeeItem) -> None:
    open_amount = in_figures(item.amount - item.paid)
    texts = {
        fee_steps.SUSPEND: "依照委托代理合同，本所自本通知之日起暂停提供服务，付清后恢复；期间请您自行关注期限。",
        fee_steps.RESCIND: "本所拟依照委托代理合同解除合同，承办律师将与您联系办理材料交接。",
        fee_steps.SUE: "请于收到本通知之日起十日内付清；逾期本所将依照委托代理合同约定的方式主张权利。",
    }
    body = f"您好：\n\n{item.milestone}尚欠{open_amount}，经多次提醒仍未付清。{texts[measure]}"
    subject = f"欠费通知：{item.milestone}"
    if not client_mail.mail_client(context, lead_id=lead_id, subject=subject, body=body):
        client_mail.ask_desk(context, lead_id=lead_id, what=f"请送达书面通知：{body}")


def _check_until(context: Context, values: dict[str, Any]) -> None:
    until = values.get("measure_until")
    if until and date.fromisoformat(until) <= context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"measure_until": [FieldError(refusals.DATE_NOT_IN_FUTURE)]})


HANDLERS = (
    Completion("fees.propose_measure", propose, "提出欠费处置意见"),
    Completion("fees.decide_measure", decide, "决定欠费处置"),
    Prefill("fees.read_proposal", read_proposal, "处置意见"),
)
