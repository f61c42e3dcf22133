"""The holiday table of a year: proposed, approved by somebody else, and everything that counts days counted again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine import Completion, Context, Effect, Operation, Prefill
from engine.errors import NotAllowed
from engine.handlers import Variables
from workflows.records import client_mail, deadline_lists, deadline_mails, deadline_watch, deadlines, holidays, people
from workflows.records.deadline_entries import compute_entry

MAY_PROPOSE = frozenset({"admin"})


def propose(context: Context, *, content: bytes, notice: str) -> Variables:
    """Keep a table and have a second person look at it."""
    if not context.actor.roles & MAY_PROPOSE:
        raise NotAllowed(reason="the administrator changes the holidays")
    table = holidays.propose_table(context, content=content, notice=notice)
    payload = {"table_id": table.id, "proposer_id": table.proposed_by, "title": f"{table.year}年节假日安排"}
    context.send_message("holidays.proposed", correlation=table.id, payload=payload)
    return {"table_id": table.id}


def decide(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Approve or refuse the table."""
    approved = values["verdict"] == "approve"
    holidays.decide_table(context, data["table_id"], approved=approved, reason=str(values.get("reason") or ""))
    return {"table_approved": approved}


def read_table(context: Context, data: Variables) -> dict[str, Any]:
    """The year and the notice it rests on."""
    table = holidays.get_table(context.session, data["table_id"])
    return {"year": str(table.year), "notice": table.notice}


def prepare(context: Context, *, table_id: str) -> dict[str, Any]:
    """Which table it is about."""
    return {"table_id": table_id}


def perform(payload: dict[str, Any], tools: Mapping[str, Any]) -> dict[str, Any]:
    """Count the working days of every running process again, each in a transaction of its own."""
    return {"timers": tools["recount_working_days"]()}


def finish(context: Context, payload: dict[str, Any], result: dict[str, Any]) -> Variables:
    """Compute the open deadlines again, tell who holds one that moved, and keep the list."""
    moved = []
    for deadline in deadlines.list_open(context.session):
        if deadline.state not in (deadlines.REVIEW, deadlines.RUNNING) or deadline.due_on is None:
            continue
        computed = compute_entry(context, deadline)
        same = (computed.due_on, computed.internal_on) == (deadline.due_on, deadline.internal_on)
        if same and computed.unknown_years == deadline.unknown_years:
            continue
        new = deadlines.keep_computed(context, deadline.id, computed)
        context.send_message("deadline.changed", correlation=deadline.id, payload=changed(context, new))
        if not same:
            moved.append(describe(deadline, new))
            body = f"节假日安排调整后重新计算，届满日由{deadline.due_on}变为{new.due_on}，内部截止日{new.internal_on}。"
            deadline_mails.mail_holders(context, new, subject="期限已重新计算", body=body)
    holidays.keep_moved(context, payload["table_id"], {"deadlines": moved, "timers": result["timers"][:1000]})
    context.audit(
        "holiday_table.applied", f"holiday_table:{payload['table_id']}", deadlines=len(moved), timers=len(result["timers"])
    )
    return {"moved_deadlines": len(moved), "moved_timers": len(result["timers"])}


def changed(context: Context, deadline: deadlines.Deadline) -> dict[str, Any]:
    """What the processes around a deadline take over when its day changes."""
    internal = deadline_watch.internal_moment(deadline, context.now).isoformat()
    return {"internal_due": internal, "title": deadline_lists.title_with_case(context.session, deadline)}


def describe(old: deadlines.Deadline, new: deadlines.Deadline) -> dict[str, Any]:
    """A moved deadline as it is kept and shown."""
    return {
        "deadline_id": new.id,
        "lead_id": new.lead_id,
        "title": new.title,
        "was": old.due_on.isoformat() if old.due_on else "",
        "due": new.due_on.isoformat() if new.due_on else "",
        "internal": new.internal_on.isoformat() if new.internal_on else "",
    }


def tell(context: Context, *, table_id: str) -> Variables:
    """Tell who proposed the table, and the partners, what it moved."""
    table = holidays.get_table(context.session, table_id)
    moved, timers = len(table.moved.get("deadlines", [])), len(table.moved.get("timers", []))
    counts = f"有{moved}个期限、{timers}个工作日计时发生变化"
    body = f"{table.year}年节假日安排已生效（依据：{table.notice}）。重新计算后{counts}，清单见“期限”页面的“节假日安排”。"
    subject = f"{table.year}年节假日安排已生效"
    told = {person.id for person in people.list_people(context.session, "partner")} | {table.proposed_by}
    return {"told": sum(client_mail.mail_person(context, person_id=each, subject=subject, body=body) for each in sorted(told))}


HANDLERS = (
    Operation("holidays.propose", propose, "提交节假日安排"),
    Completion("holidays.decide", decide, "审核节假日安排"),
    Prefill("holidays.read_table", read_table, "节假日安排"),
    Effect("holidays.recount", prepare, perform, finish, "重新计算全部期限与计时"),
    Operation("holidays.tell", tell, "通知变动"),
)
