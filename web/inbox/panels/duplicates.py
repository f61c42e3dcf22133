"""Earlier leads and clients who may be the same person as the one who calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from engine import FIRM_ZONE
from web import auth
from workflows.records import clients, leads, walls


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The earlier leads with the same telephone or name, and clients of the name; empty when nobody is alike."""
    lead = leads.get_lead(session, lead_id)
    name = lead.client_name or lead.reception.get("contact_name") or ""
    earlier = [
        {
            "no": each.lead_no,
            "name": each.client_name or each.reception.get("contact_name") or "",
            "cause": each.outline.get("cause") or "",
            "on": each.created_at.astimezone(FIRM_ZONE).date().isoformat(),
            "same_phone": bool(lead.phone) and each.phone == lead.phone,
        }
        for each in leads.list_earlier(session, lead)
        if each.reception and not walls.keeps_out(session, each.id, auth.current_actor())
    ]
    known = [clients.describe(session, row.id, now) for row in clients.list_clients_by_name(session, name)]
    return {"earlier_leads": earlier, "known_clients": [each for each in known if each["id"] != lead.client_id]}
