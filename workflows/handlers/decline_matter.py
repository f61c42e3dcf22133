"""Declining: the letter drafted, approved, sent or handed over, and the end of the lead."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import (
    assessments,
    case_facts,
    client_mail,
    communications,
    declines,
    documents,
    lead_purges,
    leads,
    letters,
    refusals,
    rule_packs,
)
from workflows.records.letter_models import ItemList, Paragraph

TEMPLATES = {declines.POLITE: "decline_polite", declines.FIRM: "decline_firm"}
NEUTRAL = "not_accepted"
CHANNELS = {"courier": "快递或者挂号信", "in_person": "当面交付"}


def write(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the draft; it may not tell what the firm knows of others."""
    kind = _kind(context, data)
    today = context.now.astimezone(FIRM_ZONE).date()
    errors = {
        path: found
        for path, text in (("extra", values.get("extra")), ("originals", values.get("originals")))
        if (found := declines.find_secrets(context.session, data["lead_id"], str(text or ""), today))
    }
    reason = _reason(context, data)
    if kind == declines.POLITE and not errors and not _fits(values["variant"], reason, today):
        errors["variant"] = [FieldError(refusals.WRONG_VARIANT)]
    if errors:
        raise FormInvalid(errors)
    declines.write_letter(context, data["lead_id"], kind=kind, reason=reason, letter=values)
    return {"decline_kind": kind}


def read_draft(context: Context, data: Variables) -> dict[str, Any]:
    """The last draft with the partner's comment; before the first one, what the reason suggests."""
    found = declines.find_decline(context.session, data["lead_id"])
    if found:
        return {**found.letter, "kind": found.kind, "returned": found.comment}
    today = context.now.astimezone(FIRM_ZONE).date()
    reason = _reason(context, data)
    return declines.propose(context.session, data["lead_id"], kind=_kind(context, data), reason=reason, on=today)


def write_standard(context: Context, *, lead_id: str, decline_reason: str, decline_kind: str) -> Variables:
    """Nobody drafted in time: the standard letter goes to the partner (a returned draft stays as it was)."""
    if declines.find_decline(context.session, lead_id) is None:
        today = context.now.astimezone(FIRM_ZONE).date()
        data = {"lead_id": lead_id, "decline_reason": decline_reason, "decline_kind": decline_kind}
        kind, reason = _kind(context, data), _reason(context, data)
        letter = declines.propose(context.session, lead_id, kind=kind, reason=reason, on=today)
        declines.write_letter(context, lead_id, kind=kind, reason=reason, letter=letter)
        return {"decline_standard": True, "decline_kind": kind}
    return {"decline_standard": True}


