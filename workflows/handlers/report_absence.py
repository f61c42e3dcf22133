"""Long absence and death: the stand-in at once, a partner's inventory, the return or the hand-over."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.access import hand_on
from engine.errors import FormInvalid, NotAllowed
from engine.forms import FieldError
from engine.handlers import Variables
from workflows.records import departure_matters, departures, matters, people, stand_ins
from workflows.records.client_mail import mail_person

BACK, LONGER, LEAVES = "BACK", "LONGER", "LEAVES"
MORNING = time(9)


def begin(
    context: Context, *, person_id: str, kind: str, since: str, deputy_id: str, back_on: str = "", reason: str = ""
) -> Variables:
    """Report that somebody is away for long, or has died."""
    if kind not in (departures.ABSENCE, departures.DEATH):
        raise NotAllowed(reason="an absence or a death is reported here")
    until = date.fromisoformat(back_on[:10]) if back_on and kind == departures.ABSENCE else None
    made = departures.begin(
        context, person_id=person_id, kind=kind, last_day=date.fromisoformat(since[:10]), back_on=until, reason=reason,
        deputy_id=deputy_id,
    )  # fmt: skip
    moved = take_over(context, made)
    payload = {
        "departure_id": made.id, "lead_id": made.id, "leaving_id": made.person_id, "departure_kind": kind,
        "title": f"{departures.KINDS[kind]} {made.departure_no} {made.person_name}",
    }  # fmt: skip
    context.send_message("absence.begun", correlation=made.id, payload=payload)
    return {"departure_id": made.id, "moved": moved}


def take_over(context: Context, made: departures.Departure) -> int:
    """The stand-ins get the open tasks in the same transaction, and hear of each matter."""
    moved = hand_on(context, made.person_id)
    for each in departure_matters.take_in(context, made.id):
        matter = matters.get_matter(context.session, each.matter_id)
        person_id = stand_ins.find_stand_in(context.session, made.person_id, matter.lead_id)
        what = f"{matter.matter_no} {matter.title}"
        body = f"{made.person_name}{departures.KINDS[made.kind]}，即日起由您代管“{what}”。请立即查看期限与待办。"
        if person_id:
            mail_person(context, person_id=person_id, subject=f"代管案件：{matter.matter_no}", body=body, lead_id=matter.lead_id)
    context.audit("absence_taken_over", f"departure:{made.id}", tasks=moved)
    return moved


def read_inventory(context: Context, data: Variables) -> dict[str, Any]:
    """The matters with who stands in now."""
    departure = departures.get_departure(context.session, data["departure_id"])
    rows = []
    for each in departure_matters.list_matters(context.session, departure.id):
        matter = matters.get_matter(context.session, each.matter_id)
        person_id = stand_ins.find_stand_in(context.session, departure.person_id, matter.lead_id)
        name = people.find_name(context.session, person_id or "") or "—"
        rows.append({"matter": f"{matter.matter_no} {matter.title}", "stand_in": name, "urgent": "no", "next_step": ""})
    return {"rows": rows}


def keep_inventory(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Keep what the partner found in each matter; what is pressing has its next step."""
    rows = values.get("rows") or []
    missing = {
        f"rows.{index}.next_step": [FieldError("required")]
        for index, row in enumerate(rows)
        if row["urgent"] == "yes" and not str(row.get("next_step") or "").strip()
    }
    if missing:
        raise FormInvalid(missing)
    departures.list_given_out(context, data["departure_id"], values.get("things") or [])
    departure = departures.keep_step(context, data["departure_id"], "inventory", {"rows": rows, "note": values.get("note") or ""})
    due = datetime.combine(departure.back_on, MORNING, FIRM_ZONE).isoformat() if departure.back_on else ""
    return {"absence_outcome": LEAVES if departure.kind == departures.DEATH else BACK, "absence_back_at": due}


def decide_return(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The person is back, stays away longer, or leaves."""
    outcome, departure_id = values["outcome"], data["departure_id"]
    departures.keep_step(context, departure_id, "return", {"outcome": outcome, "note": values.get("note") or ""})
    if outcome == BACK:
        departures.come_back(context, departure_id)
        return {"absence_outcome": BACK}
    if outcome == LEAVES:
        return {"absence_outcome": LEAVES}
    until = date.fromisoformat(str(values.get("back_on") or "")[:10]) if values.get("back_on") else None
    if until is None:
        raise FormInvalid({"back_on": [FieldError("required")]})
    departures.get_row(context.session, departure_id).back_on = until
    return {"absence_outcome": LONGER, "absence_back_at": datetime.combine(until, MORNING, FIRM_ZONE).isoformat()}


HANDLERS = (
    Operation("absences.begin", begin, "登记长期缺勤或者死亡"),
    Prefill("absences.read_inventory", read_inventory, "清点在办案件"),
    Completion("absences.keep_inventory", keep_inventory, "清点在办案件"),
    Completion("absences.decide_return", decide_return, "确认返岗"),
)
