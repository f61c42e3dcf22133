"""What a director needs before permitting urgent work: the application, and what a first search for conflicts shows."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from workflows.records import conflict_search, conflict_validity, leads, urgent_permits


def read(session: Session, lead_id: str, now: datetime) -> dict[str, Any]:
    """The application with its scope, whether conflicts were checked, and how many names are surely known to the firm."""
    found = urgent_permits.find_permit(session, lead_id)
    if found is None:
        return {}
    lead = leads.get_lead(session, lead_id)
    hits = conflict_search.find_hits(session, lead_id, [lead.lawyer_id] if lead.lawyer_id else [], now)
    deadline = found.form.get("deadline_at")
    return {
        "urgent": found,
        "urgent_scope": found.form.get("scope_text") or "",
        "urgent_deadline": datetime.fromisoformat(deadline) if deadline else None,
        "urgent_detained": found.form.get("ground") == urgent_permits.DETAINED,
        "urgent_checked": conflict_validity.check_valid(session, lead_id, now),
        "urgent_hits": sum(hit.score >= conflict_search.CERTAIN for hit in hits),
        "urgent_doubtful": sum(hit.score < conflict_search.CERTAIN for hit in hits),
    }
