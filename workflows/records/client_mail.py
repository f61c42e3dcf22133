"""Mail to the client of a case file and to people of the firm: the address found, the effect ``mail.send`` owed."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records.communications import log_communication
from workflows.records.complaint_links import issue_channel
from workflows.records.contracts import find_contract
from workflows.records.leads import get_lead
from workflows.records.matters import find_matter_by_lead
from workflows.records.people import find_person, list_people


def find_client_address(session: Session, lead_id: str) -> str | None:
    """Where the client reads mail: the contract's electronic address for service, else what the front desk noted."""
    contract = find_contract(session, lead_id)
    lead = get_lead(session, lead_id)
    for source in (
        contract.terms.get("client_email") if contract else None,
        lead.client.get("email"),
        lead.reception.get("email"),
    ):
        if source:
            return str(source)
    return None


def mail_client(
    context: Context,
    *,
    lead_id: str,
    subject: str,
    body: str,
    attachments: Sequence[str] = (),
    key: str | None = None,
    log: bool = True,
) -> bool:
    """Owe a mail to the client and enter it into the communication log; False when no address is known.

    ``log`` is False for somebody who makes the entry, with more in it.
    """
    to = find_client_address(context.session, lead_id)
    if to is None:
        context.audit("client_mail.no_address", f"lead:{lead_id}", about=subject)
        return False
    _owe(context, to, subject, body + _complaint_line(context, lead_id), lead_id, attachments, key)
    if log:
        matter = find_matter_by_lead(context.session, lead_id)
        log_communication(
            context,
            lead_id=lead_id,
            matter_id=matter.id if matter else None,
            channel="email",
            direction="out",
            summary=f"{subject}\n{body}",
            persons=[get_lead(context.session, lead_id).client_name],
            document_ids=attachments,
        )
    return True


def _complaint_line(context: Context, lead_id: str) -> str:
    """Where the client of a matter complains, at the foot of each mail; not logged, for the address is the client's own."""
    if find_matter_by_lead(context.session, lead_id) is None:
        return ""
    return f"\n\n对我们的服务有意见的，可随时在此提出并查看处理进度：{issue_channel(context, lead_id)}"


def mail_person(context: Context, *, person_id: str, subject: str, body: str, lead_id: str | None = None) -> bool:
    """Owe a mail to somebody of the firm; False when the person has no address."""
    person = find_person(context.session, person_id)
    if person is None or not person.email:
        return False
    _owe(context, person.email, subject, body, lead_id, (), None)
    return True


def mail_role(context: Context, *, role: str, subject: str, body: str, lead_id: str | None, without: str = "") -> int:
    """Owe a mail to everybody with a role but one; returns how many."""
    people = [person for person in list_people(context.session, role) if person.email and person.id != without]
    for person in people:
        _owe(context, person.email, subject, body, lead_id, (), None)
    return len(people)


def ask_desk(context: Context, *, lead_id: str, what: str) -> int:
    """Owe the front desk a mail about a client who reads no mail: what is to be handed over or said instead."""
    lead = get_lead(context.session, lead_id)
    page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/cases/{lead.id}"
    subject = f"请联系没有邮箱的客户：{lead.lead_no}"
    body = f"{lead.client_name}（{lead.lead_no}）没有电子邮箱，{what}\n\n案件页面：{page}"
    return mail_role(context, role="desk", subject=subject, body=body, lead_id=lead_id)


def _owe(
    context: Context, to: str, subject: str, body: str, lead_id: str | None, attachments: Sequence[str], key: str | None
) -> None:
    payload = {"to": to, "subject": subject, "body": body, "lead_id": lead_id, "attachments": list(attachments)}
    context.emit("mail.send", payload, key=key)
