"""What is known of a lead: who came, what it is about, who takes part, which dates are near."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from web.i18n import language
from workflows.records import conflict_facts, conflict_search, leads, money, parties, people
from workflows.records.clients import identifier_of
from workflows.records.conflict_situations import mask
from workflows.records.rule_packs import get_rule


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The lead in short, with identifiers masked; empty for a lead that was forgotten."""
    lead = leads.get_lead(session, lead_id)
    if not lead.reception and not lead.client:
        return {}
    today = now.astimezone(FIRM_ZONE).date()
    least = int(get_rule("intake", "pressing_days", today).value)
    dates = [
        {"event": row["event"], "date": row["date"], "near": 0 <= (date.fromisoformat(row["date"]) - today).days < least}
        for row in lead.outline.get("key_dates") or []
        if row.get("date")
    ]
    lawyer = people.find_person(session, lead.lawyer_id) if lead.lawyer_id else None
    others = [party for party in parties.list_parties(session, lead_id) if party.role != parties.CLIENT]
    queries = conflict_search.describe_queries(others)
    return {
        "lead": lead,
        "lead_outline": lead.outline,
        "lead_amount": money.in_figures(money.to_decimal(lead.outline["amount"])) if lead.outline.get("amount") else "",
        "lead_identifier": mask(identifier_of(lead.client)),
        "lead_dates": sorted(dates, key=lambda row: str(row["date"])),
        "lead_lawyer": lawyer.name if lawyer else "",
        "lead_urgency": lead.reception.get("urgency") or "normal",
        "lead_parties": [conflict_facts.describe_query(query, english=language() == "en") for query in queries],
    }
