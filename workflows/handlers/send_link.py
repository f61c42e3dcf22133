"""Links to people outside: made and mailed in one step, closed when their task has lapsed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.orm import Session

from engine import FIRM_ZONE, Context, Operation
from engine.errors import JuanzongError
from engine.handlers import Variables
from workflows.records import client_mail, documents, firm, leads, link_mails, links, people


class NoClientAddress(JuanzongError):
    """No e-mail address of the client of {lead_no} is known: add one to the client's facts, then retry."""


def send(
    context: Context,
    *,
    purpose: str,
    element: str,
    lead_id: str,
    days: int = 10,
    until: str = "",
    documents_shown: Sequence[str] = (),
) -> Variables:
    """Make a link to the client's user task ``element`` of this instance and mail it; again for a reminder.

    It expires after ``days`` calendar days or at ``until`` (ISO); a reminder ends with the first link, because it gives no
    more time. ``documents_shown`` are document ids the holder may read besides the
    newest of the kinds in ``rules/link_mails.yaml``. Raises ``NoClientAddress``.
    """
    lead = leads.get_lead(context.session, lead_id)
    to = client_mail.find_client_address(context.session, lead_id)
    if to is None:
        raise NoClientAddress(lead_no=lead.lead_no)
    mail = link_mails.read_link_mail(purpose)
    shown = list(dict.fromkeys([*_newest(context.session, lead_id, mail.kinds), *documents_shown]))
    end = links.find_end(context.session, context.instance_id or "", element, context.now)
    name = lead.client_name or str(lead.reception.get("contact_name") or "")
    link, url = links.issue_link(
        context,
        purpose=purpose,
        element_id=element,
        lead_id=lead_id,
        recipient_name=name,
        recipient_email=to,
        document_ids=shown,
        days=int(days),
        until=end or (datetime.fromisoformat(until) if until else None),
    )
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
    context.emit("mail.send", payload, key=f"link:{link.id}")
    return {"link_id": link.id}


def revoke(context: Context, *, element: str) -> Variables:
    """Close every open link to a task of this instance, because the client's time is over."""
    links.revoke_task_links(context, context.instance_id or "", element)
    return {}


def _newest(session: Session, lead_id: str, kinds: Sequence[str]) -> list[str]:
    found = [documents.find_latest(session, lead_id, kind) for kind in kinds]
    return [document.id for document in found if document]


HANDLERS = (
    Operation("links.send", send, "发送链接"),
    Operation("links.revoke", revoke, "收回链接"),
)
