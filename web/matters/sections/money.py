"""Money beside the payments: costs, refunds, hours, settlements, measures, what waits in suspense, fee lists sent."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import Actor
from web.i18n import translate as _
from workflows.records import (
    client_costs,
    contracts,
    fee_steps,
    fees,
    money,
    refunds,
    risk_settlements,
    suspense,
    time_bills,
)
from workflows.records.leads import Lead
from workflows.records.matters import Matter

ORDER = 5
BILL_STATES = {time_bills.SENT: "待客户确认", time_bills.ACCEPTED: "已确认", time_bills.OBJECTED: "客户有异议"}


def title() -> str:
    """The heading."""
    return _("Money")


def read(session: Session, lead: Lead, matter: Matter | None, actor: Actor, now: datetime) -> dict[str, Any] | None:
    """None while nothing but the payment schedule is known."""
    contract = contracts.find_contract(session, lead.id)
    found: dict[str, Any] = {
        "costs": client_costs.facts(session, lead.id)["costs"],
        "refunds": refunds.list_refunds(session, lead.id),
        "bills": time_bills.list_bills(session, lead.id),
        "unbilled": time_bills.list_unbilled(session, contract.id) if contract else [],
        "settlement": risk_settlements.facts(session, lead.id).get("settlement"),
        "measures": fee_steps.list_measures(session, lead.id),
        "suspended": suspense.list_money(session, lead_id=lead.id),
        "list_count": fee_steps.count_lists(session, lead.id),
    }
    if not any(found.values()):
        return None
    return {
        **found,
        "milestones": {item.id: item.milestone for item in fees.list_lead_items(session, lead.id)},
        "figures": money.in_figures,
        "hours": time_bills.in_hours,
        "refund_states": refunds.STATE_NAMES,
        "bill_states": BILL_STATES,
        "measure_names": fee_steps.MEASURES,
        "suspense_states": suspense.STATE_NAMES,
        "suspense_reasons": suspense.REASON_NAMES,
    }
