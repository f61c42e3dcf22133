"""Links to people outside, made and mailed in one step; told to the desk where the client reads no mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.handlers import Variables
from workflows.records import client_mail, documents, firm, leads, link_mails, links, people


def send(
    context: Context,
    *,
    purpose: str,
    element: str,
    lead_id: str,
    days: int = 10,
    until: str = "",
    documents_shown: Sequence[str] = (),
    to: str | None = None,
    name: str = "",
) -> Variables:
    """Make a link to the client's user task ``element`` of this instance and mail it; again for a reminder.

    It expires after ``days`` calendar days or at ``until`` (ISO); a reminder ends with the first link, because it gives no
    more time. ``documents_shown`` are document ids the holder may read besides the
    newest of the kinds in ``rules/link_mails.yaml``. A client without an e-mail address gets the link from the front desk,
    which is told; then a reminder makes no other link. ``to`` and ``name`` are somebody else who acts for the client.
    """
    lead = leads.get_lead(context.session, lead_id)
    to = to or client_mail.find_client_address(context.session, lead_id)
    mail = link_mails.read_link_mail(purpose)
    shown = list(dict.fromkeys([*_newest(context.session, lead_id, mail.kinds), *filter(None, documents_shown)]))
    end = links.find_end(context.session, context.instance_id or "", element, context.now)
    name = name or lead.client_name or str(lead.reception.get("contact_name") or "")
    if to is None and end is not None:
        return _tell_desk(context, lead, purpose, again=True)
    link, url = links.issue_link(
        context,
        purpose=purpose,
        element_id=element,
        lead_id=lead_id,
        recipient_name=name,
        recipient_email=to or "",
        document_ids=shown,
        days=int(days),
        until=end or (datetime.fromisoformat(until) if until else None),
    )
    if to is None:
        return {"link_id": link.id, **_tell_desk(context, lead, purpose)}
    lawyer = people.find_person(context.session, lead.lawyer_id or "")
    fields = {
        "client": name,
        "firm": firm.read_firm()["name"],
        "url": url,
        "until": f"{link.expires_at.astimezone(FIRM_ZONE):%Y年%m月%d日}",
        "lawyer": f"{lawyer.name}律师" if lawyer else "承办律师",
        "phone": firm.read_firm()["phone"],
    }
    payload = {
        "to": to,
        "subject": mail.subject.format(**fields),
        "body": mail.body.format(**fields),
        "lead_id": lead_id,
        "attachments": [],
    }
    client_mail.owe_client(context, lead_id, payload, key=f"link:{link.id}", must_go=mail.must_go)
    return {"link_id": link.id}


def _tell_desk(context: Context, lead: leads.Lead, purpose: str, *, again: bool = False) -> Variables:
    """Ask the front desk to hand the link over, on the case's page."""
    then = "客户尚未办理，请联系客户。" if again else "请联系客户到访，在案件页面取得链接并当面交付。"
    what = f"“{link_mails.describe_purpose(purpose)}”的链接需要当面交付。{then}"
    return {"desk_told": client_mail.ask_desk(context, lead_id=lead.id, what=what)}


def _newest(session: Session, lead_id: str, kinds: Sequence[str]) -> list[str]:
    found = [documents.find_latest(session, lead_id, kind) for kind in kinds]
    return [document.id for document in found if document]
