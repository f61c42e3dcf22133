"""Watching that a client hears from the firm; offering to have in writing what a talk held."""

from __future__ import annotations

from typing import Any

from engine import Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import communications, contacts, contracts, leads, matters


def look(context: Context, *, matter_id: str, cadence_days: int, done: str) -> Variables:
    """How many cadences were missed, who must act, and when to look again."""
    matter = matters.get_matter(context.session, matter_id)
    contract = contracts.find_contract(context.session, matter.lead_id)
    days = int((contract.terms.get("update_days") if contract else 0) or cadence_days)
    quiet = contacts.look(context.session, matter_id, cadence_days=days, now=context.now, done=done or contacts.NONE)
    return {
        "contact_missed": quiet.missed,
        "contact_level": quiet.level,
        "contact_next_at": quiet.next_at.isoformat(),
        "lawyer_id": matter.lawyer_id,
    }


def press(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What the partner did about two missed cadences."""
    context.audit("contact.pressed", f"matter:{data['matter_id']}", note=values["press_note"])
    return {"contact_done": contacts.PARTNER}


def call(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The desk called the client who heard nothing for three cadences."""
    reached = values["reached"] == "yes"
    matter = matters.get_matter(context.session, data["matter_id"])
    communications.log_communication(
        context,
        lead_id=matter.lead_id,
        matter_id=matter.id,
        channel="phone",
        direction="both" if reached else "out",
        summary=f"连续{data['contact_missed']}个通报周期没有通报，前台致电客户：{values['call_note']}",
        persons=[leads.get_lead(context.session, matter.lead_id).client_name],
        reached=reached,
        flags=("dissatisfied",) if values.get("dissatisfied") else (),
    )
    return {"contact_done": contacts.DESK}


def start_over(context: Context) -> Variables:
    """An update went out: the silence is over."""
    return {"contact_done": contacts.NONE}


def offer(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """The lawyer has the client sign what was said, or says why that is not needed."""
    wanted = values["offer_decision"] == "yes"
    if not wanted:
        context.audit("confirmation.not_needed", f"matter:{data['matter_id']}", reason=values["offer_reason"])
    return {"confirm_wanted": wanted}


def read_offer(context: Context, data: Variables) -> dict[str, Any]:
    """What was said."""
    return {"talk": data["talk"]}


HANDLERS = (
    Operation("contacts.look", look, "检查联系情况"),
    Completion("contacts.press", press, "督促通报"),
    Completion("contacts.call", call, "前台致电客户"),
    Operation("contacts.start_over", start_over, "重新计算"),
    Completion("contacts.offer", offer, "是否书面确认"),
    Prefill("contacts.read_offer", read_offer, "是否书面确认"),
)
