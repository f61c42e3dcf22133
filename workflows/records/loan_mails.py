"""Telling people about a loan: who borrows, whoever applied for them, the archivists, and those in charge."""

from __future__ import annotations

from engine.context import Context
from workflows.records import volumes
from workflows.records.client_mail import mail_person, mail_role
from workflows.records.volume_loans import Loan


def name_volume(context: Context, loan: Loan) -> str:
    """What a volume is called in a mail: its file number and title."""
    volume = volumes.get_volume(context.session, loan.volume_id)
    return f"{volume.file_no} {volume.title}"


def tell_borrower(context: Context, loan: Loan, subject: str, body: str, attachments: tuple[str, ...] = ()) -> None:
    """Mail whoever borrows; for somebody from outside also whoever took the application in."""
    said = f"{body}\n\n借阅编号：{loan.loan_no}\n案卷：{name_volume(context, loan)}"
    if loan.borrower_id:
        mail_person(context, person_id=loan.borrower_id, subject=subject, body=said)
        return
    if "@" in loan.contact:
        payload = {"to": loan.contact, "subject": subject, "body": said, "attachments": list(attachments)}
        context.emit("mail.send", payload, key=None)
    mail_person(context, person_id=loan.applied_by, subject=f"请转告{loan.borrower}：{subject}", body=said)


def tell_role(context: Context, loan: Loan, role: str, subject: str, body: str) -> None:
    """Mail everybody with a role, but not whoever borrows."""
    said = f"{body}\n\n借阅编号：{loan.loan_no}\n案卷：{name_volume(context, loan)}\n借阅人：{loan.borrower}"
    mail_role(context, role=role, subject=subject, body=said, lead_id=loan.lead_id, without=loan.borrower_id or "")
