"""Mail about a complaint: to who complained, to who watches over it; never into the log of the ordinary case."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from engine.context import Context
from workflows.records import client_mail, complaint_access, complaints, firm, people


def mail_complainant(context: Context, complaint_id: str, *, subject: str, body: str, attachments: Sequence[str] = ()) -> bool:
    """Owe who complained a mail; without an address the front desk is asked to hand the papers over. Returns whether mailed."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    to = str(complaint.complainant.get("email") or "")
    house = firm.read_firm()
    if to:
        text = f"您好：\n\n{body}\n\n{house['name']}\n投诉电话：{house['complaints']}"
        _owe(context, to, f"{subject}：{complaint.complaint_no}", text, complaint_id, attachments)
        return True
    contact = complaint.complainant.get("phone") or complaint.complainant.get("address") or "未留联系方式"
    what = f"请打印并交付《{subject}》（{complaint.complaint_no}，在投诉页面），联系方式：{contact}。"
    tell_person(context, complaint.handler_id, complaint_id, subject=f"投诉人没有电子邮箱：{complaint.complaint_no}", body=what)
    return False


def tell_person(context: Context, person_id: str, complaint_id: str, *, subject: str, body: str) -> None:
    """Owe somebody of the firm a mail about a complaint, with its page."""
    person = people.find_person(context.session, person_id) if person_id else None
    if person and person.email:
        page = f"{str(context.tools.get('public_url', '')).rstrip('/')}/complaints/{complaint_id}"
        _owe(context, person.email, subject, f"{body}\n\n投诉页面：{page}", complaint_id, ())


def tell_role(context: Context, role: str, complaint_id: str, *, subject: str, body: str, without: Sequence[str] = ()) -> int:
    """Owe everybody with a role but those it concerns a mail; returns how many."""
    told = [person for person in people.list_people(context.session, role) if person.id not in without]
    for person in told:
        tell_person(context, person.id, complaint_id, subject=subject, body=body)
    return len(told)


def tell_director(context: Context, complaint_id: str, *, subject: str, body: str) -> None:
    """Owe the director a mail, or whoever decides in the director's place when the complaint concerns the director."""
    barred = complaint_access.list_barred(context.session, complaints.get_complaint(context.session, complaint_id))
    if not tell_role(context, "director", complaint_id, subject=subject, body=body, without=barred):
        reviewer = complaint_access.find_reviewer(context.session, complaint_id)
        tell_person(context, reviewer, complaint_id, subject=subject, body=body)


def find_address(session: Session, case_lead_id: str) -> str:
    """Where the client of a case reads mail; empty when nobody knows."""
    return client_mail.find_client_address(session, case_lead_id) or "" if case_lead_id else ""


def _owe(context: Context, to: str, subject: str, body: str, complaint_id: str, attachments: Sequence[str]) -> None:
    # the complaint's own file, not the case's: the case shows nothing of it
    payload = {"to": to, "subject": subject, "body": body, "lead_id": complaint_id, "attachments": list(attachments)}
    context.emit("mail.send", payload)
