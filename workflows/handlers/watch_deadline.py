"""Watching a running deadline: the next moment, the warnings and their acknowledgement, the last noon, the end."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.errors import FormInvalid
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import deadline_lists, deadline_mails, deadline_watch, deadlines, people
from workflows.records.deadline_proofs import take_proof


def arm(context: Context, *, deadline_id: str) -> Variables:
    """Begin to watch a reviewed deadline."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    context.send_message("deadline.armed", correlation=deadline_id, payload=_payload(context, deadline))
    return {}


def _payload(context: Context, deadline: deadlines.Deadline) -> dict[str, Any]:
    """What the processes around a deadline begin with."""
    return {
        "deadline_id": deadline.id,
        "lead_id": deadline.lead_id,
        "matter_id": deadline.matter_id,
        "responsible_id": deadline.responsible_id,
        "backup_id": deadline.backup_id,
        "title": deadline_lists.title_with_case(context.session, deadline),
    }


def schedule(context: Context, *, deadline_id: str) -> Variables:
    """The next moment of a deadline; none when it is settled."""
    found = deadline_watch.next_moment(deadlines.get_deadline(context.session, deadline_id))
    return {"watch_on": found is not None, "watch_at": found[0].isoformat() if found else ""}


def warn(context: Context, *, deadline_id: str) -> Variables:
    """What has come: a warning to acknowledge, the alarm of the last noon, or the end."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    if deadline.state != deadlines.RUNNING:
        return {"watch_kind": ""}
    kind = deadline_watch.pass_moment(context, deadline_id)
    if kind == deadline_watch.LAPSE:
        deadlines.miss_deadline(context, deadline_id)
    elif kind is not None:
        warning = deadline_watch.record_warning(context, deadline_id, kind)
        acknowledge_by = deadline_watch.acknowledge_by(context.now).isoformat()
        payload = {
            **_payload(context, deadline),
            "warning_id": warning.id,
            "acknowledge_by": acknowledge_by,
            "asked_id": deadline.responsible_id,
        }
        context.send_message("deadline.warned", correlation=deadline_id, payload=payload)
    if kind == deadline_watch.ALARM:
        body = "今日即为届满日，至中午仍未提交完成证明。请立即核实并督促；二十四时前未完成的，系统按逾期处理。"
        deadline_mails.mail_leaders(context, deadline, ("partner", "director"), subject="期限当日警报", body=body)
        deadline_mails.mail_holders(context, deadline, subject="期限当日警报", body=body)
    return {"watch_kind": kind or ""}


def ask_next(context: Context, *, deadline_id: str, asked_id: str) -> Variables:
    """Nobody acknowledged a warning in time: after the responsible lawyer the backup is asked, then the partners."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    body = "期限提醒在四个工作小时内无人确认，现转请您确认办理情况。登录待办即可处理。"
    backup = deadline.backup_id if asked_id == deadline.responsible_id else None
    if backup:
        deadline_mails.mail_holders(context, deadline, subject="期限提醒未确认", body=body)
    else:
        deadline_mails.mail_leaders(context, deadline, ("partner",), subject="期限提醒未确认", body=body)
    return {"asked_id": backup or "", "acknowledge_by": deadline_watch.acknowledge_by(context.now).isoformat()}


def acknowledge(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Somebody's word on a warning; “done” comes with the proof and settles the deadline."""
    answer = values["answer"]
    if answer == "need_help" and not str(values.get("note") or "").strip():
        raise FormInvalid({"note": [FieldError("required")]})
    deadline_watch.answer_warning(context, data["warning_id"], answer=answer, note=str(values.get("note") or ""))
    if answer == "done":
        take_proof(context, data["deadline_id"], values)
    return {"warning_answer": answer, "warning_note": str(values.get("note") or "")}


def read_help(context: Context, data: Variables) -> dict[str, Any]:
    """What the lawyer said about the help needed."""
    return {"help_note": str(data.get("warning_note") or "")}


def support(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What a partner arranged."""
    context.audit("deadline.supported", f"deadline:{data['deadline_id']}", support=values["support"])
    deadline = deadlines.get_deadline(context.session, data["deadline_id"])
    deadline_mails.mail_holders(context, deadline, subject="期限支援安排", body=f"合伙人的安排：{values['support']}")
    return {}


def call_help(context: Context, *, deadline_id: str, note: str) -> Variables:
    """Tell backup and partners that the lawyer needs help."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    name = people.find_name(context.session, deadline.responsible_id or "") or ""
    body = f"{name}需要支援：{note}\n请安排人手，并与承办律师确认。"
    deadline_mails.mail_holders(context, deadline, subject="期限需要支援", body=body)
    return {"help_called": deadline_mails.mail_leaders(context, deadline, ("partner",), subject="期限需要支援", body=body)}


HANDLERS = (
    Operation("deadlines.arm", arm, "开始跟踪期限"),
    Operation("deadlines.schedule", schedule, "安排下次提醒"),
    Operation("deadlines.warn", warn, "提醒、警报或者届满"),
    Operation("deadlines.ask_next", ask_next, "转请下一人确认"),
    Completion("deadlines.acknowledge", acknowledge, "确认期限提醒"),
    Prefill("deadlines.read_help", read_help, "支援请求"),
    Completion("deadlines.support", support, "安排支援"),
    Operation("deadlines.call_help", call_help, "请求支援"),
)
