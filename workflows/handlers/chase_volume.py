"""Chasing a volume that is due: reminders, the partner's and the director's measures, extensions, the last day."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import archive_stops, client_mail, matters, people, volume_chasing, volumes
from workflows.records.volume_chasing import ExtensionRefused
from workflows.records.volumes import Volume

PASSED = "This day has passed."
NOT_SO = "The day cannot be moved so: at most 30 days each time, twice in all, and not beyond the last day."
CLOSING_HOUR = time(18)
ASKS = {volume_chasing.PARTNER: "已报主管合伙人督办", volume_chasing.DIRECTOR: "已报主任决定措施"}


def plan(context: Context, *, volume_id: str) -> Variables:
    """When to chase next; a volume already in the archive is looked at once more a year later."""
    volume = volumes.get_volume(context.session, volume_id)
    step = volume_chasing.find_next(context.session, volume, context.now)
    if step is None:
        return {"chase_at": context.now.replace(year=context.now.year + 1).isoformat(), "chase_step": ""}
    return {"chase_at": max(step.at, context.now).isoformat(), "chase_step": step.name}


def chase(context: Context, *, volume_id: str, step: str) -> Variables:
    """Remind who is to be reminded; sets ``chase_level`` none / partner / director / breach."""
    volume = volumes.get_volume(context.session, volume_id)
    if not step or volume.state in volume_chasing.DONE:
        return {"chase_level": "none"}
    done = volume_chasing.record_chase(context, volume_id, step)
    _tell(context, volume, done.level)
    return {"chase_level": done.level if done.level not in (volume_chasing.LAWYER, volume_chasing.TEAM) else "none"}


def breach(context: Context, *, volume_id: str, matter_id: str) -> Variables:
    """Enter the breach of the last day and ask for a corrective action (P30)."""
    matter = matters.get_matter(context.session, matter_id)
    volume = volumes.get_volume(context.session, volume_id)
    if volume_chasing.enter_breach(context, volume_id, matter.lawyer_id):
        assert volume.hard_due_at is not None
        problem = f"案卷“{volume.title}”超过最后归档期限（{volume.hard_due_at.astimezone(FIRM_ZONE):%Y-%m-%d}）仍未归档"
        payload = {"source": "archive", "problem": problem, "source_id": volume_id, "barred": [matter.lawyer_id]}
        context.send_message("correction.requested", correlation=volume_id, payload=payload)
    return {"chase_level": "none"}


def read_overdue(context: Context, data: Variables) -> dict[str, Any]:
    """What the partner or the director should know."""
    volume = volumes.get_volume(context.session, data["volume_id"])
    found = volume_chasing.list_extensions(context.session, volume.id)
    return {
        "overdue": _overdue(volume, context.now),
        "extensions": "；".join(f"延至{each.new_due_on}（{each.approved_by_name}）" for each in found) or "无",
        "reminders": volume.reminders,
    }


def supervise(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The partner's measure and the day it is to be done by."""
    until = date.fromisoformat(str(values["until"])[:10])
    if until <= context.now.astimezone(FIRM_ZONE).date():
        raise FormInvalid({"until": [FieldError(PASSED)]})
    context.audit("volume.supervised", f"volume:{data['volume_id']}", act=values["act"], until=until.isoformat())
    return {
        "supervise_act": values["act"],
        "supervise_until": datetime.combine(until, CLOSING_HOUR, FIRM_ZONE).isoformat(),
    }


def urge(context: Context, *, volume_id: str, lawyer_id: str, **_: Any) -> None:
    """Hand the partner's measure to the lawyer in writing."""
    volume = volumes.get_volume(context.session, volume_id)
    subject = f"归档督办：{volume.title}"
    body = f"案卷“{volume.title}”{_overdue(volume, context.now)}，主管合伙人要求限期归档。请查看收件箱中的立卷任务。\n"
    client_mail.mail_person(context, person_id=lawyer_id, subject=subject, body=body, lead_id=volume.lead_id)


def remind_partner(context: Context, *, volume_id: str, lawyer_id: str) -> None:
    """The day that the partner set has passed."""
    volume = volumes.get_volume(context.session, volume_id)
    subject = f"督办期限已过：{volume.title}"
    body = f"案卷“{volume.title}”{_overdue(volume, context.now)}，督办期限内仍未归档。\n"
    client_mail.mail_role(context, role="partner", subject=subject, body=body, lead_id=volume.lead_id, without=lawyer_id)


