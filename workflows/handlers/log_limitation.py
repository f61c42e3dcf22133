"""Events of a limitation: entered with proof, looked at by a second person, and then counted."""

from __future__ import annotations

from datetime import date
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.errors import FormInvalid, JuanzongError
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import deadline_lists, deadline_watch, deadlines, limitation, refusals
from workflows.records.legal_periods import get_figure

MENDABLE = (limitation.EventRefused,)


def find(context: Context, *, lead_id: str) -> Variables:
    """Whether a limitation of the case runs, and by when its event is looked at."""
    return {
        "limitation_runs": bool(list_running(context, lead_id)),
        "limitation_return_reason": "",
        "review_due": get_figure("review", context.now.astimezone(FIRM_ZONE).date()),
    }


def list_running(context: Context, lead_id: str) -> list[deadlines.Deadline]:
    """The running deadlines of a case that an event interrupts or suspends."""
    there = deadlines.list_deadlines(context.session, lead_id)
    return [each for each in there if each.kind in limitation.INTERRUPTIBLE and each.state == deadlines.RUNNING]


def read_event(context: Context, data: Variables) -> dict[str, Any]:
    """The limitation that ends first, and why the entry came back."""
    found = list_running(context, data["lead_id"])
    first = {"limitation_no": 1} if found else {}
    lines = "\n".join(f"{number}. {each.title}：{each.due_on}届满" for number, each in enumerate(found, start=1))
    return {
        **first,
        "running": lines,
        "return_reason": data.get("limitation_return_reason") or "",
        **(data.get("event_entry") or {}),
    }


def enter(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep the entry for review; what the law gives no effect to is refused at its field."""
    found = list_running(context, data["lead_id"])
    number, today = int(values["limitation_no"]), context.now.astimezone(FIRM_ZONE).date()
    if not 1 <= number <= len(found):
        raise FormInvalid({"limitation_no": [FieldError("option")]})
    deadline, days = found[number - 1], _days(values)
    if days[0] > today:
        raise FormInvalid({"happened_on": [FieldError(refusals.DATE_IN_FUTURE)]})
    _check(context, deadline, values)
    reviewer = deadline.backup_id if deadline.backup_id != context.actor.id else deadline.responsible_id
    return {"deadline_id": deadline.id, "event_entry": dict(values), "reviewer_id": reviewer}


def _days(values: dict[str, Any]) -> tuple[date, date | None]:
    ended = values.get("ended_on")
    return date.fromisoformat(values["happened_on"][:10]), date.fromisoformat(ended[:10]) if ended else None


def _check(context: Context, deadline: deadlines.Deadline, values: dict[str, Any]) -> None:
    happened_on, ended_on = _days(values)
    try:
        limitation.check_event(
            context.session,
            deadline,
            kind=values["event_kind"],
            happened_on=happened_on,
            ended_on=ended_on,
            documents=values.get("documents") or [],
        )
    except MENDABLE as refused:
        raise FormInvalid({"happened_on": [FieldError(str(refused.fields["reason"]))]}) from refused


def review(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The second person's word: the event counts from now, or goes back."""
    if values["verdict"] != "agree":
        return {"event_agreed": False, "limitation_return_reason": str(values.get("difference") or "")}
    entry = dict(data["event_entry"])
    happened_on, ended_on = _days(entry)
    try:
        limitation.add_event(
            context,
            data["deadline_id"],
            kind=entry["event_kind"],
            happened_on=happened_on,
            ended_on=ended_on,
            note=str(entry.get("note") or ""),
            document_ids=entry.get("documents") or [],
        )
    except JuanzongError as refused:
        raise FormInvalid({"verdict": [FieldError(str(refused))]}) from refused
    return {"event_agreed": True}


def count_again(context: Context, *, deadline_id: str) -> Variables:
    """The limitation's new end; its watch is told."""
    deadline = deadlines.get_deadline(context.session, deadline_id)
    deadlines.keep_computed(context, deadline_id, limitation.compute(context.session, deadline))
    deadlines.file_papers(
        context, deadline.lead_id, _proofs(context, deadline_id), slot="evidence", title=f"时效证据：{deadline.title}"
    )
    new = deadlines.get_deadline(context.session, deadline_id)
    payload = {
        "internal_due": deadline_watch.internal_moment(new, context.now).isoformat(),
        "title": deadline_lists.title_with_case(context.session, new),
    }
    context.send_message("deadline.changed", correlation=deadline_id, payload=payload)
    return {}


def _proofs(context: Context, deadline_id: str) -> list[str]:
    return [file for each in limitation.list_events(context.session, deadline_id) for file in each.document_ids]


HANDLERS = (
    Operation("limitation.find", find, "查找在算时效"),
    Prefill("limitation.read_event", read_event, "时效事件"),
    Completion("limitation.enter", enter, "录入时效事件"),
    Completion("limitation.review", review, "复核时效事件"),
    Operation("limitation.count_again", count_again, "重新计算时效"),
)
