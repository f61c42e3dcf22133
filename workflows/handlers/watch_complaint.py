"""The watch over a complaint's time: a warning before the decision or the reply is due, the director each day after."""

from __future__ import annotations

from datetime import timedelta

from engine import FIRM_ZONE, Context, Operation
from engine.handlers import Variables
from workflows.records import complaint_mails, complaint_terms, complaints

WARN, OVERDUE = "warn", "overdue"


def read_clock(context: Context, *, complaint_id: str, warned: str = "") -> Variables:
    """The next moment to say something: some days before the reply is due, when it (or acceptance) is due, then every day.

    ``warned`` is the deadline that was warned of: a later one is warned of again.
    """
    complaint = complaints.get_complaint(context.session, complaint_id)
    due = complaint.due_at
    early = due - timedelta(days=complaint_terms.days("warn_days", context.now))
    if complaint.reply_by and context.now < due and warned != due.isoformat():
        return {"complaint_next_at": max(early, context.now).isoformat(), "complaint_next": WARN}
    at = due if context.now < due else context.now + timedelta(days=1)
    return {"complaint_next_at": at.isoformat(), "complaint_next": OVERDUE}


def notify(context: Context, *, complaint_id: str, about: str) -> Variables:
    """Warn the handler, or tell the director that the decision or the reply is overdue."""
    complaint = complaints.get_complaint(context.session, complaint_id)
    if complaint.answered_at or not complaint.is_open:
        return {}
    what = "书面答复" if complaint.reply_by else "决定是否受理"
    due = complaint.due_at.astimezone(FIRM_ZONE)
    if about == WARN:
        hint = "需要延长的，请在期限前申请一次延期并告知投诉人。" if complaint.reply_by else ""
        complaint_mails.tell_person(
            context,
            complaint.handler_id,
            complaint_id,
            subject=f"投诉期限将届满：{complaint.complaint_no}",
            body=f"{what}的期限为{due:%Y-%m-%d %H:%M}。{hint}",
        )
    else:
        late = (context.now - due).days
        complaint_mails.tell_director(
            context,
            complaint_id,
            subject=f"投诉逾期：{complaint.complaint_no}",
            body=f"{what}的期限（{due:%Y-%m-%d %H:%M}）已过{f'{late}日' if late else ''}，请督促处理。",
        )
        context.audit("complaint.overdue", f"complaint:{complaint_id}", due=complaint.due_at.isoformat())
    return {"complaint_warned": complaint.due_at.isoformat()}


HANDLERS = (
    Operation("complaints.read_clock", read_clock, "投诉时限"),
    Operation("complaints.notify", notify, "提醒与督办"),
)
