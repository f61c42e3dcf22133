"""The facts of a declined lead are deleted when their time is over; what stands against it is looked at by compliance."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import lead_purges, leads
from workflows.records.rule_packs import get_rule

OBSTACLES = {
    "the lead became a matter": "来访已经转为案件，按案卷的保管期限保存",
    "the lead is still open": "来访尚未归结",
    "a legal hold is on": "案卷处于证据保全（争议、投诉或者检查）之中",
}


def purge(context: Context, *, lead_id: str) -> Variables:
    """Delete the facts, or say what stands against it."""
    obstacle = lead_purges.find_obstacle(context.session, leads.get_lead(context.session, lead_id))
    if not obstacle:
        lead_purges.purge_facts(context, lead_id)
    return {"purge_obstacle": obstacle}


def read_obstacle(context: Context, data: Variables) -> dict[str, Any]:
    """What stands against it."""
    return {"obstacle": OBSTACLES.get(data["purge_obstacle"], data["purge_obstacle"])}


def note_obstacle(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """Why it is kept on, and when to look again."""
    today = context.now.astimezone(FIRM_ZONE).date()
    days = int(get_rule("declines", "purge_retry_days", today).value)
    context.audit("lead_purge_postponed", f"lead:{data['lead_id']}", note=values["obstacle_note"])
    return {"purge_at": datetime.combine(today + timedelta(days=days), time(3), FIRM_ZONE).isoformat()}


HANDLERS = (
    Operation("declines.purge", purge, "清除来访信息"),
    Prefill("declines.read_obstacle", read_obstacle, "暂缓清除的原因"),
    Completion("declines.note_obstacle", note_obstacle, "暂缓清除"),
)
