"""The fee list of every case with a movement, once a month; and money on a lawyer's own account."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from engine import FIRM_ZONE, Completion, Context, Operation, Prefill
from engine.handlers import Variables
from workflows.records import fee_movements, fee_steps

NINE = time(9)


def find_moved(context: Context) -> Variables:
    """Ask for a new list of each case whose payments moved since its last one."""
    moved = fee_movements.list_moved(context.session)
    for lead_id, title in moved:
        context.send_message("fee_list.due", correlation=lead_id, payload={"lead_id": lead_id, "title": title})
    return {"lists_due": len(moved)}


def next_month(context: Context) -> Variables:
    """Nine o'clock on the first day of the next month."""
    today = context.now.astimezone(FIRM_ZONE).date()
    first = (today.replace(day=1) + timedelta(days=32)).replace(day=1)
    return {"next_month_at": datetime.combine(first, NINE, FIRM_ZONE).isoformat()}


def investigate(context: Context, values: dict[str, Any], data: Variables) -> Variables:
    """What compliance found about money on a lawyer's own account."""
    context.audit("private_fee.judged", f"lead:{data['lead_id']}", finding=values["private_finding"], measures=values["measures"])
    facts = f"私自收费：{data.get('private_facts') or ''}。查处结果：{values['measures']}"
    complaint = {"lead_id": data["lead_id"], "source": "fees", "facts": facts, "kinds": ["private_fee"]}
    return {"private_finding": values["private_finding"], "complaint": complaint}


def read_private(context: Context, data: Variables) -> dict[str, Any]:
    """What finance reported."""
    return {"private_lawyer": data.get("private_lawyer") or "", "private_facts": data.get("private_facts") or ""}


def note_list(context: Context, *, lead_id: str, document_id: str) -> Variables:
    """Count a list that went out with an invoice."""
    return {"fee_list_number": fee_steps.note_list(context, lead_id=lead_id, document_id=document_id)}


HANDLERS = (
    Operation("fees.next_month", next_month, "确定下月一日"),
    Operation("fees.find_moved", find_moved, "找出有变动的案件"),
    Operation("fees.note_list", note_list, "登记费用清单"),
    Completion("fees.investigate_private", investigate, "查处私自收费"),
    Prefill("fees.read_private", read_private, "私自收费线索"),
)
