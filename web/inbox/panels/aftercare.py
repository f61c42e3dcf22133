"""What somebody who calls a client after a matter must know: the matter, the result, the earlier calls."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import aftercare, closings, leads, matters, people


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The ended matter, how to reach the client, and what was said before."""
    found = aftercare.find_aftercare(session, lead_id)
    matter = matters.find_matter_by_lead(session, lead_id)
    if found is None or matter is None:
        return {}
    lead = leads.get_lead(session, lead_id)
    lawyer = people.find_person(session, matter.lawyer_id)
    return {
        "care": found,
        "matter": matter,
        "closing": closings.facts(session, lead_id).get("closing") or {},
        "visits": aftercare.list_visits(session, lead_id),
        "lawyer": lawyer.name if lawyer else "",
        "client_name": lead.client_name,
        "client_phone": str(lead.client.get("phone") or lead.reception.get("phone") or ""),
    }
