"""The time for filing: the periods counted from the day of closing, and the reminder of defects that nobody mends."""

from __future__ import annotations

from engine import Context, Operation
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_facts, client_mail, matters, volumes


def plan(context: Context, *, volume_id: str, matter_id: str) -> Variables:
    """Set the volume's target and last day; returns them and the close reason. The chasing is a process of its own."""
    matter = matters.get_matter(context.session, matter_id)
    if matter.closed_at is None:
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matters.FILED, reason="the matter is not closed")
    closing = case_facts.collect(context.session, matter.lead_id, context.now).get("closing") or {}
    reason = str(closing.get("close_reason") or "")
    volume = volumes.plan_filing(context, volume_id, closed_at=matter.closed_at, close_reason=reason)
    assert volume.due_at is not None and volume.hard_due_at is not None
    return {
        "filing_due_at": volume.due_at.isoformat(),
        "filing_hard_due_at": volume.hard_due_at.isoformat(),
        "close_reason": reason,
    }


def remind_mending(context: Context, *, volume_id: str, lawyer_id: str) -> None:
    """Tell the lawyer, the partners and from the third return on the director that defects are not mended in time."""
    volume = volumes.get_volume(context.session, volume_id)
    subject = f"逾期补正：{volume.title}（第{volume.returns}次退回）"
    body = f"案卷“{volume.title}”退回后未在规定期限内补正。请承办律师立即在收件箱中完成“补正”并重新提交。\n"
    client_mail.mail_person(context, person_id=lawyer_id, subject=subject, body=body, lead_id=volume.lead_id)
    for role in ("partner", *(("director",) if volume.returns > 2 else ())):
        client_mail.mail_role(context, role=role, subject=subject, body=body, lead_id=volume.lead_id, without=lawyer_id)
    context.audit("volume.mending_late", f"volume:{volume_id}", returns=volume.returns)


HANDLERS = (
    Operation("volumes.plan", plan, title="计算归档期限"),
    Operation("volumes.remind_mending", remind_mending, title="提醒逾期补正"),
)
