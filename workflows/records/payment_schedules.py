"""When a payment is asked for, reminded of and dunned: messages and moments."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from engine.clock import FIRM_ZONE
from engine.context import Context
from engine.handlers import Variables
from workflows.records import fees, leads
from workflows.records.rule_packs import get_rule

COLLECTED_AT = time(9)  # of the firm's day


def dunning_dates(context: Context, item: fees.FeeItem | None) -> Variables:
    """When the client is reminded of a payment and when the firm decides; from the day it is due, never from the past."""
    today = context.now.astimezone(FIRM_ZONE).date()
    base = max(item.due_on if item and item.due_on else today, today)
    days = get_rule("fees", "dunning_days", today).value
    return {
        f"dunning_{name}_at": datetime.combine(base + timedelta(days=days[name]), COLLECTED_AT, FIRM_ZONE).isoformat()
        for name in ("first", "second", "decide")
    }


def schedule(context: Context, item: fees.FeeItem) -> None:
    """Let a later payment be collected on its day, or when somebody calls it."""
    lead = leads.get_lead(context.session, item.lead_id)
    day = datetime.combine(item.due_on, COLLECTED_AT, FIRM_ZONE).isoformat() if item.due_on else ""
    payload = {
        "lead_id": item.lead_id,
        "contract_id": item.contract_id,
        "fee_item_id": item.id,
        "due_at": day,
        "lawyer_id": lead.lawyer_id or "",
        "title": f"{lead.client_name} · {item.milestone}",
    }
    context.send_message("fee.scheduled", correlation=item.id, payload=payload)