def decide_stop(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the director orders."""
    lawyer = people.find_person(context.session, data["lawyer_id"])
    archive_stops.order(
        context,
        person_id=data["lawyer_id"],
        person_name=lawyer.name if lawyer else "",
        volume_id=data["volume_id"],
        hold_fee_share=bool(values.get("hold_fee_share")),
        stop_new=bool(values.get("stop_new")),
        note=str(values.get("note") or ""),
    )
    return {"stop_note": str(values.get("note") or "")}


def carry_out(context: Context, *, volume_id: str, lawyer_id: str) -> None:
    """Tell the lawyer, and finance when a fee share is held."""
    volume = volumes.get_volume(context.session, volume_id)
    stops = [stop for stop in archive_stops.list_standing(context.session, lawyer_id) if stop.volume_id == volume_id]
    measures = [
        ("暂缓分配律师报酬", any(stop.hold_fee_share for stop in stops)),
        ("暂停承接新案", any(stop.stop_new for stop in stops)),
    ]
    ordered = "、".join(name for name, given in measures if given) or "不采取其他措施"
    subject = f"逾期归档措施：{volume.title}"
    body = f"案卷“{volume.title}”{_overdue(volume, context.now)}，主任决定：{ordered}。案卷验收后自动解除。\n"
    client_mail.mail_person(context, person_id=lawyer_id, subject=subject, body=body, lead_id=volume.lead_id)
    if measures[0][1]:
        client_mail.mail_role(context, role="finance", subject=subject, body=body, lead_id=None)


def read_extension(context: Context, data: Variables) -> dict[str, Any]:
    """The day as it stands and the extensions so far."""
    volume = volumes.find_volume_by_lead(context.session, data["lead_id"])
    if volume is None or volume.due_at is None:
        return {"due": "本案尚未进入归档"}
    number = len(volume_chasing.list_extensions(context.session, volume.id))
    assert volume.hard_due_at is not None
    due, last = (moment.astimezone(FIRM_ZONE).date() for moment in (volume.due_at, volume.hard_due_at))
    return {"due": f"归档期限{due}，最后期限{last}，已延期{number}次"}


def ask_extension(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The request, checked before anybody is asked to approve it."""
    volume = volumes.find_volume_by_lead(context.session, data["lead_id"])
    new_due_on = date.fromisoformat(str(values["new_date"])[:10])
    if volume is None or volume.due_at is None:
        raise FormInvalid({"new_date": [FieldError(NOT_SO)]})
    try:
        volume_chasing.check_extension(context.session, volume, new_due_on, context.now)
    except ExtensionRefused as refused:
        raise FormInvalid({"new_date": [FieldError(NOT_SO)]}) from refused
    items = [str(row.get("item") or "").strip() for row in values.get("missing_items") or []]
    asked = {"new_date": new_due_on.isoformat(), "reason": values["reason"], "missing_items": [item for item in items if item]}
    return {"volume_id": volume.id, "extension": asked}


def read_request(context: Context, data: Variables) -> dict[str, Any]:
    """What is asked for."""
    asked = data["extension"]
    known = read_extension(context, data)
    return {
        **known,
        "new_date": asked["new_date"],
        "reason": asked["reason"],
        "missing": "、".join(asked["missing_items"]) or "无",
    }


def approve_extension(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Approve or refuse; sets ``extension_decision``."""
    asked = data["extension"]
    if values["decision"] == "approve":
        try:
            volume_chasing.extend(
                context,
                data["volume_id"],
                new_due_on=date.fromisoformat(asked["new_date"]),
                reason=asked["reason"],
                missing_items=asked["missing_items"],
                asked_by=data["starter_id"],
            )
        except ExtensionRefused as refused:
            raise FormInvalid({"decision": [FieldError(NOT_SO)]}) from refused
        return {"extension_decision": "approve"}
    volume = volumes.get_volume(context.session, data["volume_id"])
    body = f"案卷“{volume.title}”延期至{asked['new_date']}的申请未获批准：{values.get('opinion') or ''}\n"
    client_mail.mail_person(
        context, person_id=data["starter_id"], subject=f"不予延期：{volume.title}", body=body, lead_id=volume.lead_id
    )
    return {"extension_decision": "refuse"}


def remind_extension(context: Context, *, lead_id: str) -> None:
    """The request waits."""
    body = "有归档延期申请等待审批，请查看收件箱。\n"
    client_mail.mail_role(context, role="partner", subject="归档延期申请待审批", body=body, lead_id=lead_id)


def _tell(context: Context, volume: Volume, level: str) -> None:
    when = _overdue(volume, context.now)
    subject = f"归档提醒：{volume.title}（{when}）"
    more = f"{ASKS[level]}。\n" if level in ASKS else ""
    assert volume.due_at is not None
    body = (
        f"案卷“{volume.title}”应当在{volume.due_at.astimezone(FIRM_ZONE):%Y年%m月%d日}前立卷归档，{when}。{more}\n"
        "请在收件箱中完成“收集齐全与剔除”。缺少的材料可以在该任务中说明原因；确需延期的，在案件页面申请延期。\n"
    )
    matter = matters.get_matter(context.session, volume.matter_id)
    told = {matter.lawyer_id}
    if level != volume_chasing.LAWYER:
        members = matters.list_members(context.session, matter.id)
        told |= {person for person, part in members.items() if part == "assistant"}
    for person_id in sorted(told):
        client_mail.mail_person(context, person_id=person_id, subject=subject, body=body, lead_id=volume.lead_id)


def _overdue(volume: Volume, now: datetime) -> str:
    assert volume.due_at is not None
    days = (volume.due_at.astimezone(FIRM_ZONE).date() - now.astimezone(FIRM_ZONE).date()).days
    return f"还有{days}日到期" if days > 0 else "今日到期" if days == 0 else f"已逾期{-days}日"


HANDLERS = (
    Operation("chasing.plan", plan, title="确定下次催办"),
    Operation("chasing.chase", chase, title="催办"),
    Operation("chasing.breach", breach, title="登记违规并整改"),
    Prefill("chasing.read_overdue", read_overdue, title="逾期情况"),
    Completion("chasing.supervise", supervise, title="督办"),
    Operation("chasing.urge", urge, title="书面督办"),
    Operation("chasing.remind_partner", remind_partner, title="再次提醒合伙人"),
    Completion("chasing.decide_stop", decide_stop, title="决定措施"),
    Operation("chasing.carry_out", carry_out, title="执行措施并通知"),
    Prefill("chasing.read_extension", read_extension, title="归档期限"),
    Completion("chasing.ask_extension", ask_extension, title="申请延期"),
    Prefill("chasing.read_request", read_request, title="延期申请"),
    Completion("chasing.approve_extension", approve_extension, title="审批延期"),
    Operation("chasing.remind_extension", remind_extension, title="提醒合伙人"),
)
