"""Mail to the client of a case file and to people of the firm: the address found, the effect ``mail.send`` owed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import held_mails, service_guard
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
    must_go: bool = False,
) -> bool:
    """Owe a mail to the client and enter it into the communication log; False when no address is known.

    ``log`` is False for somebody who makes the entry, with more in it. While sending is paused the mail waits, and is entered
    when it goes; ``must_go`` is for what the client's rights hang on.
    """
    to = find_client_address(context.session, lead_id)
    if to is None:
        context.audit("client_mail.no_address", f"lead:{lead_id}", about=subject)
        return False
    payload = _payload(to, subject, body + _complaint_line(context, lead_id), lead_id, attachments)
    if owe_client(context, lead_id, payload, key=key, log=log, must_go=must_go) and log:
        _log(context, lead_id, f"{subject}\n{body}", attachments)
    return True


def owe_client(
    context: Context, lead_id: str, payload: Mapping[str, Any], *, key: str | None, log: bool = False, must_go: bool = False
) -> bool:
    """Owe a mail that is ready to go, or let it wait while sending to this client is paused; True when it goes now (guard G2)."""
    service_guard.check_papers(context.session, lead_id, payload["attachments"], context.now)
    if must_go or not held_mails.is_paused(context.session, lead_id):
        context.emit("mail.send", dict(payload), key=key)
        return True
    if held_mails.hold(context, lead_id, payload, key=key, to_log=log):
        why = "在办事项有新的利益冲突命中，复检结束前暂停向客户发送（须及时告知的除外）。以下邮件已暂缓，结束后自动处理："
        _tell_lawyer(context, lead_id, "已暂停向客户发送", f"{why}\n{payload['subject']}")
    return False


def release_held(context: Context, lead_id: str, *, send: bool = True) -> int:
    """Send what waited, or drop it where the firm withdraws; the lawyer is told. Nothing while another comparison is open."""
    if held_mails.is_paused(context.session, lead_id):
        return 0
    found = held_mails.take(context, lead_id, send=send)
    if not found:
        return 0
    for mail in found if send else []:
        context.emit("mail.send", mail.payload, key=mail.key)
        if mail.to_log:
            _log(context, lead_id, f"{mail.payload['subject']}\n{mail.payload['body']}", mail.payload["attachments"])
    said = "利益冲突复检已结束，暂缓的邮件已发出：" if send else "本所将退出委托，以下邮件不再发出，须告知客户的请另行通知："
    subjects = "\n".join(mail.payload["subject"] for mail in found)
    _tell_lawyer(context, lead_id, "已恢复向客户发送" if send else "暂缓的邮件不再发出", f"{said}\n{subjects}")
    return len(found)


def _tell_lawyer(context: Context, lead_id: str, subject: str, body: str) -> None:
    lead, matter = get_lead(context.session, lead_id), find_matter_by_lead(context.session, lead_id)
    lawyer_id, title = (matter.lawyer_id, matter.matter_no) if matter else (lead.lawyer_id, lead.lead_no)
    mail_person(context, person_id=lawyer_id or "", subject=f"{subject}：{title}", body=body, lead_id=lead_id)


def _log(context: Context, lead_id: str, summary: str, attachments: Sequence[str]) -> None:
    matter = find_matter_by_lead(context.session, lead_id)
    log_communication(
        context,
        lead_id=lead_id,
        matter_id=matter.id if matter else None,
        channel="email",
        direction="out",
        summary=summary,
        persons=[get_lead(context.session, lead_id).client_name],
        document_ids=attachments,
    )


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
    _owe(context, person.email, subject, body, lead_id)
    return True


def mail_role(context: Context, *, role: str, subject: str, body: str, lead_id: str | None, without: str = "") -> int:
    """Owe a mail to everybody with a role but one; returns how many."""
    people = [person for person in list_people(context.session, role) if person.email and person.id != without]
    for person in people:
        _owe(context, person.email, subject, body, lead_id)
    return len(people)


def ask_desk(context: Context, *, lead_id: str, what: str) -> int:
    """Owe the front desk a mail about a client who reads no mail: what is to be handed over or said instead."""
    lead = get_lead(context.session, lead_id)
    page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/cases/{lead.id}"
    subject = f"请联系没有邮箱的客户：{lead.lead_no}"
    body = f"{lead.client_name}（{lead.lead_no}）没有电子邮箱，{what}\n\n案件页面：{page}"
    return mail_role(context, role="desk", subject=subject, body=body, lead_id=lead_id)


def _owe(context: Context, to: str, subject: str, body: str, lead_id: str | None) -> None:
    context.emit("mail.send", _payload(to, subject, body, lead_id, ()), key=None)


def _payload(to: str, subject: str, body: str, lead_id: str | None, attachments: Sequence[str]) -> dict[str, Any]:
    return {"to": to, "subject": subject, "body": body, "lead_id": lead_id, "attachments": list(attachments)}