def approve(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner lets the letter go, or sends it back."""
    decision = values["decline_decision"]
    declines.decide(context, data["lead_id"], approved=decision == "APPROVED", comment=values.get("decline_comment") or "")
    return {"decline_decision": decision}


def read_approval(context: Context, data: Variables) -> dict[str, Any]:
    """The letter as it will go out."""
    facts = case_facts.collect(context.session, data["lead_id"], context.now)
    letter = letters.compose(TEMPLATES[_kind(context, data)], facts)
    lines = [letter.title]
    for block in letter.blocks:
        if isinstance(block, Paragraph):
            lines.append(block.text)
        elif isinstance(block, ItemList):
            lines += [f"{number}. {item}" for number, item in enumerate(block.items, 1)]
    return {"letter_text": "\n".join(lines)}


def send(context: Context, *, lead_id: str) -> Variables:
    """Mail the letter; without an address, or with originals to return, the desk has something to do."""
    found = declines.get_decline(context.session, lead_id)
    title = declines.TITLES[found.kind]
    document = documents.find_latest(context.session, lead_id, TEMPLATES[found.kind])
    mailed = client_mail.mail_client(
        context,
        lead_id=lead_id,
        subject=f"{title}：{leads.get_lead(context.session, lead_id).lead_no}",
        body=f"您好：\n\n感谢您对本所的信任。随信附上《{title}》，请查阅；请特别留意函中提示的期限。",
        attachments=[document.id] if document else [],
        key=f"decline:{found.id}",
    )
    declines.mark_mailed(context, lead_id, mailed)
    return {"decline_mailed": mailed, "decline_at_desk": not mailed or bool(found.letter.get("originals"))}


def deliver(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the desk posted or handed over; originals go back before the lead is closed."""
    lead_id = data["lead_id"]
    found = declines.get_decline(context.session, lead_id)
    errors: dict[str, list[FieldError]] = {}
    if found.letter.get("originals") and not values.get("originals_returned"):
        errors["originals_returned"] = [FieldError(refusals.ORIGINALS_OPEN)]
    if date.fromisoformat(values["delivered_on"]) > context.now.astimezone(FIRM_ZONE).date():
        errors["delivered_on"] = [FieldError(refusals.DATE_IN_FUTURE)]
    if errors:
        raise FormInvalid(errors)
    how = CHANNELS[values["channel"]] + (f"（{values['tracking_no']}）" if values.get("tracking_no") else "")
    declines.record_delivery(context, lead_id, {**values, "how": how})
    declines.keep_receipt(context, lead_id, values.get("receipt") or [])
    title = declines.TITLES[found.kind]
    document = documents.find_latest(context.session, lead_id, TEMPLATES[found.kind])
    what = "返还原件" if found.mailed else f"交付《{title}》"
    _log(context, lead_id, "letter" if values["channel"] == "courier" else "meeting", f"{what}：{how}", document)
    return {"decline_channel": values["channel"], "receipt_by": values.get("receipt_by") or ""}


def read_delivery(context: Context, data: Variables) -> dict[str, Any]:
    """What is to be handed over."""
    found = declines.get_decline(context.session, data["lead_id"])
    today = context.now.astimezone(FIRM_ZONE).date()
    return {
        "mailed": "yes" if found.mailed else "no",
        "originals": found.letter.get("originals") or "",
        "delivered_on": today.isoformat(),
    }


def close(context: Context, *, lead_id: str) -> Variables:
    """End the lead."""
    found = declines.close(context, lead_id)
    lead = leads.get_lead(context.session, lead_id)
    due = lead_purges.purge_on(context.now.astimezone(FIRM_ZONE).date())
    at = datetime.combine(due, time(3), FIRM_ZONE).isoformat()
    payload = {"lead_id": lead_id, "title": lead.lead_no, "purge_at": at, "purge_obstacle": ""}
    context.send_message("lead.declined", correlation=lead_id, payload=payload)
    return {"decline_sent_at": found.sent_at.isoformat() if found.sent_at else context.now.isoformat()}


def remind(context: Context, *, lead_id: str, role: str, person_id: str) -> Variables:
    """Mail who must act: the lawyer, else everybody of the role."""
    lead = leads.get_lead(context.session, lead_id)
    subject = f"请处理谢绝函：{lead.lead_no}"
    body = f"{lead.client_name}（{lead.lead_no}）的谢绝函应当在两个工作日内发出，请登录待办办理。"
    if person_id:
        sent = int(client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=lead_id))
    else:
        sent = client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=lead_id)
    return {"decline_reminded": sent}


def _kind(context: Context, data: Variables) -> str:
    firm = data.get("decline_kind") == declines.FIRM and not _is_stopped(context, data["lead_id"])
    return declines.FIRM if firm else declines.POLITE


def _reason(context: Context, data: Variables) -> str:
    """Why the client is told no; where a list names the client, nothing but that the firm does not act."""
    return NEUTRAL if _is_stopped(context, data["lead_id"]) else str(data.get("decline_reason") or NEUTRAL)


def _is_stopped(context: Context, lead_id: str) -> bool:
    found = assessments.find_assessment(context.session, lead_id)
    return found is not None and found.result == assessments.STOP


def _fits(variant: str, reason: str, on: date) -> bool:
    """Whether a variant may be used for a reason; one that tells of another reason would mislead the client."""
    variants = rule_packs.get_rule(declines.PACK, "variants", on).value
    return any(each["key"] == variant and (reason in each["reasons"]) for each in variants)


def _log(context: Context, lead_id: str, channel: str, summary: str, document: documents.Document | None) -> None:
    communications.log_communication(
        context,
        lead_id=lead_id,
        channel=channel,
        direction="out",
        persons=[leads.get_lead(context.session, lead_id).client_name],
        summary=summary,
        document_ids=[document.id] if document else [],
    )


HANDLERS = (
    Completion("declines.write", write, "拟定谢绝函"),
    Prefill("declines.read_draft", read_draft, "谢绝函草稿"),
    Operation("declines.write_standard", write_standard, "改用标准函"),
    Completion("declines.approve", approve, "谢绝函审批"),
    Prefill("declines.read_approval", read_approval, "谢绝函全文"),
    Operation("declines.send", send, "寄出谢绝函"),
    Completion("declines.deliver", deliver, "交付谢绝函与原件"),
    Prefill("declines.read_delivery", read_delivery, "交付内容"),
    Operation("declines.close", close, "来访归结"),
    Operation("declines.remind", remind, "提醒处理谢绝函"),
)
