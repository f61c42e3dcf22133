"""The time for filing: the periods counted from the day of closing, and the reminders before and after."""

from __future__ import annotations

from datetime import timedelta

from engine import Context, Operation
from engine.clock import FIRM_ZONE
from engine.errors import StateRefused
from engine.handlers import Variables
from workflows.records import case_facts, client_mail, matters, volumes
from workflows.records.rule_packs import get_rule


def plan(context: Context, *, volume_id: str, matter_id: str) -> Variables:
    """Set the volume's target and last day; returns them, the four reminders' moments and the close reason."""
    matter = matters.get_matter(context.session, matter_id)
    if matter.closed_at is None:
        raise StateRefused(what=matter.matter_no, old=matter.state, new=matters.FILED, reason="the matter is not closed")
    closing = case_facts.collect(context.session, matter.lead_id, context.now).get("closing") or {}
    reason = str(closing.get("close_reason") or "")
    volume = volumes.plan_filing(context, volume_id, closed_at=matter.closed_at, close_reason=reason)
    assert volume.due_at is not None and volume.hard_due_at is not None
    offsets = get_rule("retention", "reminder_days", context.now.astimezone(FIRM_ZONE).date()).value
    reminders = {
        # At nine in the morning of the day, when somebody reads it.
        f"filing_reminder_{index}": (volume.due_at + timedelta(days=days)).replace(hour=9, minute=0).isoformat()
        for index, days in enumerate(offsets, 1)
    }
    return {
        "filing_due_at": volume.due_at.isoformat(),
        "filing_hard_due_at": volume.hard_due_at.isoformat(),
        "close_reason": reason,
        **reminders,
    }


def remind(context: Context, *, volume_id: str, lawyer_id: str) -> None:
    """Remind the lawyer that the volume is due; the last reminder, when it is overdue, goes to the partners too.

    A step that was already sent is not sent again when the volume comes back from the archivist.
    """
    volume = volumes.get_volume(context.session, volume_id)
    assert volume.due_at is not None
    due_on = volume.due_at.astimezone(FIRM_ZONE).date()
    today = context.now.astimezone(FIRM_ZONE).date()
    days = (due_on - today).days
    offsets = get_rule("retention", "reminder_days", today).value
    step = sum(-days >= offset for offset in offsets)
    if step <= volume.reminders:
        return
    volumes.count_reminder(context, volume_id, step)
    when = f"还有{days}日到期" if days > 0 else "今日到期" if days == 0 else f"已逾期{-days}日"
    subject = f"归档提醒：{volume.title}（{when}）"
    body = (
        f"案卷“{volume.title}”应当在{due_on:%Y年%m月%d日}前立卷归档，{when}。\n"
        "请在收件箱中完成“收集齐全与剔除”。缺少的材料可以在该任务中说明原因。\n"
    )
    client_mail.mail_person(context, person_id=lawyer_id, subject=subject, body=body, lead_id=volume.lead_id)
    if step == len(offsets):
        client_mail.mail_role(context, role="partner", subject=subject, body=body, lead_id=volume.lead_id, without=lawyer_id)


HANDLERS = (
    Operation("volumes.plan", plan, title="计算归档期限"),
    Operation("volumes.remind", remind, title="归档催办"),
)
