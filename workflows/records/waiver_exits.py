"""Leaving a matter because of a conflict: whoever carries the withdrawal out is told, with the reason and the hand-over."""

from __future__ import annotations

from engine.context import Context
from workflows.records import client_mail, matters


def ask_to_withdraw(context: Context, lead_id: str, text: str) -> bool:
    """Ask the matter's lawyer and the director to withdraw; asks for the change (``matter.change_requested``).

    False before there is a matter: then the engagement is simply declined.
    """
    matter = matters.find_matter_by_lead(context.session, lead_id)
    if matter is None:
        return False
    said = {"change_kind": "withdraw", "change_reason": text, "title": matter.title}
    payload = {"lead_id": lead_id, "matter_id": matter.id, "lawyer_id": matter.lawyer_id, **said}
    context.send_message("matter.change_requested", correlation=matter.id, payload=payload)
    subject = f"因利益冲突须退出代理：{matter.matter_no}"
    body = f"合伙人决定退出{matter.matter_no}的代理。理由与移交安排：{text}。请办理解除委托与移交。"
    client_mail.mail_person(context, person_id=matter.lawyer_id, subject=subject, body=body, lead_id=lead_id)
    client_mail.mail_role(context, role="director", subject=subject, body=body, lead_id=lead_id)
    context.audit("withdrawal_asked", f"lead:{lead_id}", reason=text)
    return True
