"""What was decided about a payment that does not come, carried out: the service rests and goes on, or the engagement is ended."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation
from engine.handlers import Variables
from workflows.records import client_mail, fee_steps, fees, leads, matters


def carry_out(context: Context, *, lead_id: str, fee_item_id: str, measure: str, reason: str) -> Variables:
    """Suspend the matter, or ask for the withdrawal; before there is a running matter there is nothing to carry out."""
    matter = matters.find_matter_by_lead(context.session, lead_id)
    given = {"service_suspended": False, "matter_id": matter.id if matter else ""}
    if matter is None:
        return given
    item = fees.get_fee_item(context.session, fee_item_id)
    if measure == fee_steps.SUSPEND and matter.state == matters.ACTIVE:
        matters.suspend_matter(context, matter.id, reason=f"欠费暂停服务：{item.milestone}。{reason}")
        text = f"{matter.matter_no}因欠费（{item.milestone}）暂停服务。期限届满前不能拖延的事项仍须办理，并书面提示客户。"
        subject = f"已暂停服务：{matter.matter_no}"
        client_mail.mail_person(context, person_id=matter.lawyer_id, subject=subject, body=text, lead_id=lead_id)
        return {**given, "service_suspended": True, "lawyer_id": matter.lawyer_id}
    if measure == fee_steps.RESCIND and matter.state in matters.RUNNING:
        said = {"change_kind": "withdraw", "change_reason": f"客户欠费：{item.milestone}。{reason}", "title": matter.title}
        payload = {"lead_id": lead_id, "matter_id": matter.id, "lawyer_id": matter.lawyer_id, "change_origin": "arrears", **said}
        context.send_message("matter.change_requested", correlation=matter.id, payload=payload)
    return given


def resume(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """A partner lets the service go on, with the reason."""
    return {"resume_reason": values["resume_reason"]}


def go_on(context: Context, *, lead_id: str, matter_id: str, reason: str = "") -> Variables:
    """Take the matter up again and tell the client; one that is closing or closed meanwhile stays as it is."""
    matter = matters.get_matter(context.session, matter_id)
    if matter.state != matters.SUSPENDED:
        return {"service_suspended": False}
    matters.resume_matter(context, matter_id, reason=reason or "欠费已付清")
    body = "您好：\n\n本所自即日起恢复提供服务，承办律师将继续办理您委托的事项。"
    if not client_mail.mail_client(context, lead_id=lead_id, subject="恢复服务通知", body=body):
        client_mail.ask_desk(context, lead_id=lead_id, what="请告知客户：本所已恢复提供服务。")
    return {"service_suspended": False}


def remind(context: Context, *, lead_id: str) -> Variables:
    """Remind the partners that a service rests."""
    lead = leads.get_lead(context.session, lead_id)
    body = f"{lead.client_name}（{lead.lead_no}）的服务因欠费暂停已超过十个工作日，请决定恢复、解除或者追讨。"
    told = client_mail.mail_role(context, role="partner", subject="暂停服务待处理", body=body, lead_id=lead_id)
    return {"partners_told": told}


HANDLERS = (
    Operation("fee_measures.carry_out", carry_out, "执行欠费处置"),
    Completion("fee_measures.resume", resume, "决定恢复服务"),
    Operation("fee_measures.go_on", go_on, "恢复服务"),
    Operation("fee_measures.remind", remind, "提醒暂停服务待处理"),
)
