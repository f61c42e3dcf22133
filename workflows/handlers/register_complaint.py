"""A complaint comes in: numbered, acknowledged, its register completed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import (
    complaint_access,
    complaint_facts,
    complaint_links,
    complaint_mails,
    complaint_steps,
    complaint_terms,
    complaints,
    leads,
)
from workflows.records.complaints import Complaint

#: whoever registers in person has asked everything already
REGISTERED = frozenset({"phone", "visit", "letter", "email", "bureau", "bar", "internal"})


def register(
    context: Context,
    *,
    source: str,
    facts: str,
    lead_id: str = "",
    complaint_id: str = "",
    complainant: Mapping[str, Any] | None = None,
    kinds: Sequence[str] = (),
    respondents: Sequence[str] | None = None,
    claim: str = "",
    external_by: str = "",
) -> Variables:
    """Enter a complaint; from here ``lead_id`` is the complaint's own file, ``case_lead_id`` the case.

    The client's name and address are the case's when the message does not say who complains.
    """
    who = dict(complainant or _client_of(context, lead_id))
    made = complaints.register_complaint(
        context,
        source=source if source in complaint_terms.SOURCES else "internal",
        facts=facts,
        case_lead_id=lead_id,
        complaint_id=complaint_id,
        complainant=who,
        kinds=kinds,
        respondents=respondents,
        claim=claim,
        external_by=datetime.fromisoformat(external_by).replace(hour=18, tzinfo=FIRM_ZONE) if external_by else None,
    )
    complaint_access.choose_handler(context, made.id)
    _tell_serious(context, made)
    context.send_message("complaint.registered", correlation=made.id, payload={"complaint_id": made.id, "lead_id": made.id})
    known = bool(made.respondents or respondents is not None) and bool(kinds) and source in REGISTERED
    return {
        "complaint_id": made.id,
        "complaint_no": made.complaint_no,
        "lead_id": made.id,
        "case_lead_id": lead_id,
        "title": f"投诉 {made.complaint_no}",
        "complaint_known": "yes" if known else "no",
        "complaint_call_after": f"P{complaint_terms.days('call_days', context.now)}D",
        **_people(context, made.id),
    }


def read_register(context: Context, data: Variables) -> dict[str, Any]:
    """What is known so far."""
    known = complaints.get_complaint(context.session, data["complaint_id"])
    return {
        **known.complainant,
        "kinds": known.kinds,
        "respondents": known.respondents,
        "facts": known.facts,
        "claim": known.claim,
    }


def complete_register(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what was asked; a respondent who turns out to be the handler hands the complaint over."""
    complaint_access.check_unrelated(context, data["complaint_id"])
    changed = complaint_steps.complete_register(context, data["complaint_id"], values)
    _tell_serious(context, changed)
    return {"complaint_known": "yes", **_people(context, changed.id)}


def acknowledge(context: Context, *, complaint_id: str, document_id: str) -> Variables:
    """Send the receipt with the link to follow the complaint."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    follow = complaint_links.issue_follow(context, complaint_id)
    accept, reply = (complaint_terms.days(key, context.now) for key in ("accept_days", "reply_days"))
    sent = complaint_mails.mail_complainant(
        context,
        complaint_id,
        subject="投诉回执",
        body=f"我们已收到您的投诉，编号{complaint.complaint_no}，回执见附件。我们将在{accept}个工作日内决定是否受理，受理后一般在"
        f"{reply}个工作日内书面答复。请打开以下链接随时查看处理进度，无需注册账号：\n\n{follow}",
        attachments=[document_id],
    )
    return {"complaint_acknowledged": sent, **_people(context, complaint_id)}


def _people(context: Context, complaint_id: str) -> Variables:
    """Who handles, who decides, who is kept out: as the diagrams ask for them."""
    row = complaints.get_complaint(context.session, complaint_id)
    return {
        "complaint_handler_id": row.handler_id,
        "complaint_reviewer_id": complaint_access.find_reviewer(context.session, complaint_id),
        "complaint_barred": complaint_access.list_barred(context.session, row),
        "complaint_respondents": list(row.respondents),
    }


def _client_of(context: Context, lead_id: str) -> dict[str, Any]:
    if not lead_id:
        return {}
    lead = leads.get_lead(context.session, lead_id)
    phone = str(lead.client.get("phone") or lead.reception.get("phone") or "")
    email = complaint_mails.find_address(context.session, lead_id)
    return {"name": lead.client_name, "relation": "client", "phone": phone, "email": email}


def _tell_serious(context: Context, complaint: Complaint) -> None:
    """A leak or a private fee is told to compliance and the director at once."""
    serious = set(complaint_terms.rule("serious_kinds", context.now)) & set(complaint.kinds)
    if not serious or complaint.state != complaint_terms.RECEIVED:
        return
    shown = complaint_facts.describe(context.session, complaint)
    barred = complaint_access.list_barred(context.session, complaint)
    for role in ("compliance", "director"):
        complaint_mails.tell_role(
            context,
            role,
            complaint.id,
            subject=f"严重投诉：{complaint.complaint_no}",
            body=f"投诉反映：{shown['kind_names']}。请同时评估是否需要向司法行政机关、律师协会报告。",
            without=barred,
        )


HANDLERS = (
    Operation("complaints.register", register, "登记投诉"),
    Prefill("complaints.read_register", read_register, "投诉登记"),
    Completion("complaints.complete_register", complete_register, "接待登记"),
    Operation("complaints.acknowledge", acknowledge, "送达投诉回执"),
)
