"""The archivist's weekly report of volumes that are due, overdue or returned, and the monthly list for the management."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from engine import FIRM_ZONE, Context, Operation
from engine.handlers import Variables
from workflows.records import client_mail, matters, people, volume_chasing, volumes
from workflows.records.volumes import Volume

EIGHT = time(8)
SOON = timedelta(days=14)
FIRST_WEEK = 7


def next_week(context: Context) -> Variables:
    """Eight o'clock on the next Monday."""
    today = context.now.astimezone(FIRM_ZONE).date()
    monday = today + timedelta(days=7 - today.weekday())
    return {"next_week_at": datetime.combine(monday, EIGHT, FIRM_ZONE).isoformat()}


def report(context: Context) -> Variables:
    """Send the week's report to the archivists and, in a month's first week, what passed the last day to the management."""
    waiting = [each for each in volumes.list_volumes(context.session) if each.state not in volume_chasing.DONE and each.due_at]
    by_lawyer: dict[str, list[str]] = {}
    counts = {"due": 0, "overdue": 0, "returned": 0}
    for volume in waiting:
        kinds = _kinds(volume, context.now)
        for kind in kinds:
            counts[kind] += 1
        if kinds:
            matter = matters.get_matter(context.session, volume.matter_id)
            by_lawyer.setdefault(_name(context, matter.lawyer_id), []).append(_line(volume, context.now))
    body = f"即将到期{counts['due']}卷，逾期{counts['overdue']}卷，退回补正{counts['returned']}卷。\n"
    body += "".join(f"\n{name}：\n" + "".join(f"  {line}\n" for line in lines) for name, lines in sorted(by_lawyer.items()))
    client_mail.mail_role(context, role="archivist", subject="归档周报", body=body, lead_id=None)
    if context.now.astimezone(FIRM_ZONE).day <= FIRST_WEEK:
        _report_breaches(context)
    return {"archive_counts": counts}


def _report_breaches(context: Context) -> None:
    breaches = volume_chasing.list_breaches(context.session)
    lines = [f"{_name(context, lawyer)}：{volume.title}（最后期限{last_day}）\n" for volume, lawyer, last_day in breaches]
    body = "超过最后归档期限仍未归档的案卷：\n" + ("".join(lines) or "无\n")
    for role in ("director", "partner"):
        client_mail.mail_role(context, role=role, subject="逾期归档月报", body=body, lead_id=None)


def _kinds(volume: Volume, now: datetime) -> list[str]:
    assert volume.due_at is not None
    late = ["overdue"] if volume.due_at < now else ["due"] if volume.due_at < now + SOON else []
    return late + (["returned"] if volume.state == volumes.RETURNED else [])


def _line(volume: Volume, now: datetime) -> str:
    assert volume.due_at is not None
    due = volume.due_at.astimezone(FIRM_ZONE).date()
    days = (due - now.astimezone(FIRM_ZONE).date()).days
    late = f"逾期{-days}日" if days < 0 else f"还有{days}日"
    returned = f"，退回{volume.returns}次" if volume.state == volumes.RETURNED else ""
    return f"{volume.title}：期限{due}（{late}{returned}）"


def _name(context: Context, person_id: str) -> str:
    return people.find_name(context.session, person_id) or "—"


HANDLERS = (
    Operation("chasing.next_week", next_week, title="确定下个周一"),
    Operation("chasing.report", report, title="发送归档周报"),
)
