"""Periodic updates: when the next one is due, writing it, sending it, and pressing for one that is late."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, communications, contracts, leads, matters, updates


def read_matter(context: Context, *, matter_id: str, lead_id: str) -> Variables:
    """The inputs of decision table D7, and the cadence that the contract agreed on instead."""
    matter = matters.get_matter(context.session, matter_id)
    contract = contracts.find_contract(context.session, lead_id)
    return {
        "matter_type": matter.matter_type,
        "in_custody": "yes" if matter.plan.get("in_custody") else "no",
        "agreed_days": int((contract.terms.get("update_days") if contract else 0) or 0),
    }


def schedule(context: Context, *, matter_id: str, cadence_days: int, agreed_days: int) -> Variables:
    """When the next update falls due, and whether the matter is still running."""
    matter = matters.get_matter(context.session, matter_id)
    days = agreed_days or int(cadence_days)
    due = updates.next_update_at(context.session, matter_id, cadence_days=days, now=context.now)
    return {
        "next_update_at": due.isoformat(),
        "matter_running": matter.state in matters.RUNNING,
        "lawyer_id": matter.lawyer_id,  # the team may have changed since the last one
        "update_event": "",
        "update_asked_at": "",
        "update_due": "1 WD",
    }


def write(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the update; it is sent by the next step, and a partner who presses for it need not any more."""
    wanted_at = data.get("update_asked_at") or data["next_update_at"]
    update = updates.write_update(
        context,
        data["matter_id"],
        latest=values["latest"],
        next_plan=values["next_plan"],
        risks=values["risks"],
        needs=values.get("needs") or "",
        late=updates.is_late(datetime.fromisoformat(wanted_at), context.now),
    )
    context.send_message("update.written", correlation=data["matter_id"], payload={})
    lead = leads.get_lead(context.session, data["lead_id"])
    return {
        "update_id": update.id,
        "update_number": update.number,
        "update_urgency": values.get("urgency") or "normal",
        "update_sensitivity": values.get("sensitivity") or "normal",
        "client_preference": str(lead.reception.get("preferred_channel") or "email"),
    }


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The last update's plan, so that the lawyer says what became of it, and what happened when that is the reason."""
    event = str(data.get("update_event") or "")
    last = updates.list_updates(context.session, data["matter_id"], limit=1)
    if not last:
        return {"latest": event, "risks": ""}
    plan = f"上次计划：{last[0].next_plan}\n办理情况：{event}"
    return {"latest": plan, "risks": last[0].risks}


def send(
    context: Context, *, update_id: str, lead_id: str, document_id: str, written: str = "email", spoken: str = "none"
) -> Variables:
    """Let the update go out: by mail with a page where the client says it was read, else posted by the desk.

    What table D8 does not put on the network (``written`` is letter) is posted; ``spoken`` asks for a call or a meeting too.
    """
    update = updates.mark_sent(context, update_id, document_id=document_id)
    matter = matters.get_matter(context.session, update.matter_id)
    subject = f"案件进展通报（第{update.number}次）：{matter.matter_no}"
    mailed = written == "email" and client_mail.find_client_address(context.session, lead_id) is not None
    communications.log_communication(
        context,
        lead_id=lead_id,
        matter_id=matter.id,
        channel="email" if mailed else "letter",
        direction="out",
        summary=f"{subject}\n{updates.describe(update)}",
        persons=[leads.get_lead(context.session, lead_id).client_name],
        document_ids=[document_id],
    )
    if not mailed:
        client_mail.ask_desk(context, lead_id=lead_id, what=f"请打印并寄送《{subject}》（在案件文书中）。")
    payload = {
        "update_id": update.id,
        "document_id": document_id,
        "lead_id": lead_id,
        "matter_id": matter.id,
        "lawyer_id": matter.lawyer_id,
        "title": matter.title,
        "update_mailed": mailed,
        "update_spoken": spoken,
        "reach_tries": 0,
    }
    context.send_message("update.sent", correlation=update.id, payload=payload)
    return {"update_sent": mailed}


def remind_lawyer(context: Context, *, matter_id: str, lawyer_id: str) -> Variables:
    """Mail the lawyer that the update is late."""
    matter = matters.get_matter(context.session, matter_id)
    sent = client_mail.mail_person(
        context,
        person_id=lawyer_id,
        subject=f"进展通报逾期提醒：{matter.matter_no}",
        body=f"“{matter.title}”（{matter.matter_no}）的进展通报已逾期一个工作日，请登录待办编写。逾期三个工作日将由合伙人督促。",
        lead_id=matter.lead_id,
    )
    return {"lawyer_reminded": sent}


def escalate(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Record what the partner did about the late update."""
    context.audit("matter_update.pressed", f"matter:{data['matter_id']}", note=values["escalation_note"])
    return {}


HANDLERS = (
    Operation("updates.read_matter", read_matter, "读取案件情况"),
    Operation("updates.schedule", schedule, "安排下次通报"),
    Completion("updates.write", write, "编写进展通报"),
    Prefill("updates.read_draft", read_draft, "进展通报"),
    Operation("updates.send", send, "发送通报并记入沟通记录"),
    Operation("updates.remind_lawyer", remind_lawyer, "提醒律师通报"),
    Completion("updates.escalate", escalate, "督促逾期通报"),
)
