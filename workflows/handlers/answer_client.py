"""Clients who ask: the standing link on a running matter, the lawyer's answer, and what a talk leads to."""

from __future__ import annotations

from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import client_mail, communications, leads, link_sending, links, log_flags, matters
from workflows.records.rule_packs import get_rule

ELEMENT = "Task_ClientAsks"
PURPOSE = "client_contact"


def open_line(context: Context, *, lead_id: str) -> Variables:
    """The client's standing link, mailed once; it stays good until the matter is closed."""
    days = int(get_rule("client_service", "contact_link", context.now.astimezone(FIRM_ZONE).date()).value)
    sent = link_sending.send(context, purpose=PURPOSE, element=ELEMENT, lead_id=lead_id, days=days)
    return {**sent, "line_open": True}


def ask(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the client asks, wants or orders."""
    matter = matters.get_matter(context.session, data["matter_id"])
    wants_papers, said = values["question_kind"] == "documents", values["question"]
    communications.log_communication(
        context,
        lead_id=matter.lead_id,
        matter_id=matter.id,
        channel="link",
        direction="in",
        summary=f"{'索取材料' if wants_papers else '提问'}：{said}",
        persons=[context.actor.name],
        flags=("documents",) if wants_papers else (),
    )
    return {"question": said, "question_kind": values["question_kind"]}


def pass_on(context: Context, *, matter_id: str, kind: str, question: str) -> Variables:
    """The question begins an answer, a wish for documents their delivery; the line waits for the next."""
    matter = matters.get_matter(context.session, matter_id)
    if kind == "documents":
        log_flags.want_documents(context, matter, question)
    else:
        payload = {"question": question, "question_kind": kind, **log_flags.case_data(matter)}
        context.send_message("client.question", correlation=matter.id, payload=payload)
    return {"line_open": matter.state in matters.RUNNING}


def close_line(context: Context) -> Variables:
    """The matter is closed: the link ends."""
    links.revoke_task_links(context, context.instance_id or "", ELEMENT)
    return {}


def answer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The answer goes to the client and into the log; what it holds may ask for a signature."""
    matter = matters.get_matter(context.session, data["matter_id"])
    text = f"您的问题：{data['question']}\n\n答复：{values['answer']}"
    spoken = values["answered_by"] in ("phone", "meeting")
    sent = not spoken and client_mail.mail_client(
        context, lead_id=matter.lead_id, subject=f"对您所提问题的答复：{matter.matter_no}", body=f"您好：\n\n{text}", log=False
    )
    if not sent and not spoken:
        client_mail.ask_desk(context, lead_id=matter.lead_id, what=f"请将律师的答复告知客户：{values['answer']}")
    communications.log_communication(
        context,
        lead_id=matter.lead_id,
        matter_id=matter.id,
        channel=values["answered_by"] if spoken else "email" if sent else "letter",
        direction="both" if spoken else "out",
        summary=text,
        persons=[leads.get_lead(context.session, matter.lead_id).client_name],
        flags=values.get("flags") or [],
    )
    log_flags.follow_flags(context, matter, values.get("flags") or [], text)
    return {}


def read_answer(context: Context, data: Variables) -> dict[str, Any]:
    """What the client asked."""
    return {"question": data["question"]}


def escalate(context: Context, *, lead_id: str, matter_id: str, question: str) -> Variables:
    """Tell the partners that a client waits for an answer."""
    matter = matters.get_matter(context.session, matter_id)
    told = client_mail.mail_role(
        context,
        role="partner",
        subject=f"客户提问逾期未答复：{matter.matter_no}",
        body=f"“{matter.title}”的客户提问已满一个工作日未答复，请督促承办律师：\n\n{question}",
        lead_id=lead_id,
    )
    return {"partners_told": told}


HANDLERS = (
    Operation("contacts.open_line", open_line, "开通客户提问链接"),
    Completion("contacts.ask", ask, "客户提问"),
    Operation("contacts.pass_on", pass_on, "转交承办律师"),
    Operation("contacts.close_line", close_line, "关闭客户提问链接"),
    Completion("contacts.answer", answer, "答复客户"),
    Prefill("contacts.read_answer", read_answer, "答复客户"),
    Operation("contacts.escalate", escalate, "报告合伙人"),
)
