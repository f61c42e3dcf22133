"""What makes the firm ask for a deadline: the plan's key dates, a hearing, a judgment put into the volume."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from engine.clock import FIRM_ZONE
from engine.context import Context
from workflows.records import matters
from workflows.records.documents import Document
from workflows.records.legal_periods import get_figure

FIXED, POWERS = "fixed_day", "power_of_attorney"
PLAN, JUDGMENT, HEARING = "plan", "judgment", "hearing"


def trigger(context: Context, matter: matters.Matter, source: str, suggested: Mapping[str, Any]) -> None:
    """Have a deadline entered, with what is known of it."""
    payload = {
        "lead_id": matter.lead_id,
        "matter_id": matter.id,
        "lawyer_id": matter.lawyer_id,
        "source": source,
        "suggested": dict(suggested),
        "title": matter.title,
    }
    context.send_message("deadline.trigger", correlation=matter.id, payload=payload)


def trigger_from_plan(context: Context, matter: matters.Matter) -> int:
    """The plan's key dates that are still to come, and before a hearing the powers; returns how many."""
    today = context.now.astimezone(FIRM_ZONE).date()
    count = 0
    for row in matter.plan.get("key_dates") or []:
        title, day = str(row.get("key_date_kind") or ""), str(row.get("key_date_on") or "")[:10]
        if day < today.isoformat():
            continue
        note = str(row.get("key_date_note") or "")
        trigger(context, matter, PLAN, {"kind": FIXED, "title": title, "trigger_on": day, "trigger_event": note or title})
        count += 1
        if any(word in title for word in get_figure("hearing_words", today)):
            trigger(context, matter, HEARING, {"kind": POWERS, "trigger_on": day, "trigger_event": f"{title}（{day}）"})
            count += 1
    return count


def trigger_from_judgment(context: Context, matter_id: str, document: Document, title: str) -> bool:
    """The appeal against a judgment or ruling that came in; False when the matter knows none or is over."""
    matter = matters.get_matter(context.session, matter_id)
    today = context.now.astimezone(FIRM_ZONE).date()
    kinds = get_figure("appeal_kinds", today).get(matter.matter_type)
    if kinds is None or matter.state not in matters.RUNNING:
        return False
    ruled = any(word in title for word in get_figure("ruling_words", today))
    suggested = {
        "kind": kinds["ruling" if ruled else "judgment"],
        "trigger_event": f"收到{title}",
        "documents": [document.id],
    }
    trigger(context, matter, JUDGMENT, suggested)
    return True
