"""After an update: the client says it was read, else the lawyer calls, at last the desk posts it by registered mail."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, communications, firm, leads, links, matters, people, updates
from workflows.records.rule_packs import get_rule
from workflows.records.updates import describe

ELEMENT = "Task_ReadUpdate"
CHANNELS = {"phone": "电话", "meeting": "面谈", "message": "即时通讯"}


def mail(context: Context, *, update_id: str, lead_id: str, document_id: str) -> Variables:
    """The update by mail, with the page where the client says it was read and may ask."""
    update = updates.get_update(context.session, update_id)
    matter = matters.get_matter(context.session, update.matter_id)
    lead = leads.get_lead(context.session, lead_id)
    to = client_mail.find_client_address(context.session, lead_id) or ""
    days = int(get_rule("client_service", "unread", context.now.date()).value)
    _link, url = links.issue_link(
        context,
        purpose="update_reading",
        element_id=ELEMENT,
        lead_id=lead_id,
        recipient_name=lead.client_name,
        recipient_email=to,
        document_ids=[document_id],
        days=days,
    )
    lawyer = people.find_person(context.session, matter.lawyer_id)
    signed = f"承办律师 {lawyer.name if lawyer else ''}　电话 {firm.read_firm()['phone']}"
    client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"案件进展通报（第{update.number}次）：{matter.matter_no}",
        body=f"您好：\n\n{describe(update)}\n\n请打开以下链接确认已阅，有疑问的可以直接写明（{days}日内有效）：\n{url}\n\n{signed}",
        attachments=[document_id],
        log=False,
    )
    return {}


def read(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The client has read it, and may ask."""
    updates.mark_read(context, data["update_id"])
    links.use_own_link(context)
    if values.get("question"):
        payload = {
            "question": values["question"],
            "question_kind": "question",
            "lead_id": data["lead_id"],
            "matter_id": data["matter_id"],
            "lawyer_id": data["lawyer_id"],
            "title": data.get("title", ""),
        }
        context.send_message("client.question", correlation=data["matter_id"], payload=payload)
    return {}


def reach(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer called or met the client; a try that failed is kept too."""
    reached, tries = values["reached"] == "yes", int(data.get("reach_tries") or 0) + 1
    update = updates.get_update(context.session, data["update_id"])
    communications.log_communication(
        context,
        lead_id=data["lead_id"],
        matter_id=update.matter_id,
        channel=values["channel"],
        direction="both" if reached else "out",
        summary=f"第{update.number}次进展通报，{CHANNELS[values['channel']]}告知：{values['note']}",
        persons=[leads.get_lead(context.session, data["lead_id"]).client_name],
        reached=reached,
    )
    if reached:
        updates.mark_read(context, update.id)
    most = int(get_rule("client_service", "reach_tries", context.now.date()).value)
    return {"client_reached": reached, "reach_tries": tries, "reach_over": not reached and tries >= most}


def read_reach(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be told, and how often it was tried."""
    update = updates.get_update(context.session, data["update_id"])
    return {"latest": update.latest, "needs": update.needs or None, "tries": str(int(data.get("reach_tries") or 0))}


def post(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The desk posted the update by registered mail; the note says that nobody could be reached."""
    update = updates.get_update(context.session, data["update_id"])
    said = f"多次联系未果，第{update.number}次进展通报以{values['carrier']}寄送，邮件号{values['tracking_no']}。"
    communications.log_communication(
        context,
        lead_id=data["lead_id"],
        matter_id=update.matter_id,
        channel="letter",
        direction="out",
        summary=said + (values.get("note") or ""),
        persons=[leads.get_lead(context.session, data["lead_id"]).client_name],
        document_ids=[data["document_id"]],
    )
    return {}


HANDLERS = (
    Operation("updates.mail", mail, "发送通报"),
    Completion("updates.read", read, "客户确认已阅"),
    Completion("updates.reach", reach, "电话或者当面告知"),
    Prefill("updates.read_reach", read_reach, "电话或者当面告知"),
    Completion("updates.post", post, "挂号邮寄"),
)
