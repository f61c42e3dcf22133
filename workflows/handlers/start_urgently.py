"""Urgent work before the engagement is signed: applied for, permitted by the director, signed by the client, stopped in time."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.calendar import add_working_days
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import client_mail, client_signatures, leads, links, objections, urgent_permits
from workflows.records.rule_packs import get_rule

PURPOSE = "urgent_engagement"
SCOPES = {
    "visit": "会见在押人员",
    "bail": "申请变更强制措施",
    "appeal": "提交上诉状或者复议申请",
    "answer": "提交答辩状、管辖权异议",
    "evidence": "提交证据或者申请延期举证",
    "preservation": "申请财产保全、证据保全",
    "limitation": "中断诉讼时效（发函、起诉）",
    "hearing": "出席已经排定的开庭",
}


def apply(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer applies; what is not urgent goes the ordinary way."""
    if not urgent_permits.is_urgent(values, context.now):
        hours = int(get_rule("acceptance", "urgent_hours", context.now.astimezone(FIRM_ZONE).date()).value)
        raise FormInvalid({"deadline_at": [FieldError(objections.NOT_URGENT, {"hours": hours})]})
    named = [SCOPES[each] for each in values["scope"] if each in SCOPES]
    text = "、".join([*named, *filter(None, [values.get("scope_other")])])
    urgent_permits.propose(context, data["lead_id"], {**values, "scope_text": text})
    return {"urgent_result": ""}


def read_application(context: Context, data: Variables) -> dict[str, Any]:
    """What the reception noted."""
    lead = leads.get_lead(context.session, data["lead_id"])
    detained = lead.reception.get("urgency") == "detained"
    dates = sorted(row["date"] for row in lead.outline.get("key_dates") or [] if row.get("date"))
    event = next((row["event"] for row in lead.outline.get("key_dates") or [] if dates and row.get("date") == dates[0]), "")
    return {
        "ground": urgent_permits.DETAINED if detained else urgent_permits.DEADLINE,
        "deadline_event": event,
        "deadline_at": f"{dates[0]}T23:59" if dates else None,
        "scope": ["visit"] if detained else [],
    }


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The director permits it with one tap, or refuses; the lawyer is told of a refusal."""
    approved = values["urgent_decision"] == "APPROVE"
    urgent_permits.decide(context, data["lead_id"], approved=approved, note=values.get("urgent_note") or "")
    if not approved:
        tell(context, lead_id=data["lead_id"], what=f"主任没有批准紧急先行：{values['urgent_note']}", role="lawyer")
    return {
        "urgent_decision": values["urgent_decision"],
        "urgent_result": "" if approved else urgent_permits.REFUSED,
        "urgent_letter": urgent_permits.facts(context.session, data["lead_id"]),
    }


def read_decision(context: Context, data: Variables) -> dict[str, Any]:
    """Approval is chosen, so that one tap is enough."""
    return {"urgent_decision": "APPROVE"}


def sign(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client signs the limited scope, or does not want it."""
    links.use_own_link(context)
    if values["client_decision"] != "SIGNED":
        urgent_permits.end(context, data["lead_id"], urgent_permits.LAPSED)
        return {"urgent_signed": False, "urgent_result": urgent_permits.LAPSED}
    kinds = (PURPOSE,)
    client_signatures.record_signature(context, lead_id=data["lead_id"], purpose=PURPOSE, values=values, kinds=kinds)
    return {"urgent_signed": True}


def begin(context: Context, *, lead_id: str) -> Variables:
    """The working days run from now; says when they end and when to remind."""
    found = urgent_permits.begin(context, lead_id)
    remind = int(get_rule("acceptance", "urgent_remind", context.now.astimezone(FIRM_ZONE).date()).value)
    ends = found.ends_at or context.now
    return {
        "urgent_ends_at": ends.astimezone(FIRM_ZONE).isoformat(),
        "urgent_remind_at": add_working_days(context.now, remind).astimezone(FIRM_ZONE).isoformat(),
    }


def write_work(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What was done; the lawyer ends the urgent work before its time."""
    urgent_permits.write_work(context, data["lead_id"], {"done": values["work_done"]})
    return {}


def settle(context: Context, *, lead_id: str) -> Variables:
    """The permit is over: engaged, or the work stops now and everybody concerned is told."""
    if urgent_permits.is_engaged(context.session, lead_id):
        urgent_permits.end(context, lead_id, urgent_permits.FINISHED)
        return {"urgent_result": urgent_permits.FINISHED}
    urgent_permits.end(context, lead_id, urgent_permits.STOPPED)
    for role in ("lawyer", "partner", "director"):
        tell(context, lead_id=lead_id, what="紧急先行已经到期，委托手续没有办完，即刻停止工作", role=role)
    lead = leads.get_lead(context.session, lead_id)
    client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"紧急事项办理期限已到：{lead.lead_no}",
        body="您好：\n\n本所受您紧急委托办理的事项期限已到，委托手续尚未办妥，本所自即日起停止办理。请您特别注意尚在进行的期限，尽快办妥委托手续或者另行委托律师。",
        key=f"urgent-stop:{lead_id}",
    )
    return {"urgent_result": urgent_permits.STOPPED}


def lapse(context: Context, *, lead_id: str, element: str) -> Variables:
    """The client did not sign in time."""
    links.revoke_task_links(context, context.instance_id or "", element)
    urgent_permits.end(context, lead_id, urgent_permits.LAPSED)
    return {"urgent_result": urgent_permits.LAPSED}


def hand_over(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer says what was stopped, which periods the client was told of, and that the papers went back."""
    urgent_permits.write_work(context, data["lead_id"], {"handover": values})
    return {}


def tell(context: Context, *, lead_id: str, what: str, role: str) -> Variables:
    """Mail the lawyer of the lead, or everybody of a role."""
    lead = leads.get_lead(context.session, lead_id)
    subject, body = f"紧急先行：{lead.lead_no}", f"{lead.client_name}（{lead.lead_no}）：{what}，请登录待办办理。"
    if role == "lawyer":
        client_mail.mail_person(context, person_id=lead.lawyer_id or "", subject=subject, body=body, lead_id=lead_id)
    else:
        client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=lead_id)
    return {}


HANDLERS = (
    Completion("urgent.apply", apply, "申请紧急先行"),
    Prefill("urgent.read_application", read_application, "紧急情况"),
    Completion("urgent.decide", decide, "批准紧急先行"),
    Prefill("urgent.read_decision", read_decision, "批准紧急先行"),
    Completion("urgent.sign", sign, "客户签署有限委托"),
    Operation("urgent.begin", begin, "开始限时工作"),
    Completion("urgent.write_work", write_work, "紧急工作记录"),
    Operation("urgent.settle", settle, "紧急先行到期"),
    Operation("urgent.lapse", lapse, "客户逾期未签"),
    Completion("urgent.hand_over", hand_over, "停止工作交接"),
    Operation("urgent.tell", tell, "紧急先行通知"),
)
